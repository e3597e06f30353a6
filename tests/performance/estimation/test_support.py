"""Rows that lie where the reference has none."""

import numpy as np
import pytest

from include.retraining.performance.estimation.estimate import _clearly_outside
from include.retraining.performance.estimation.support import outside_share


def normal(n, seed, columns=5):
    """Draw independent normal columns, the last one a category of three."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, columns))
    x[:, -1] = generator.integers(0, 3, n)
    return x


CATEGORICAL = (False, False, False, False, True)


@pytest.mark.parametrize("n", [200, 2_000, 20_000])
def test_nothing_is_outside_without_a_change(n):
    """What chance puts beyond the extremes is taken off, at any size."""
    share = np.mean([outside_share(normal(n, s), normal(2_000, 100 + s), categorical=CATEGORICAL) for s in range(3)])
    assert share < 0.02


def test_values_beyond_the_range_are_outside():
    """A fifth of the rows in metres instead of millimetres."""
    now = normal(2_000, 1)
    now[:400, 2] *= 1000
    assert outside_share(normal(5_000, 0), now, categorical=CATEGORICAL) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("value", [7.0, np.nan])
def test_unknown_and_newly_missing_categories_are_outside(value):
    """Where the reference never had them."""
    now = normal(2_000, 1)
    now[:500, 4] = value
    assert outside_share(normal(5_000, 0), now, categorical=CATEGORICAL) == pytest.approx(0.25, abs=0.01)


def test_missing_values_that_the_reference_had_are_inside():
    """As many or more of them are drift perhaps, but nothing unknown."""
    then, now = normal(5_000, 0), normal(2_000, 1)
    then[::10, 0], now[::5, 0] = np.nan, np.nan
    assert outside_share(then, now, categorical=CATEGORICAL) < 0.02


def test_unseen_combinations_are_outside():
    """Two columns that always went together part: each value is known, the pair is not."""
    then, now = normal(5_000, 0, 3), normal(2_000, 1, 3)
    then[:, 1], now[:, 1] = then[:, 0], -now[:, 0]
    assert outside_share(then, now, categorical=(False, False, True)) > 0.4


def test_nothing_to_compare_is_nothing_outside():
    """No rows, no columns, or a reference of a few rows."""
    assert outside_share(normal(500, 0), np.empty((0, 5)), categorical=CATEGORICAL) == 0.0
    assert outside_share(np.empty((500, 0)), np.empty((10, 0)), categorical=()) == 0.0
    assert outside_share(normal(10, 0), normal(10, 1) + 100, categorical=CATEGORICAL) == 0.0


@pytest.mark.parametrize(("share", "n", "outside"), [(0.06, 150, False), (0.06, 100_000, True), (0.12, 150, True)])
def test_a_share_outside_must_exceed_what_chance_makes_of_it(share, n, outside):
    """Six per cent of 150 rows may be five; of 100,000 they are not."""
    assert _clearly_outside(share, n) is outside
