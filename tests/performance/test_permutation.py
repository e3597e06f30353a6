"""Means that changed, judged by dealing rows anew."""

import numpy as np
import pytest
from scipy.stats import permutation_test

from include.retraining.performance.permutation import change_of_means, design_effect, holm


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


def clustered(generator, days, rows, shared):
    """Give rows of so many days, which share a part of their error, and the day of each."""
    day = np.repeat(np.arange(days), rows)
    return generator.normal(size=days * rows) + shared * generator.normal(size=days)[day], day


def test_days_that_share_their_errors_raise_no_alarm():
    """Forty streams of four weeks and one: without blocks most alarm at 1%, with them hardly one."""
    naive = alarms = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        (then, days), (now, _) = clustered(generator, 28, 40, 0.5), clustered(generator, 7, 40, 0.5)
        given = {"seed": seed, "permutations": 999}
        naive += change_of_means(then[:, None], now[:, None], np.ones(len(then)), **given).p_value <= 0.01
        found = change_of_means(then[:, None], now[:, None], np.ones(len(then)), blocks=days, **given)
        alarms += found.p_value <= 0.01
    assert naive > 10
    assert alarms <= 3  # P(more | 1% each) = 0.0007


def test_blocks_cost_independent_rows_nothing():
    """A shift of half a deviation is found as often with blocks as without, and none that is not there."""
    found = false = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        (then, days), (now, _) = clustered(generator, 10, 30, 0.0), clustered(generator, 3, 30, 0.0)
        for shift in (0.0, 0.5):
            change = change_of_means(
                then[:, None], now[:, None] + shift, np.ones(300), blocks=days, seed=seed, permutations=999
            )
            found += shift > 0 and change.p_value <= 0.01
            false += shift == 0 and change.p_value <= 0.01
    assert found >= 34
    assert false <= 3


def test_the_design_effect_is_that_of_the_textbook():
    """1 + (rows - 1) rho, and exactly 1 where rows are independent, alone in their block, or all alike."""
    generator = np.random.default_rng(0)
    values, day = clustered(generator, 2_000, 10, 1.0)
    assert design_effect(values[:, None], day)[0] == pytest.approx(1 + 9 * 0.5, rel=0.05)
    independent = np.column_stack([generator.normal(size=200), np.ones(200)])
    assert design_effect(independent, np.arange(200)).tolist() == [1.0, 1.0]
    assert design_effect(np.ones((20, 1)), np.repeat([0, 1], 10)).tolist() == [1.0]
