"""Rank correlations and their intervals."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from include.retraining.performance.relations import changed_relations, rank_correlation


def test_the_correlation_is_spearmans_and_missing_values_are_left_out():
    """Same figure as scipy's on the rows that are known."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=80)
    y = x + generator.normal(size=80)
    x[:5] = np.nan
    found = rank_correlation(pd.Series(x), y, confidence=0.95)
    assert found.value == pytest.approx(spearmanr(x[5:], y[5:]).statistic)
    assert found.n == 75
    assert found.low < found.value < found.high


def test_intervals_cover_the_true_correlation():
    """Rank correlation of a normal pair with correlation 0.5 is 6/pi asin(1/4): covered in at least 88 of 100."""
    true, covered = 6 / np.pi * np.arcsin(0.25), 0
    for seed in range(100):
        pair = np.random.default_rng(seed).multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 50)
        found = rank_correlation(pd.Series(pair[:, 0]), pair[:, 1], confidence=0.95)
        covered += found.low <= true <= found.high
    assert covered >= 88


def test_constant_columns_and_few_rows_have_no_correlation():
    """Nothing is said where nothing can be."""
    assert rank_correlation(pd.Series(np.ones(50)), np.arange(50.0), confidence=0.95) is None
    assert rank_correlation(pd.Series(np.arange(5.0)), np.arange(5.0), confidence=0.95) is None


def test_the_relation_that_turned_comes_first():
    """Among three features the one whose correlation changed its sign is named first; text is left out."""
    generator = np.random.default_rng(0)
    features = pd.DataFrame(generator.normal(size=(200, 3)), columns=["a", "b", "c"]).assign(name="x")
    then = features["a"] + features["b"] + generator.normal(size=200)
    now = features["a"] - features["b"] + generator.normal(size=200)
    found = changed_relations((features, then.to_numpy()), (features, now.to_numpy()), confidence=0.95, most=2)
    assert found[0].feature == "b"
    assert found[0].then.value > 0 > found[0].now.value
    assert len(found) == 2
