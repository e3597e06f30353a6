"""The Kolmogorov-Smirnov test."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.edges import BINS
from include.retraining.drift.methods import kolmogorov_smirnov
from tests.drift.samples import numbers, p_value

SAMPLES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "skewed": lambda rng, n: rng.lognormal(sigma=1.5, size=n),
    "counts": lambda rng, n: rng.poisson(3, n).astype(float),
    "mostly zero": lambda rng, n: rng.exponential(size=n) * (rng.random(n) < 0.2),
    "heavy tails": lambda rng, n: rng.standard_cauchy(n),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_kolmogorov_smirnov_distance_is_exact_to_one_bin(name: str) -> None:
    """It never exceeds scipy's, and lies at most one bin's share below it."""
    rng = np.random.default_rng(0)
    reference, current = SAMPLES[name](rng, 4_000), 1.2 * SAMPLES[name](rng, 900)
    measured = kolmogorov_smirnov.measure(numbers(reference, current, chunks=False), 0.1)
    exact = stats.ks_2samp(reference, current, method="asymp")
    assert measured is not None
    assert exact.statistic - 2 / BINS <= measured.statistic <= exact.statistic + 1e-12


def test_the_p_value_is_that_of_scipy() -> None:
    """Without chunks, it is the asymptotic one."""
    rng = np.random.default_rng(1)
    reference, current = rng.normal(size=20_000), rng.normal(0.05, 1, 2_000)
    exact = stats.ks_2samp(reference, current, method="asymp").pvalue
    found = p_value(kolmogorov_smirnov.measure(numbers(reference, current, chunks=False), 0.1))
    assert found == pytest.approx(exact, rel=0.35)


def test_ties_leave_the_moments_of_the_noise_smaller() -> None:
    """For a column of two equally frequent values the mean square is a quarter, not Kolmogorov's 0.82."""
    assert kolmogorov_smirnov.noise_law(np.array([0.5, 0.5])).mean == pytest.approx(0.25, rel=0.15)
    assert kolmogorov_smirnov.noise_law(np.full(100, 0.01)).mean == pytest.approx(np.pi**2 / 12)
