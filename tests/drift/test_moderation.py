"""What columns say about each other."""

import numpy as np
import pytest

from include.retraining.drift.calibration import Evidence, chi_squared_law
from include.retraining.drift.moderation import shared_prior


def columns(ratios: np.ndarray, chunks: int = 30) -> list[Evidence]:
    """Columns whose chunks vary by these multiples of noise."""
    rng = np.random.default_rng(0)
    scales = np.full(chunks, 1e-3)
    return [
        Evidence(chi_squared_law(1), 0.0, 1e-3, ratio * 1e-3 * rng.chisquare(1, chunks), scales) for ratio in ratios
    ]


def test_columns_that_vary_alike_agree_closely() -> None:
    """Fifty columns with twice the noise leave little doubt about it."""
    prior = shared_prior(columns(np.full(50, 2.0)))
    assert prior is not None
    assert prior.centre == pytest.approx(np.log(2), abs=0.1)
    assert prior.spread < 0.2


def test_columns_that_differ_say_little() -> None:
    """Where one varies a thousand times more than another, the prior is wide."""
    prior = shared_prior(columns(np.geomspace(1, 1_000, 50)))
    assert prior is not None
    assert prior.spread > 1.5


def test_few_columns_say_nothing() -> None:
    """Seven columns, or columns without chunks, give no prior."""
    assert shared_prior(columns(np.ones(7))) is None
    assert shared_prior(columns(np.ones(50), chunks=2)) is None
