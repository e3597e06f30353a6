"""What holds for every test that a model file may name."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.column_data import ColumnData
from include.retraining.registry import DRIFT_TESTS, resolve
from tests.drift.samples import names, numbers, p_value

RNG = np.random.default_rng(0)
AWKWARD = {
    "constant": numbers(np.ones(300), np.ones(50)),
    "changed constant": numbers(np.ones(300), np.zeros(50)),
    "two values": numbers(np.arange(300) % 2.0, np.ones(50)),
    "mostly one value": numbers(np.append(np.zeros(3_000), 1.0), np.zeros(50)),
    "nulls and infinities": numbers(
        np.where(np.arange(300) % 3 == 0, np.nan, RNG.normal(size=300)),
        np.append(RNG.normal(size=50), [np.inf, np.nan]),
    ),
    "huge": numbers(RNG.uniform(-1, 1, 300) * 1e308, RNG.uniform(-1, 1, 50) * 1e308),
    "tiny": numbers(RNG.uniform(-1, 1, 300) * 1e-320, RNG.uniform(-1, 1, 50) * 1e-320),
    "elsewhere": numbers(RNG.normal(size=300), RNG.normal(1e12, 1, 50)),
    "one category": names(["a"] * 60, ["a"] * 40),
    "other categories": names(["a"] * 60, ["b"] * 40),
    "as many categories as rows": names([str(i) for i in range(300)], [str(i) for i in range(250, 350)]),
}


@pytest.mark.parametrize("case", AWKWARD)
@pytest.mark.parametrize("name", DRIFT_TESTS)
def test_awkward_columns_give_figures_or_nothing(name: str, case: str) -> None:
    """No NaN, no infinity, no warning from arithmetic; p-values between 0 and 1, effects too."""
    with np.errstate(all="raise", under="ignore"):
        measured = resolve("drift_test", name)(AWKWARD[case], 0.1)
        if measured is None:
            return
        assert np.isfinite(measured.statistic)
        assert 0 <= measured.effect <= 1 + 1e-9
        assert 0 <= p_value(measured) <= 1


def sample(name: str, rows: int, seed: int) -> ColumnData:
    """Reference and batch of one distribution, of the kind that the test is for."""
    rng = np.random.default_rng(seed)
    if name == "chi_squared":
        return names(rng.choice([*"abcde"], 3_000).tolist(), rng.choice([*"abcde"], rows).tolist())
    return numbers(rng.gamma(2, size=3_000), rng.gamma(2, size=rows))


@pytest.mark.parametrize("rows", [100, 1_000, 10_000])
@pytest.mark.parametrize("name", DRIFT_TESTS)
def test_samples_of_one_distribution_are_rarely_unlikely(name: str, rows: int) -> None:
    """Over 150 samples a level of 5% is not exceeded beyond chance, and one of 0.01% never."""
    measure = resolve("drift_test", name)
    p_values = np.array([p_value(measure(sample(name, rows, seed), 0.1)) for seed in range(150)])
    assert (p_values <= 0.05).sum() <= stats.binom.isf(0.001, 150, 0.05)
    assert p_values.min() > 1e-4


@pytest.mark.parametrize("name", DRIFT_TESTS)
def test_a_large_change_is_unlikely_and_large(name: str) -> None:
    """Each test finds what it is for."""
    rng = np.random.default_rng(1)
    data = numbers(rng.normal(size=3_000), rng.normal(1, 2, 1_000))
    if name == "chi_squared":
        data = names([*"aaab"] * 500, [*"abbb"] * 200)
    measured = resolve("drift_test", name)(data, 0.1)
    assert p_value(measured) < 1e-4
    assert measured.effect > 0.2
