"""Means that changed, judged by dealing rows anew."""

import numpy as np
import pytest
from scipy.stats import permutation_test

from include.retraining.performance.permutation import change_of_means, holm


def test_one_column_agrees_with_an_independent_implementation():
    """Without weights and with one column, the p-value is that of the plain permutation test."""
    generator = np.random.default_rng(0)
    then, now = generator.normal(size=60), generator.normal(0.45, 1, 40)
    plain = permutation_test(
        (now, then), lambda a, b: a.mean() - b.mean(), n_resamples=4_999, rng=np.random.default_rng(1)
    )
    found = change_of_means(then[:, None], now[:, None], np.ones(60), seed=0)
    assert found.p_value == pytest.approx(plain.pvalue, abs=0.02)
    assert found.statistic > 0


def test_many_columns_of_noise_rarely_alarm_together():
    """Ten columns, one p-value: below 0.1 in at most 19 of 100 samples (binomial, 99.8%)."""
    alarms = 0
    for seed in range(100):
        then, now = (np.random.default_rng((seed, part)).exponential(size=(50, 10)) for part in range(2))
        alarms += change_of_means(then, now, np.ones(50), seed=seed, permutations=199).p_value < 0.1
    assert alarms <= 19


def test_losses_that_were_all_zero_stand_out():
    """A column without spread then, and with some now, has changed."""
    now = np.abs(np.random.default_rng(0).normal(size=(30, 1)))
    assert change_of_means(np.zeros((60, 1)), now, np.ones(60), seed=0).p_value <= 0.001


def test_columns_that_never_vary_say_nothing():
    """All values alike: the p-value is 1."""
    assert change_of_means(np.ones((20, 1)), np.ones((20, 1)), np.ones(20), seed=0).p_value == 1.0


def test_holm_by_hand():
    """The smallest is multiplied by the number of tests, the next by one less, and none falls below the one before."""
    assert holm([0.04, 0.001, 0.03]) == pytest.approx([0.06, 0.003, 0.06])
    assert holm([]) == []
