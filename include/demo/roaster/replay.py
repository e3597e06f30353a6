"""Run a scenario through the project's own steps, day by day, without Airflow and without MLflow.

The first champion is trained once for each seed, on the history that all scenarios share; each scenario starts from a
copy of that store.
"""

import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from include.demo.roaster.plant import DELAY, LATE
from include.demo.roaster.scenarios import CHANGE, DAYS, DELAY_DAYS, SCENARIOS
from include.demo.roaster.simulate import WATCH_START, Roasts, simulate, write
from include.retraining.backtest import backtest
from include.retraining.data.store import open_store
from include.retraining.flow import intervals, run_interval
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Interval, Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace

STORED = "predicted_humidity"  # column of predictions that production stored
NUMERIC = (
    "bean_size",
    "inlet_humidity",
    "roaster_temperature",
    "drum_speed",
    "batch_mass",
    "ambient_temperature",
    "ambient_humidity",
)
DAY = timedelta(days=1)
FIRST = Interval(start=WATCH_START.to_pydatetime() - DAY, end=WATCH_START.to_pydatetime())
"""The last day of the history, on which the first champion is trained."""
SHARED = (CHANGE, CHANGE + DELAY_DAYS)
"""Days that scenarios have in common: until inputs differ, and until labels do."""
_FIRST_FOLDER = "first"


def model_file(folder: Path, *, stored: bool = False, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the model file of the roaster whose tables lie in a folder.

    Parameters
    ----------
    stored
        Whether production stores predictions in the feature table.
    changes
        Sections of the model file, each updated with the fields given here.
    """
    document: dict[str, Any] = {
        "name": "roaster",
        "task": "regression",
        "schedule": "0 0 * * *",
        "start_date": FIRST.start.date(),
        "data": {
            "features": {"use": "files", "uri": str(folder / "features.parquet")},
            "labels": {"use": "files", "uri": str(folder / "labels.parquet")},
            "key": "roast_id",
            "time": "roasted_at",
            "target": "outlet_humidity",
            "label_time": "measured_at",
            "label_sources": ("station",),
            "prediction": STORED if stored else None,
            "numeric": NUMERIC,
            "categorical": ("origin",),
            "segments": ("origin",),
        },
        "performance": {"metric": "mae"},
        "labels": {"expected_delay": DELAY, "maximum_delay": LATE + DAY, "minimum": 25},
        "retrain": {
            "when": ("concept_drift", "performance_drop"),  # thirty labels a day: what the diagnosis says of them
            "cooldown": "7d",
            "window": {"use": "expanding", "holdout": "10d", "minimum_rows": 300, "refit": False},
        },
        "trainer": {"params": {"learning_rate": 0.05, "max_iter": 200, "max_leaf_nodes": 8}},
    }
    for section, fields in (changes or {}).items():
        document[section] = {**document.get(section, {}), **fields} if isinstance(fields, Mapping) else fields
    return document


def workplace(folder: Path, *, stored: bool = False, changes: Mapping[str, Any] | None = None) -> Workplace:
    """Declare the model of a folder; its store lies beside its tables."""
    spec = ModelSpec.model_validate(model_file(folder, stored=stored, changes=changes))
    return Workplace(spec, open_store(str(folder / "store")).child(spec.name), None)


def first_champion(seed: int, folder: Path, changes: Mapping[str, Any] | None = None) -> Workplace:
    """Train the first champion in a folder, or find it there."""
    place = workplace(folder, changes=changes)
    if not place.ledger.entries():
        write(simulate("steady", seed, days=0), folder)
        run_interval(place, FIRST, Launch(kind="backtest"))
    return place


def share(seed: int, folder: Path, changes: Mapping[str, Any] | None = None) -> None:
    """Run the days that scenarios have in common once, and keep the store as it is after each of `SHARED` days.

    Optional: without it every scenario runs all its days. Not for several processes at once in one folder.
    """
    first_champion(seed, folder / _FIRST_FOLDER, changes)
    for days in SHARED:
        if not (folder / _kept(days)).exists():
            run_scenario("steady", seed, folder, days=days, changes=changes)
            (folder / "steady").rename(folder / _kept(days))


def run_scenario(
    scenario: str,
    seed: int,
    folder: Path,
    *,
    days: int = DAYS,
    changes: Mapping[str, Any] | None = None,
    on_interval: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Take a scenario through every day of the watch; gives one outcome a day.

    Parameters
    ----------
    folder
        Where all of a seed's files go: those of the first champion into `first`, those of a scenario into a folder
        of its name, which is emptied before.
    changes
        Sections of the model file that differ; the same for all scenarios in a folder.
    on_interval
        Called after each interval that is run here.
    """
    champion, own = first_champion(seed, folder / _FIRST_FOLDER, changes), folder / scenario
    limit = min(SCENARIOS[scenario].visible, days)
    done = max((day for day in SHARED if day <= limit and (folder / _kept(day)).exists()), default=0)
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(folder / (_kept(done) if done else _FIRST_FOLDER) / "store", own / "store")
    roasts = simulate(scenario, seed, days)
    stored = bool(roasts.truth.unstored)
    write(_with_predictions(roasts, champion) if stored else roasts, own)
    place = workplace(own, stored=stored, changes=changes)
    start = FIRST.end + done * DAY
    past = [place.folder.child(point.folder) for point in place.history(start) if point.interval.start >= FIRST.end]
    shared = [run.read_record("outcome.json", Outcome) for run in past]
    return shared + backtest(place, intervals(place.spec, start, FIRST.end + days * DAY), on_interval)


def _kept(days: int) -> str:
    return f"shared_{days}"


def _with_predictions(roasts: Roasts, champion: Workplace) -> Roasts:
    """Store the first champion's predictions of the watch, but for those that production lost."""
    features, promotion = roasts.features, champion.ledger.entries()[0]
    watched = (features["roasted_at"] >= WATCH_START).to_numpy() & ~features["roast_id"].isin(roasts.truth.unstored)
    predictions = np.full(len(features), np.nan)
    predictions[watched] = champion.estimator(promotion.training_id).predict(features[watched])
    return Roasts(features.assign(**{STORED: pd.Series(predictions)}), roasts.labels, roasts.truth)
