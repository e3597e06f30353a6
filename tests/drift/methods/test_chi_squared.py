"""The chi-squared test."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.methods import chi_squared
from tests.drift.samples import names, numbers, p_value


def test_statistic_and_p_value_are_those_of_scipy() -> None:
    """On a table without rare categories."""
    table = np.array([[500, 300, 200], [60, 25, 15]])
    measured = chi_squared.measure(names([*"a" * 500, *"b" * 300, *"c" * 200], [*"a" * 60, *"b" * 25, *"c" * 15]), 0.1)
    expected = stats.chi2_contingency(table, correction=False)
    assert measured is not None
    assert measured.statistic == pytest.approx(expected.statistic)
    assert p_value(measured) == pytest.approx(expected.pvalue, rel=0.05)
    assert measured.effect == pytest.approx(0.1)
    assert "'a', 50.0% before, 60.0% now" in measured.text


def test_a_batch_of_new_categories_is_as_different_as_can_be() -> None:
    """All rows moved."""
    measured = chi_squared.measure(names(["a"] * 500, ["b"] * 100), 0.1)
    assert measured is not None
    assert measured.effect == 1
    assert p_value(measured) < 1e-20


def test_numbers_and_single_categories_are_left_alone() -> None:
    """There are no shares to compare."""
    assert chi_squared.measure(numbers(np.arange(50.0), np.arange(50.0)), 0.1) is None
    assert chi_squared.measure(names(["a"] * 50, ["a"] * 40), 0.1) is None
