"""What columns say about each other."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.calibration import Evidence, calibrate, chi_squared_law
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
    assert prior.weight == pytest.approx(50 / 52)


def test_columns_that_differ_say_little() -> None:
    """Where one varies a thousand times more than another, the prior is wide."""
    prior = shared_prior(columns(np.geomspace(1, 1_000, 50)))
    assert prior is not None
    assert prior.spread > 1.5


def test_few_columns_say_nothing() -> None:
    """Seven columns, or columns without chunks, give no prior."""
    assert shared_prior(columns(np.ones(7))) is None
    assert shared_prior(columns(np.ones(50), chunks=2)) is None


@pytest.mark.parametrize(("spread", "excess"), [(0.0, 1.2), (0.7, 1.5)])
def test_shared_columns_keep_their_level_and_power(spread: float, excess: float) -> None:
    """Whether columns vary alike or differ, the mean false-alarm rate is near its level, and sharing finds more."""
    rng, level, rows, chunks = np.random.default_rng(7), 1e-3, 1_000, 30
    variations = 0.03 * np.exp(spread * rng.standard_normal(40))
    alarms, together, alone = [], [], []
    for _ in range(5):
        squares = [rng.normal(0, np.hypot(variation, rows**-0.5), chunks) ** 2 for variation in variations]
        found = [Evidence(chi_squared_law(1), 0.0, 1 / rows, square, np.full(chunks, 1 / rows)) for square in squares]
        prior = shared_prior(found)
        limits = np.array([calibrate(evidence, prior).threshold(level) for evidence in found])
        deviations = np.hypot(variations, rows**-0.5)
        alarms.append(2 * stats.norm.sf(limits / deviations).mean())
        together.append(stats.norm.sf((limits - 0.15) / deviations).mean())
        limits = np.array([calibrate(evidence).threshold(level) for evidence in found])
        alone.append(stats.norm.sf((limits - 0.15) / deviations).mean())
    assert np.mean(alarms) < excess * level
    assert np.mean(together) > np.mean(alone) + 0.02
