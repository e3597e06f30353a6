"""Flights: a model, its training rows, a sound week, and a judge that loses no row."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.schema import describe
from include.retraining.data.validation import validate_batch
from include.retraining.results.columns import Columns

FEATURES = Columns(numeric=("distance", "temperature", "seats"), categorical=("carrier",))
WEEK = 400


def draw_flights(count, seed):
    """Draw flights; 2% have no temperature."""
    draw = np.random.default_rng(seed)
    temperature = draw.normal(50, 15, count)
    temperature[draw.random(count) < 0.02] = np.nan
    return pd.DataFrame(
        {
            "flight": np.arange(count) + seed * 1_000_000,
            "at": pd.date_range("2024-01-01", periods=count, freq="min", tz="UTC", unit="us"),
            "distance": draw.uniform(80, 4983, count),
            "temperature": temperature,
            "seats": draw.integers(20, 300, count),
            "carrier": draw.choice(["AA", "DL", "UA"], count),
            "late": draw.integers(0, 2, count),
        }
    )


@pytest.fixture
def week():
    """Give a sound week."""
    return draw_flights(WEEK, seed=2)


@pytest.fixture
def schema():
    """Give what the training rows looked like."""
    return describe(draw_flights(4000, seed=1), FEATURES)


@pytest.fixture
def model(make_spec):
    """Build a model whose `validation` part, and more of `data`, the test gives."""

    def build(*expectations, data=None, **validation):
        return make_spec(
            {"features": {"use": "files", "uri": "x.parquet"}, "key": "flight", "target": "late", **(data or {})},
            validation={"expectations": expectations, **validation},
        )

    return build


def counted(frame):
    """Count equal rows, whatever their order."""
    return Counter(map(repr, frame.drop(columns="__reason", errors="ignore").astype(object).itertuples(index=False)))


@pytest.fixture
def judge(model, schema):
    """Validate a batch, and hold every verdict against what no verdict may do: lose rows, or change its input."""

    def run(frame, spec=None, schema=schema):
        before = frame.copy(deep=True)
        validated = validate_batch(frame, spec or model(), schema)
        pd.testing.assert_frame_equal(frame, before)
        assert counted(validated.sound) + counted(validated.quarantine) == counted(frame)
        assert validated.result.rows == len(frame)
        assert validated.result.quarantined == len(validated.quarantine)
        assert (validated.quarantine["__reason"] != "").all()
        assert list(validated.sound.columns) == list(frame.columns)
        assert (validated.result.verdict == "rejected") <= validated.sound.empty
        return validated

    return run
