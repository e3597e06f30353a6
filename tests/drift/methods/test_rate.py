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
    """The first null ever is judged by the exact test, not by a normal law that has no variance."""
    current = np.zeros(100)
    current[0] = np.nan
    measured = rate.measure_nulls(numbers(np.zeros(1_000), current, chunks=False), 0.02)
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    assert calibrate(measured.evidence).p_value > 0.05


def test_columns_without_nulls_are_not_tested() -> None:
    """Neither nulls nor infinities on either side: nothing to say."""
    data = numbers(np.arange(100.0), np.arange(50.0))
    assert rate.measure_nulls(data, 0.05) is None
    assert rate.measure_infinities(data, 0.05) is None


@settings(deadline=None)
@given(total=st.integers(1, 300), part=st.floats(0, 1), share=st.floats(0.001, 0.999))
def test_the_exact_p_value_is_that_of_the_binomial_test(total: int, part: float, share: float) -> None:
    """By scipy's, on either side and also where there is no split as unlikely on the other."""
    hits = round(part * total)
    expected = stats.binomtest(hits, total, share).pvalue
    assert rate.exact_p(hits, total, share) == pytest.approx(expected, rel=1e-6, abs=1e-200)


def test_few_nulls_that_become_many_are_judged_on_one_side() -> None:
    """Where none at all would not be unlikely either, the p-value is not doubled."""
    assert rate.exact_p(6, 12, 1 / 31) == pytest.approx(stats.binom.sf(5, 12, 1 / 31))
