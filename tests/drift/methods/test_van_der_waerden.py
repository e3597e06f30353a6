"""The normal scores test."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.methods import van_der_waerden
from tests.drift.samples import names, numbers, p_value


def test_the_p_value_is_that_of_the_t_test_on_a_normal_column() -> None:
    """Normal scores of normal values are the values themselves."""
    rng = np.random.default_rng(1)
    reference, current = rng.normal(size=20_000), rng.normal(0.05, 1, 2_000)
    exact = stats.ttest_ind(reference, current).pvalue
    found = p_value(van_der_waerden.measure(numbers(reference, current, chunks=False), 0.1))
    assert found == pytest.approx(exact, rel=0.35)


def test_the_statistic_of_a_shift_is_the_shift_in_standard_deviations() -> None:
    """With its direction."""
    rng = np.random.default_rng(2)
    for shift, direction in ((0.3, "up"), (-0.3, "down")):
        measured = van_der_waerden.measure(numbers(rng.normal(size=50_000), rng.normal(shift, 1, 50_000)), 0.1)
        assert measured is not None
        assert (measured.statistic, measured.direction) == (pytest.approx(0.3, abs=0.03), direction)


def test_a_batch_beyond_the_range_goes_on_counting() -> None:
    """Farther away is more, up to a limit that tames outliers."""
    rng = np.random.default_rng(3)
    reference = rng.normal(size=5_000)
    found = []
    for shift in (3, 6, 9, 1_000, 10**6):
        measured = van_der_waerden.measure(numbers(reference, rng.normal(shift, 1, 500)), 0.1)
        assert measured is not None
        found.append(measured.statistic)
    assert found[0] < found[1] < found[2]
    assert found[2:] == pytest.approx([6] * 3, rel=0.02)


def test_names_and_constants_are_left_alone() -> None:
    """There is no location to compare."""
    assert van_der_waerden.measure(names(["a"] * 50, ["b"] * 50), 0.1) is None
    assert van_der_waerden.measure(numbers(np.ones(100), np.zeros(100)), 0.1) is None
