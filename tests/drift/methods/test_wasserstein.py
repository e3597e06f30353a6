"""The normalised Wasserstein distance."""

import numpy as np
import pytest

from include.retraining.drift.methods import wasserstein
from tests.drift.samples import numbers


def test_the_wasserstein_distance_of_a_shift_is_the_shift() -> None:
    """In interquartile ranges, and one outlier of a million changes nothing."""
    rng = np.random.default_rng(3)
    reference = rng.normal(size=20_000)
    shifted = wasserstein.measure(numbers(reference, reference[:5_000] + 0.5), 0.1)
    outlier = wasserstein.measure(numbers(reference, np.append(reference[:5_000], 1e6)), 0.1)
    assert shifted is not None
    assert outlier is not None
    assert shifted.statistic == pytest.approx(0.5 / 1.349, rel=0.05)
    assert outlier.statistic < 0.03
