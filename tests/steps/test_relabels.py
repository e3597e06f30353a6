"""Labels made again settle whether those that were held are right."""

import io
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.store import Folder, open_store
from include.retraining.flow import run_interval
from include.retraining.results.audit import HeldLabels
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Launch, Run
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.report import report
from include.retraining.steps.workplace import CONFIRMED_FILE, HELD_FILE, HOLDOUT_FILE, LIST_FILE, TRUTH, Workplace
from tests.world import ROWS_A_DAY, interval_of, make_rows

OFFSET = 4.0
SPELL = (13, 15)  # days of which station B's labels are off; they come of age a day later
FOUND = SPELL[1]  # the day on which all of them are of age
DAY = timedelta(days=1)


def make() -> pd.DataFrame:
    """Three stations label in turn, a day after the row; for two days one of them measures too much."""
    rows = make_rows(days=FOUND + 5)
    rows["station"] = np.array(["A", "B", "C"])[np.arange(len(rows)) % 3]
    day = np.arange(len(rows)) // ROWS_A_DAY
    rows["spoilt"] = (rows["station"] == "B") & (day >= SPELL[0]) & (day < SPELL[1])
    return rows.assign(moisture=rows["moisture"] + OFFSET * rows["spoilt"], known_at=rows["at"] + DAY)


def place(folder: Path, on_suspicion: str = "hold") -> Workplace:
    """Labels are looked at for four days; those made again arrive in a file."""
    rows, relabels = ({"use": "files", "uri": str(folder / f"{name}.parquet")} for name in ("rows", "relabels"))
    spec = ModelSpec.model_validate(
        {
            "name": "roast",
            "task": "regression",
            "schedule": "0 0 * * *",
            "start_date": "2024-01-11",
            "data": {
                "features": rows, "relabels": relabels, "key": "id", "time": "at", "target": "moisture",
                "label_time": "known_at", "label_sources": ["station"], "numeric": ["size", "heat"],
                "categorical": ["origin"],
            },
            "performance": {"window": "4d", "estimate": False},
            "labels": {"expected_delay": "1d", "minimum": 100, "on_suspicion": on_suspicion},
            "retrain": {"window": {"minimum_rows": 300, "holdout": "5d"}},
            "trainer": {"use": "linear"},
        }
    )  # fmt: skip
    return Workplace(spec, open_store(str(folder / "store")).child(spec.name), None)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """All rows, with what nobody knows."""
    return make()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame) -> tuple[Path, Outcome]:
    """The store on the day on which the finding is complete; nothing has been made again."""
    folder = tmp_path_factory.mktemp("found")
    rows.drop(columns="spoilt").to_parquet(folder / "rows.parquet")
    send(folder, {}, interval_of(0).end)
    return folder, run(place(folder), 10, *range(SPELL[0], FOUND + 1))


@pytest.fixture
def folder(found: tuple[Path, Outcome], tmp_path: Path) -> Path:
    """A copy to go on with."""
    return Path(shutil.copytree(found[0], tmp_path / "copy"))


@pytest.fixture
def before(found: tuple[Path, Outcome]) -> Outcome:
    """What came out on that day."""
    return found[1]


@pytest.fixture
def workplace(folder: Path) -> Workplace:
    """The model in that copy."""
    return place(folder)


def send(folder: Path, values: dict[int, float], moment: datetime) -> None:
    """Have the laboratory send these values."""
    found = pd.DataFrame({"id": list(values), "moisture": list(values.values()), "known_at": pd.Timestamp(moment)})
    found.astype({"id": "int64", "moisture": "float64"}).to_parquet(folder / "relabels.parquet")


def run(workplace: Workplace, *days: int, force: bool = False) -> Outcome:
    """Run days in order; gives the last outcome."""
    launch = Launch(kind="manual", run_id="m", force_retrain=True, dry_run=True) if force else Launch(kind="scheduled")
    return [run_interval(workplace, interval_of(day), launch) for day in days][-1]


