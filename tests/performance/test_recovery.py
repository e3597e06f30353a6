"""What a model trained afresh would take back: all of a new relation, nothing of noise."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.recovery import recovery
from include.retraining.performance.rows import LabelledRows

ROWS = 200


def rows(seed, n=ROWS, *, slope=1.0, noise=0.3, task="regression"):
    """Give rows whose champion expects a slope of 1, and makes no other mistakes."""
    generator = np.random.default_rng(seed)
    x, other = generator.normal(size=(2, n))
    if task == "regression":
        y, prediction = slope * x + noise * generator.normal(size=n), x
    else:
        prediction = 1 / (1 + np.exp(-2 * x))
        y = (generator.uniform(size=n) < 1 / (1 + np.exp(-2 * slope * x))).astype(int)
        flipped = generator.uniform(size=n) < noise
        y = np.where(flipped, 1 - y, y)
    return LabelledRows(
        keys=np.arange(n),
        times=np.datetime64("2025-05-01", "us") + np.arange(n) * np.timedelta64(1, "h"),
        features=pd.DataFrame({"x": x, "other": other}),
        segments=pd.DataFrame(index=range(n)),
        y=y,
        prediction=prediction,
    )


@pytest.mark.parametrize("n", [30, 200, 2_000])
def test_a_relation_that_turned_is_taken_back(n):
    """Nearly all of the rise, even by thirty labels."""
    shares = [recovery(rows(seed), rows(100 + seed, n, slope=-1.0), "regression").share for seed in range(10)]
    assert np.median(shares) > 0.85
    assert min(shares) > 0.6


@pytest.mark.parametrize("n", [30, 200, 2_000])
def test_of_noise_nothing_is_taken_back(n):
    """Five times the usual error."""
    shares = [recovery(rows(seed), rows(100 + seed, n, noise=1.5), "regression").share for seed in range(10)]
    assert np.median(shares) < 0.05
    assert max(shares) < 0.25


def test_classes_are_told_apart_too():
    """A relation that turned against labels of which a fifth are swapped at random."""
    usual = rows(0, noise=0.0, task="binary_classification")
    turned = rows(1, slope=-1.0, noise=0.0, task="binary_classification")
    swapped = rows(1, noise=0.2, task="binary_classification")
    assert recovery(usual, turned, "binary_classification").share > 0.8
    assert recovery(usual, swapped, "binary_classification").share < 0.25


def test_nothing_rose_nothing_to_take_back():
    """None rather than a share of nothing; the same for rows without a label."""
    assert recovery(rows(0), rows(1, noise=0.1), "regression") is None
    assert recovery(rows(0), rows(0, 1), "regression") is None
    assert recovery(rows(0).only(np.zeros(ROWS, bool)), rows(1, slope=-1.0), "regression") is None
