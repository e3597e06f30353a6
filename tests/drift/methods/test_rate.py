"""Rates of nulls and infinities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from include.retraining.drift.calibration import Evidence, calibrate
from include.retraining.drift.methods import rate
from tests.drift.samples import numbers


def with_nulls(rows: int, share: float, seed: int) -> np.ndarray:
    """Normal values, some of them missing."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(rows) < share, np.nan, rng.normal(size=rows))


def test_a_null_rate_that_rises_is_found() -> None:
    """From 1% to 5% in 1,000 rows."""
    measured = rate.measure_nulls(numbers(with_nulls(10_000, 0.01, 0), with_nulls(1_000, 0.05, 1)), 0.02)
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    assert calibrate(measured.evidence).p_value < 1e-5
    assert measured.direction == "up"
    assert measured.effect == pytest.approx(0.04, abs=0.02)


def test_a_single_null_is_not_unlikely() -> None:
    """The first null ever is judged by chance alone, one in eleven, and not by a normal law that has no variance."""
    current = np.zeros(100)
    current[0] = np.nan
    measured = rate.measure_nulls(numbers(np.zeros(1_000), current, chunks=False), 0.02)
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    assert calibrate(measured.evidence).p_value == pytest.approx(1 / 11 / 2)


def test_columns_without_nulls_are_not_tested() -> None:
    """Neither nulls nor infinities on either side: nothing to say."""
    data = numbers(np.arange(100.0), np.arange(50.0))
    assert rate.measure_nulls(data, 0.05) is None
    assert rate.measure_infinities(data, 0.05) is None


@settings(deadline=None)
@given(total=st.integers(1, 300), part=st.floats(0, 1), share=st.floats(0.001, 0.999))
def test_the_conditional_p_value_is_that_of_the_binomial_test(total: int, part: float, share: float) -> None:
    """By scipy's less half of what was found, on either side, also where no split of the other is as unlikely."""
    hits = round(part * total)
    expected = stats.binomtest(hits, total, share).pvalue - stats.binom.pmf(hits, total, share) / 2
    assert rate.conditional_p(hits, total, share) == pytest.approx(expected, rel=1e-6, abs=1e-200)


def test_few_nulls_that_become_many_are_judged_on_one_side() -> None:
    """Where none at all would not be unlikely either, the p-value is not doubled."""
    expected = stats.binom.sf(6, 12, 1 / 31) + stats.binom.pmf(6, 12, 1 / 31) / 2
    assert rate.conditional_p(6, 12, 1 / 31) == pytest.approx(expected)


@pytest.mark.parametrize("usual", [2.0, 5.0, 20.0])
def test_false_alarms_among_few_nulls_are_as_frequent_as_the_level(usual: float) -> None:
    """On average over references; a p-value that counted what was found in full would alarm half as often."""
    rng, level, parts, hits = np.random.default_rng(0), 1e-3, 30, np.arange(80)
    alarms = []
    for before in rng.poisson(usual * parts, 60):
        p_values = np.array([rate.conditional_p(now, now + before, 1 / (1 + parts)) for now in hits.tolist()])
        alarms.append(stats.poisson.pmf(hits, usual)[p_values <= level].sum())
    assert 0.6 * level < np.mean(alarms) < 1.1 * level