def folder_of(workplace: Workplace, outcome: Outcome) -> Folder:
    """Where the last run of an interval left its files."""
    points = [one for one in workplace.history(outcome.interval.end) if one.interval == outcome.interval]
    return workplace.folder.child(points[-1].folder)


def keys(folder: Folder, name: str) -> set[int]:
    """Keys of a file."""
    return set(folder.read_frame(name)["id"])


def finding(outcome: Outcome) -> HeldLabels:
    """The only finding against labels."""
    assert outcome.concept is not None
    (found,) = outcome.concept.findings
    return found


@pytest.fixture
def values(rows: pd.DataFrame, before: Outcome) -> dict[int, float]:
    """What the laboratory finds when it looks at the samples again, within 0.1."""
    again = rows.set_index("id").loc[list(finding(before).asked)]
    noise = np.random.default_rng(5).normal(0, 0.1, len(again))
    return dict(zip(again.index, again["moisture"] - OFFSET * again["spoilt"] + noise, strict=True))


def learned(workplace: Workplace, outcome: Outcome) -> pd.Series:
    """Labels of the newest rows of a training, by key."""
    assert outcome.training is not None
    return workplace.trained(outcome.training.training_id).read_frame(HOLDOUT_FILE).set_index("id")[TRUTH]


def test_held_labels_are_listed_for_the_laboratory(workplace: Workplace, before: Outcome) -> None:
    """Twenty of them, without the values that were recorded, in the form in which they come back."""
    asked = finding(before)
    assert (len(asked.asked), asked.settled) == (20, None)
    listed = pd.read_csv(io.BytesIO(folder_of(workplace, before).read_bytes(LIST_FILE)))
    assert list(listed) == ["id", "at", "suspected", "source", "moisture", "known_at"]
    assert set(listed["id"]) == set(asked.asked) <= keys(folder_of(workplace, before), HELD_FILE)
    assert set(listed["source"]) == {"station=B"}
    assert listed[["moisture", "known_at"]].isna().all(axis=None)


class Recorder:
    """Stands in for MLflow."""

    files: ClassVar[dict[str, bytes]] = {}

    def __init__(self, model: str, uri: str) -> None:
        pass

    def interval_run(self, *_: object) -> str:
        """Give the run of an interval."""
        return "r"

    def run_url(self, _: str) -> None:
        """Give no page."""

    def version_of(self, _: str) -> None:
        """Know no version."""

    def log_outcome(self, run_id: str, outcome: Outcome, page: str, files: dict[str, bytes]) -> None:
        """Keep the files."""
        Recorder.files = files


