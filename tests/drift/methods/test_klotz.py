"""Klotz's test of scale."""

import numpy as np
import pytest

from include.retraining.drift.methods import klotz
from tests.drift.samples import numbers, p_value


def test_the_statistic_of_a_wider_column_is_the_change_of_variance() -> None:
    """A scale of 1.2 has a statistic of (1.2² - 1) / √2, and a direction."""
    rng = np.random.default_rng(2)
    wider = klotz.measure(numbers(rng.normal(size=50_000), 1.2 * rng.normal(size=50_000)), 0.1)
    assert wider is not None
    assert (wider.statistic, wider.direction) == (pytest.approx((1.2**2 - 1) / np.sqrt(2), rel=0.1), "up")


def test_a_shift_is_no_change_of_scale() -> None:
    """Each side is measured about its own mean."""
    rng = np.random.default_rng(3)
    shifted = klotz.measure(numbers(rng.normal(size=20_000), rng.normal(0.5, 1, 2_000), chunks=False), 0.1)
    assert p_value(shifted) > 0.01


def test_two_values_have_no_scale_of_their_own() -> None:
    """Their variance follows from their mean."""
    assert klotz.measure(numbers(np.arange(100.0) % 2, np.ones(50)), 0.1) is None
