"""Means and standard deviations that add up exactly."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.moments import BLOCK, NO_GRID, NOTHING, Grid, Moments

RNG = np.random.default_rng(0)
SHAPES = {
    "normal": RNG.normal(size=20_000),
    "far from zero": 1e9 + RNG.normal(size=20_000),
    "tiny": 1e-60 * RNG.exponential(size=20_000),
    "counts": RNG.poisson(3, 20_000).astype(float),
    "mostly zero": np.where(RNG.random(20_000) < 0.9, 0.0, RNG.exponential(size=20_000)),
    "lognormal": RNG.lognormal(0, 1, 20_000),
}


def sums(grid: Grid, values: np.ndarray) -> Moments:
    """Sums over blocks."""
    return sum((grid.sums(values[start : start + BLOCK]) for start in range(0, len(values), BLOCK)), NOTHING)


@pytest.mark.parametrize("shape", SHAPES)
def test_they_are_numpys(shape: str) -> None:
    """To a thousandth of the deviation, whatever the scale."""
    values = SHAPES[shape]
    grid = Grid.of(values)
    found = sums(grid, values)
    assert grid.mean(found, len(values)) == pytest.approx(values.mean(), abs=1e-3 * values.std())
    assert grid.deviation(found, len(values)) == pytest.approx(values.std(), rel=1e-3)


@settings(deadline=None, max_examples=50)
@given(
    cuts=st.lists(st.integers(0, 3_000), max_size=5).map(sorted),
    special=st.lists(st.sampled_from([np.nan, np.inf, -np.inf, 1e300, -1e12, 1e6]), max_size=20),
)
def test_any_cut_into_parts_gives_the_same_sums(cuts: list[int], special: list[float]) -> None:
    """To the last digit, also where values are missing, infinite or far away."""
    values = np.concatenate([SHAPES["normal"][: 3_000 - len(special)], special])
    values = np.random.default_rng(len(cuts)).permutation(values)
    grid = Grid.of(SHAPES["normal"])
    parts = [sums(grid, values[start:end]) for start, end in pairwise([0, *cuts, len(values)])]
    assert sum(parts, NOTHING) == sums(grid, values)


def test_full_blocks_of_the_farthest_values_are_exact() -> None:
    """As many values as a block holds, all at the limit: no digit of their squares is lost."""
    grid = Grid.of(SHAPES["normal"])
    found = grid.sums(np.full(BLOCK, 1e30))
    assert found.total == BLOCK * 2**18
    assert found.squares == BLOCK * 2**36


def test_an_outlier_counts_as_far_away_and_no_farther() -> None:
    """It moves the mean by a thousand deviations over the number of rows."""
    values = SHAPES["normal"]
    grid = Grid.of(values)
    moved = grid.mean(sums(grid, np.append(values, 1e12)), len(values) + 1)
    assert moved == pytest.approx(1_024 / len(values), rel=0.6)


def test_a_constant_has_its_value_as_mean() -> None:
    """And no deviation."""
    grid = Grid.of(np.full(10, 7.25))
    found = grid.sums(np.full(5, 7.25))
    assert grid.mean(found, 5) == 7.25
    assert grid.deviation(found, 5) == 0


@pytest.mark.parametrize("values", [np.empty(0), np.zeros(3), np.array([-1e308, 0.0, 1e308])])
def test_without_a_usable_unit_there_are_no_moments(values: np.ndarray) -> None:
    """Of nothing, of zeros alone, of values whose spread is no number."""
    grid = Grid.of(values)
    assert grid == NO_GRID
    assert grid.mean(grid.sums(values), 3) is None
    assert grid.deviation(NOTHING, 0) is None
