"""Special functions, each against scipy's."""

import numpy as np
import pytest
from scipy import special, stats

from include.retraining.drift.mixtures import LEVELS
from include.retraining.drift.special import (
    binomial_at_most,
    binomial_more,
    chi_squared_above,
    chi_squared_quantile,
    kolmogorov_quantile,
    log_gamma,
    normal_below,
    normal_quantile,
)


@pytest.mark.parametrize("freedom", [1, 1.3, 2, 3.7, 9, 40, 255, 1_000])
def test_chi_squared(freedom: float) -> None:
    """Quantiles at all levels down to 1e-30, and probabilities on both sides of the mean."""
    assert chi_squared_quantile(freedom, LEVELS) == pytest.approx(special.chdtri(freedom, LEVELS), rel=1e-9, abs=1e-12)
    squares = np.geomspace(freedom / 50, freedom * 8, 40)
    assert chi_squared_above(freedom, squares) == pytest.approx(stats.chi2.sf(squares, freedom), rel=1e-9, abs=1e-300)


def test_kolmogorov() -> None:
    """Quantiles at all levels."""
    assert kolmogorov_quantile(LEVELS) == pytest.approx(special.kolmogi(LEVELS), rel=1e-9)


def test_normal() -> None:
    """Probabilities and quantiles, also far out and at the ends."""
    values = np.linspace(-30, 8, 200)
    assert normal_below(values) == pytest.approx(special.ndtr(values), rel=1e-12)
    shares = np.concatenate([LEVELS, 1 - LEVELS[1:20], [0.0, 1.0]])
    assert normal_quantile(shares) == pytest.approx(special.ndtri(shares), rel=1e-12)


def test_log_gamma() -> None:
    """Of small and of large numbers."""
    values = np.geomspace(0.01, 1e7, 300)
    assert log_gamma(values) == pytest.approx(special.gammaln(values), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("hits", "trials", "share"),
    [
        (0, 1, 0.5),
        (3, 10, 0.2),
        (10, 10, 0.2),
        (-1, 10, 0.2),
        (0, 10_000, 1e-4),
        (480, 100_000, 0.005),
        (2_000_000, 10_000_000, 0.2),
        (2_010_000, 10_000_000, 0.2),
        (5, 1_000, 0.9),
        (4, 10, 1.0),
        (4, 10, 0.0),
    ],
)
def test_binomial(hits: int, trials: int, share: float) -> None:
    """Both tails."""
    assert binomial_at_most(hits, trials, share) == pytest.approx(stats.binom.cdf(hits, trials, share), rel=1e-7)
    assert binomial_more(hits, trials, share) == pytest.approx(stats.binom.sf(hits, trials, share), rel=1e-7)
