"""Small model files and labelled rows that the tests of training, performance and decision share."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.results.run import Interval
from include.retraining.spec.model import ModelSpec

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def make_spec(task: str = "binary_classification", data: dict[str, Any] | None = None, **sections: Any) -> ModelSpec:
    """Declare a weekly model on columns x1, x2 and colour."""
    declared = {"features": {"use": "files", "uri": "rows.parquet"}, "time": "at", "target": "y", **(data or {})}
    return ModelSpec.model_validate(
        {
            "name": "sample",
            "task": task,
            "schedule": "0 0 * * 1",
            "start_date": "2024-01-01",
            "data": declared,
            "labels": {"minimum": 50},
            **sections,
        }
    )


def week(number: int) -> Interval:
    """Interval of the week with this number, from 0."""
    return Interval(start=START + number * WEEK, end=START + (number + 1) * WEEK)


def make_rows(n: int, weeks: int, task: str = "binary_classification", seed: int = 0) -> pd.DataFrame:
    """Spread labelled rows evenly over the first weeks; x1 and colour tell about y, x2 does not."""
    generator = np.random.default_rng(seed)
    x1, x2 = generator.normal(size=(2, n))
    colour = generator.choice(["red", "green", "blue"], size=n)
    signal = 1.5 * x1 + (colour == "red") + generator.normal(size=n)
    targets: dict[str, Any] = {
        "binary_classification": (signal > 0).astype(int),
        "multiclass_classification": np.array(["low", "middle", "top"])[np.digitize(signal, [-0.5, 1.0])],
        "regression": signal,
    }
    at = pd.Timestamp(START).as_unit("us") + pd.to_timedelta(np.arange(n) / n * weeks * WEEK.total_seconds(), unit="s")
    return pd.DataFrame({"at": at.as_unit("us"), "x1": x1, "x2": x2, "colour": colour, "y": targets[task]})
