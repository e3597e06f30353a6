"""The Anderson-Darling test."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.methods import anderson_darling, kolmogorov_smirnov
from include.retraining.drift.mixtures import LEVELS
from tests.drift.samples import numbers, p_value


def square(reference: np.ndarray, current: np.ndarray) -> float:
    """The classical statistic: ours squared, over 1/n + 1/m."""
    measured = anderson_darling.measure(numbers(reference, current, chunks=False), 0.1)
    assert measured is not None
    return measured.statistic**2 / (1 / len(reference) + 1 / len(current))


@pytest.mark.filterwarnings("ignore:p-value")
@pytest.mark.parametrize("kind", ["continuous", "counts"])
def test_the_statistic_is_that_of_scipy(kind: str) -> None:
    """Up to scipy's standardisation, which is the same for all samples of these sizes; counts are exact."""
    rng = np.random.default_rng(0)
    reference = rng.poisson(4, 2_000).astype(float) if kind == "counts" else rng.normal(size=2_000)
    ours, theirs = [], []
    for shift in (0.1, 0.3, 0.6):
        current = rng.poisson(4 + shift, 500).astype(float) if kind == "counts" else rng.normal(shift, 1, 500)
        ours.append(square(reference, current))
        theirs.append(stats.anderson_ksamp([reference, current], variant="midrank").statistic)
    factor = np.diff(theirs) / np.diff(ours)
    assert factor[0] == pytest.approx(factor[1], rel=1e-2)
    # for large samples without ties the standard deviation is that of the limiting law
    if kind == "continuous":
        assert 1 / factor[0] == pytest.approx(np.sqrt(2 * (np.pi**2 - 9) / 3), rel=0.03)


@pytest.mark.parametrize(("critical", "level"), [(1.933, 0.1), (2.492, 0.05), (3.878, 0.01), (6.0, 0.001)])
def test_the_law_has_the_tabled_quantiles(critical: float, level: float) -> None:
    """The asymptotic points of Anderson and Darling (1954)."""
    law = anderson_darling.noise_law(np.full(256, 1 / 256))
    tail = np.exp(np.interp(critical, law.quantiles, np.log(LEVELS)))
    assert tail == pytest.approx(level, rel=0.03)
    assert law.variance == pytest.approx(2 * (np.pi**2 - 9) / 3, rel=0.01)


def test_ties_have_a_law_of_their_own() -> None:
    """For two equally frequent values it is chi-squared with one degree of freedom."""
    law = anderson_darling.noise_law(np.array([0.5, 0.5]))
    found = np.interp([0.05, 0.001], LEVELS[::-1], law.quantiles[::-1])
    assert found / law.mean == pytest.approx(stats.chi2.isf([0.05, 0.001], 1), rel=0.03)


def test_it_sees_a_change_of_scale_better_than_kolmogorov_and_smirnov() -> None:
    """For two normal samples of 1,000 values whose scale differs by 1.25."""
    rng = np.random.default_rng(1)
    data = numbers(rng.normal(size=1_000), 1.25 * rng.normal(size=1_000), chunks=False)
    ours = p_value(anderson_darling.measure(data, 0.1))
    assert ours < p_value(kolmogorov_smirnov.measure(data, 0.1))
    assert ours < 0.01
