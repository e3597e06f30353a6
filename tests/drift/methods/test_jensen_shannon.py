"""The Jensen-Shannon distance."""

import numpy as np
import pytest

from include.retraining.drift.methods import jensen_shannon
from tests.drift.samples import names, numbers


def test_the_jensen_shannon_distance_lies_between_0_and_1() -> None:
    """Equal samples have none, disjoint ones nearly the largest."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=2_000)
    same, other = (
        jensen_shannon.measure(numbers(values, values), 0.1),
        jensen_shannon.measure(names(["a"] * 500, ["b"] * 500), 0.1),
    )
    assert same is not None
    assert other is not None
    assert same.statistic == pytest.approx(0, abs=1e-9)
    assert 0.9 < other.statistic <= 1
