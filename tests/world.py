"""A small world to run the steps in: daily rows, labels a day late, a relation that turns on day 20."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.store import open_store
from include.retraining.results.run import Interval, Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
ROWS_A_DAY = 240
TURN = 20


def make_rows(days: int = 30, turn: int = TURN, seed: int = 3) -> pd.DataFrame:
    """Rows of `days` days: y rises with size, from day `turn` on it falls."""
    rng = np.random.default_rng(seed)
    n = days * ROWS_A_DAY
    day = np.repeat(np.arange(days), ROWS_A_DAY)
    size = rng.normal(size=n)
    origin = rng.choice(["A", "B", "C"], n)
    sign = np.where(day < turn, 1.0, -1.0)
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "at": FIRST_DAY + pd.to_timedelta(np.arange(n) * (86_400 // ROWS_A_DAY), unit="s"),
            "size": size,
            "heat": rng.normal(200, 5, n),
            "origin": origin,
            "moisture": 5 + sign * size + (origin == "B") + rng.normal(0, 0.3, n),
        }
    )


def interval_of(day: int) -> Interval:
    """The day with this number."""
    return Interval(start=FIRST_DAY + timedelta(days=day), end=FIRST_DAY + timedelta(days=day + 1))


@pytest.fixture
def rows() -> pd.DataFrame:
    """Thirty days of roasts."""
    return make_rows()


@pytest.fixture
def spec(tmp_path: Path, rows: pd.DataFrame) -> ModelSpec:
    """A model on these rows."""
    rows.to_parquet(tmp_path / "rows.parquet")
    return ModelSpec.model_validate(
        {
            "name": "roast",
            "task": "regression",
            "schedule": "0 0 * * *",
            "start_date": "2024-01-11",
            "data": {
                "features": {"use": "files", "uri": str(tmp_path / "rows.parquet")},
                "key": "id",
                "time": "at",
                "target": "moisture",
                "segments": ["origin"],
            },
            "validation": {
                "expectations": [
                    {"type": "expect_column_values_to_be_between", "column": "heat", "min_value": 0, "max_value": 400}
                ]
            },
            "labels": {"expected_delay": "1d", "minimum": 100},
            "retrain": {"window": {"minimum_rows": 300, "holdout": "2d"}},
            "trainer": {"use": "linear"},
        }
    )


@pytest.fixture
def workplace(tmp_path: Path, spec: ModelSpec) -> Workplace:
    """Without MLflow; tests that need it replace `tracking_uri`."""
    return Workplace(spec, open_store(str(tmp_path / "store")).child(spec.name), None)


@pytest.fixture
def plain() -> Launch:
    """A run that does what the schedule would do."""
    return Launch(kind="scheduled")
