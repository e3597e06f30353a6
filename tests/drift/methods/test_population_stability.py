"""The population stability index."""

import numpy as np
import pytest

from include.retraining.drift.methods import population_stability
from tests.drift.samples import numbers, p_value


def test_the_stability_index_of_small_samples_is_no_alarm() -> None:
    """Two samples of 100 of one distribution are judged by what chance does at that size."""
    rng = np.random.default_rng(4)
    found = [population_stability.measure(numbers(*rng.normal(size=(2, 100)), chunks=False), 0.1) for _ in range(200)]
    p_values = np.array([p_value(measured) for measured in found])
    statistics = [measured.statistic for measured in found if measured is not None]
    assert np.mean(statistics) == pytest.approx((1 / 100 + 1 / 100) * 9, rel=0.25)
    assert (p_values < 0.05).mean() < 0.12
    assert (p_values < 0.001).mean() == 0
