"""A laboratory whose scale is off: all its labels are held, and the report says so."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.store import open_store
from include.retraining.flow import run_interval
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace
from tests.world import ROWS_A_DAY, interval_of, make_rows

WRONG_FROM = 14
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The second day on which every label that came is off; labels lie in a table of their own."""
    folder: Path = tmp_path_factory.mktemp("held")
    rows = make_rows(days=WRONG_FROM + 3)
    late = np.arange(len(rows)) // ROWS_A_DAY >= WRONG_FROM
    labels = pd.DataFrame({"id": rows["id"], "known_at": rows["at"] + DAY, "moisture": rows["moisture"] + 4.0 * late})
    labels.assign(station=np.array(["A", "B"])[np.arange(len(rows)) % 2]).to_parquet(folder / "labels.parquet")
    rows.drop(columns="moisture").to_parquet(folder / "rows.parquet")
    spec = ModelSpec.model_validate(
        {
            "name": "roast", "task": "regression", "schedule": "0 0 * * *", "start_date": "2024-01-11",
            "data": {
                "features": {"use": "files", "uri": str(folder / "rows.parquet")},
                "labels": {"use": "files", "uri": str(folder / "labels.parquet")},
                "key": "id", "time": "at", "target": "moisture", "label_time": "known_at",
                "label_sources": ["station"], "numeric": ["size", "heat"], "categorical": ["origin"],
            },
            "labels": {"expected_delay": "1d", "minimum": 100},
            "performance": {"estimate": False},
            "retrain": {"window": {"minimum_rows": 300, "holdout": "5d"}},
            "trainer": {"use": "linear"},
        }
    )  # fmt: skip
    place = Workplace(spec, open_store(str(folder / "store")).child(spec.name), None)
    days = (10, *range(WRONG_FROM - 2, WRONG_FROM + 3))
    return [run_interval(place, interval_of(day), Launch(kind="scheduled")) for day in days][-1]


def test_the_report_says_that_all_labels_are_held(outcome: Outcome) -> None:
    """Not that none arrived."""
    assert outcome.diagnosis.kind == "suspect_labels"
    assert outcome.performance.realised is None
    assert f"All {ROWS_A_DAY} labels that came of age are held" in outcome.performance.text


def test_no_evidence_stands_twice(outcome: Outcome) -> None:
    """What speaks against is told once, whatever number of sources it was found for."""
    against = outcome.diagnosis.against
    assert len(against) == len(set(against))
    assert sum("too few labels of other sources" in text for text in against) <= 1


def test_columns_beside_the_labels_are_not_missed_in_the_features(outcome: Outcome) -> None:
    """Who made a label stands in the table of labels alone."""
    assert "station" not in {check.column for check in outcome.validation.checks}
