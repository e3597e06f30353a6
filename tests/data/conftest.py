"""What the data tests share: model files, frames in time order, windows."""

import os
import tempfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from include.retraining.results.run import Interval, Launch
from include.retraining.spec.model import ModelSpec

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())
DAY = timedelta(days=1)
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def day():
    """Give the n-th day counted from Monday, 1 January 2024, as an interval."""

    def interval(number, length=1):
        return Interval(start=MONDAY + number * DAY, end=MONDAY + (number + length) * DAY)

    return interval


@pytest.fixture
def launch():
    """Give a run as the schedule starts it."""
    return Launch(kind="scheduled")


@pytest.fixture
def rows():
    """Give 96 feature rows, one each hour of four days, with labels that arrive twelve hours later."""
    draw = np.random.default_rng(3)
    at = pd.date_range(MONDAY, periods=96, freq="h", unit="us")
    return pd.DataFrame(
        {
            "id": np.arange(96),
            "at": at,
            "amount": draw.normal(size=96),
            "shop": draw.choice(["north", "south"], size=96),
            "bought": draw.integers(0, 2, size=96),
            "known_at": at + pd.Timedelta(hours=12),
        }
    )


@pytest.fixture
def make_spec():
    """Build a model file's content around its `data` part."""

    def build(data, **parts):
        return ModelSpec.model_validate(
            {
                "name": "shop",
                "task": "binary_classification",
                "schedule": "0 0 * * *",
                "start_date": "2024-01-01",
                "data": {"time": "at", "target": "bought", **data},
                **parts,
            }
        )

    return build


@pytest.fixture
def two_files(tmp_path, rows, make_spec):
    """Give a model whose features and labels lie in files of their own."""
    rows.drop(columns=["bought", "known_at"]).to_parquet(tmp_path / "features.parquet")
    rows[["id", "bought", "known_at"]].to_parquet(tmp_path / "labels.parquet")
    return make_spec(
        {
            "features": {"use": "files", "uri": str(tmp_path / "features.parquet")},
            "labels": {"use": "files", "uri": str(tmp_path / "labels.parquet")},
            "key": "id",
            "label_time": "known_at",
        },
        labels={"expected_delay": "12h"},
    )