def test_the_list_goes_to_mlflow(workplace: Workplace, before: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the report, from which a laboratory can fetch it."""
    monkeypatch.setattr("include.retraining.tracking.Tracker", Recorder)
    point = workplace.history(before.interval.end)[-1]
    report(replace(workplace, tracking_uri="x"), Run(model="roast", **point.model_dump(include=set(Run.model_fields))))
    assert Recorder.files[LIST_FILE] == folder_of(workplace, before).read_bytes(LIST_FILE)


def test_wrong_labels_are_confirmed(
    workplace: Workplace, folder: Path, before: Outcome, values: dict[int, float]
) -> None:
    """Those made again count with their new value, the others stay out; a rerun of yesterday is as it was."""
    send(folder, values, interval_of(FOUND + 1).start + DAY / 2)
    after = run(workplace, FOUND + 1)
    settled = finding(after).settled
    assert settled is not None
    assert (settled.outcome, settled.compared, finding(after).asked) == ("confirm", 20, ())
    assert set(settled.replaced) == set(values)
    files = folder_of(workplace, after)
    assert not files.exists(LIST_FILE)
    wrong = keys(files, CONFIRMED_FILE)
    assert wrong == set(finding(after).keys)
    assert keys(files, HELD_FILE) == wrong - set(values)
    assert after.concept is not None
    assert after.concept.held == len(wrong) - 20
    assert after.diagnosis is not None
    assert after.diagnosis.kind == "healthy"

    forced = run(workplace, FOUND + 1, force=True)
    assert forced.training is not None
    assert forced.training.excluded_rows == len(wrong) - 20
    truth = learned(workplace, forced)
    recent = [key for key in values if key in truth.index]
    assert len(recent) > 4
    assert truth[recent].to_list() == pytest.approx([values[key] for key in recent])
    assert not set(truth.index) & (wrong - set(values))
    assert run(workplace, FOUND) == before


def test_confirmed_labels_stay_out_for_good(workplace: Workplace, folder: Path, values: dict[int, float]) -> None:
    """And those made again in, when none of them is looked at any more."""
    send(folder, values, interval_of(FOUND + 1).start)
    wrong = keys(folder_of(workplace, run(workplace, FOUND + 1)), CONFIRMED_FILE)
    later = run(workplace, *range(FOUND + 2, FOUND + 5))
    assert later.concept is not None
    assert later.concept.findings == ()
    assert keys(folder_of(workplace, later), HELD_FILE) == wrong - set(values)
    assert keys(folder_of(workplace, later), CONFIRMED_FILE) == wrong


def test_right_labels_are_released(workplace: Workplace, folder: Path, rows: pd.DataFrame, before: Outcome) -> None:
    """The old values come out again: they count, and are learned, in this run and in later ones."""
    old = rows.set_index("id")["moisture"]
    send(folder, {key: old[key] for key in finding(before).asked}, interval_of(FOUND + 1).start)
    after = run(workplace, FOUND + 1)
    assert finding(after).outcome == "release"
    assert after.concept is not None
    assert after.concept.audit is not None
    assert (after.concept.held, after.concept.audit.held, after.concept.ongoing) == (0, (), False)
    assert keys(folder_of(workplace, after), HELD_FILE) == set()
    forced = run(workplace, FOUND + 1, force=True)
    assert forced.training is not None
    assert forced.training.excluded_rows == 0
    truth = learned(workplace, forced)
    recent = [key for key in finding(before).keys if key in truth.index]
    assert len(recent) > 40
    assert truth[recent].to_list() == pytest.approx(old[recent].to_list())
    assert keys(folder_of(workplace, run(workplace, FOUND + 2)), HELD_FILE) == set()


def test_a_finding_waits_for_the_laboratory(
    workplace: Workplace, folder: Path, before: Outcome, values: dict[int, float]
) -> None:
    """Though none of its labels is looked at any more: the same ones are asked for, and settle all of them."""
    asked, held = set(finding(before).asked), keys(folder_of(workplace, before), HELD_FILE)
    sliding = run(workplace, *range(FOUND + 1, FOUND + 4))  # half of them are looked at
    assert (set(finding(sliding).asked), set(finding(sliding).keys)) == (asked, held)
    waiting = run(workplace, FOUND + 4)
    assert waiting.concept is not None
    assert waiting.concept.audit is not None
    assert waiting.concept.audit.held == ()
    assert (set(finding(waiting).asked), set(finding(waiting).keys)) == (asked, held)
    assert folder_of(workplace, waiting).exists(LIST_FILE)

    send(folder, values, interval_of(FOUND + 4).start)
    settled = run(workplace, FOUND + 4)
    assert finding(settled).outcome == "confirm"
    assert keys(folder_of(workplace, settled), HELD_FILE) == held - set(values)
    assert keys(folder_of(workplace, settled), CONFIRMED_FILE) == held


def test_accepted_labels_are_not_asked_for(folder: Path) -> None:
    """Whoever accepts labels as they are needs no list."""
    accepting = place(folder, on_suspicion="accept")
    outcome = run(accepting, FOUND + 1)
    assert finding(outcome).asked == ()
    assert not folder_of(accepting, outcome).exists(LIST_FILE)
