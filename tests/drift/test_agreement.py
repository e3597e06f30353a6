"""The engine's statistics, from counts, against exact ones from the raw values."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from benchmarks import exact_statistics as exact
from benchmarks.drift_agreement import Deviation, deviations, report, split
from include.retraining.cli.tables import feature_kinds
from include.retraining.registry import DRIFT_TESTS
from include.retraining.results.columns import Columns

ROASTS = Path(__file__).parents[2] / "include" / "demo" / "roaster" / "features.parquet"
Draw = Callable[[np.random.Generator, int], np.ndarray]


def with_some(values: np.ndarray, rng: np.random.Generator, share: float, other: float) -> np.ndarray:
    """Replace a share of the values."""
    return np.where(rng.random(len(values)) < share, other, values)


NUMBERS: dict[str, tuple[Draw, Draw]] = {
    "normal": (lambda rng, n: rng.normal(0, 1, n), lambda rng, n: rng.normal(0.3, 1, n)),
    "wider": (lambda rng, n: rng.normal(0, 1, n), lambda rng, n: rng.normal(0, 1.3, n)),
    "lognormal": (lambda rng, n: rng.lognormal(0, 1, n), lambda rng, n: rng.lognormal(0.2, 1, n)),
    "heavy tail": (lambda rng, n: rng.standard_t(2, n), lambda rng, n: rng.standard_t(2, n) + 0.2),
    "integers": (lambda rng, n: rng.poisson(30, n) * 1.0, lambda rng, n: rng.poisson(31, n) * 1.0),
    "few values": (lambda rng, n: rng.integers(0, 5, n) * 1.0, lambda rng, n: rng.integers(0, 4, n) * 1.0),
    "two values": (lambda rng, n: rng.binomial(1, 0.3, n) * 1.0, lambda rng, n: rng.binomial(1, 0.5, n) * 1.0),
    "mostly zero": (
        lambda rng, n: with_some(rng.exponential(1, n), rng, 0.8, 0.0),
        lambda rng, n: with_some(rng.exponential(1, n), rng, 0.7, 0.0),
    ),
    "nulls": (
        lambda rng, n: with_some(rng.normal(0, 1, n), rng, 0.1, np.nan),
        lambda rng, n: with_some(rng.normal(0, 1, n), rng, 0.3, np.nan),
    ),
    "infinities": (
        lambda rng, n: with_some(rng.normal(0, 1, n), rng, 0.02, np.inf),
        lambda rng, n: with_some(rng.normal(0, 1, n), rng, 0.05, -np.inf),
    ),
}


def names(rng: np.random.Generator, rows: int, *, common: int) -> pa.Array:
    """Categories of which some are rare, one in twenty null, and one rare one depends on `common`."""
    values = rng.choice([*"abcdefgh", f"new {common}"], rows, p=[0.5, 0.2, 0.15, 0.1, 0.04, 0.004, 0.003, 0.002, 0.001])
    return pa.array(values, mask=rng.random(rows) < 0.05)


@pytest.fixture(scope="module")
def generated() -> list[Deviation]:
    """Deviations on columns of many shapes, of 6,000 and 2,000 rows."""
    rng = np.random.default_rng(0)
    tables = []
    for side, rows in ((0, 6_000), (1, 2_000)):
        columns = {name: pa.array(draws[side](rng, rows)) for name, draws in NUMBERS.items()}
        tables.append(pa.table({**columns, "names": names(rng, rows, common=side)}))
    return deviations(*tables, Columns(numeric=tuple(NUMBERS), categorical=("names",)))


def exceeded(found: list[Deviation]) -> list[str]:
    """What deviates more than is documented."""
    return [f"{one.statistic} of {one.column}: {one.engine} is {one.exact}" for one in found if one.size > one.allowed]


def test_generated_columns_agree(generated: list[Deviation]) -> None:
    """Every statistic is within its bound, and every test has been compared."""
    assert exceeded(generated) == []
    compared = {one.statistic.split(",")[0] for one in generated}
    rates = {"null_rate", "infinite_rate", "unseen_categories", "rows moved", "quantile"}
    assert compared == {*DRIFT_TESTS, *rates, "correlation", "correlation in the batch"}
    assert {one.column for one in generated} >= {*NUMBERS, "names"}


def test_roasts_agree() -> None:
    """So do those of real measurements in time order."""
    table = pq.read_table(ROASTS)
    found = deviations(*split(table), feature_kinds(table, ()))
    assert exceeded(found) == []
    assert len(found) > 100


@pytest.mark.parametrize("small", [1e-6, 0.0005])
def test_a_heavy_value_that_moves_a_little_is_seen(small: float) -> None:
    """Zeros of 30% of the rows that became small positive numbers are 30% of the rows moved.

    Scores and groups, exactly taken, count what lies nearer to the zeros than to any other value as one.
    """
    rng = np.random.default_rng(0)
    sides = [with_some(rng.exponential(1, rows), rng, 0.3, zero) for rows, zero in ((6_000, 0.0), (2_000, small))]
    found = deviations(*(pa.table({"x": side}) for side in sides), Columns(numeric=("x",), categorical=()))
    assert [one.exact for one in found if one.statistic.startswith("kolmogorov")] == [pytest.approx(0.3, abs=0.03)]
    distances = ("kolmogorov_smirnov", "rows moved", "anderson_darling", "wasserstein", "quantile")
    assert exceeded([one for one in found if small > 1e-4 or one.statistic.startswith(distances)]) == []


def test_statistics_are_the_textbook_ones() -> None:
    """Against direct computations on a handful of rows."""
    reference, current = np.array([1.0, 2.0, 2.0, 3.0, 5.0, 8.0]), np.array([2.0, 3.0, 9.0, 9.0])
    below = [[(side <= point).mean() for point in (1, 2, 3, 5, 8, 9)] for side in (reference, current)]
    difference = np.subtract(*below)
    assert exact.kuiper(reference, current) == pytest.approx(max(difference.max(), 0) - min(difference.min(), 0))
    assert exact.rank_correlation([reference, reference[::-1]], [reference, reference[::-1]]) == pytest.approx(
        stats.spearmanr(reference, reference[::-1]).statistic
    )
    assert exact.decile_counts(np.arange(100.0), np.arange(50.0, 150.0))[1].tolist() == [0] * 5 + [10] * 4 + [60]
    assert exact.of_names([*"aab", None], [*"abbb", None])["null_rate"] == pytest.approx(0.05)


def test_anderson_darling_is_the_mean_weighted_square() -> None:
    """Over the pooled rows without ties: the squared difference of distribution functions over its variance."""
    rng = np.random.default_rng(3)
    reference, current = rng.normal(size=60), rng.normal(0.5, 1, 40)
    pooled = np.sort(np.concatenate([reference, current]))
    heights = [
        (np.searchsorted(np.sort(side), pooled, "left") + np.searchsorted(np.sort(side), pooled, "right"))
        / 2
        / len(side)
        for side in (reference, current)
    ]
    middle = (np.arange(100) + 0.5) / 100
    weighted = (heights[1] - heights[0]) ** 2 / (middle * (1 - middle) - 1 / 400)
    assert exact.anderson_darling(reference, current) == pytest.approx(np.sqrt(weighted.mean()), rel=1e-9)


def test_rare_categories_share_a_cell() -> None:
    """A common one each, the rest together; where the rest is too little it joins the smallest."""
    rare = {"a": 80, "b": 12, "c": 4, "d": 4}
    assert exact.grouped(rare, {"a": 90, "c": 5, "d": 5}).tolist() == [[80, 12, 8], [90, 0, 10]]
    assert exact.grouped({"a": 80, "b": 20}, {"a": 70, "b": 28, "c": 2}).tolist() == [[80, 20], [70, 30]]


def test_the_report_fails_when_a_bound_is_exceeded(capsys: pytest.CaptureFixture[str]) -> None:
    """It names the column that is worst by what is allowed there."""
    within, beyond = (Deviation("kolmogorov_smirnov", "x", 0.5, exactly) for exactly in (0.501, 0.51))
    assert report([("one", within)]) == 0
    assert report([("one", within), ("two", beyond)]) == 1
    assert "two: x" in capsys.readouterr().out
