"""What is drawn of a column."""

import numpy as np
import pytest

from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Chunks, Layout
from include.retraining.drift.distribution import BARS, NAMED, distribution
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.moments import Grid
from tests.drift.samples import names, numbers

RNG = np.random.default_rng(0)
CASES = {
    "same": (RNG.normal(size=2_000), RNG.normal(size=500)),
    "left the range": (RNG.normal(size=2_000), RNG.normal(8, 1, 500)),
    "far away": (RNG.normal(size=2_000), RNG.normal(1e9, 1, 500)),
    "outlier": (np.append(RNG.normal(size=2_000), 1e12), RNG.normal(size=500)),
    "binary": (RNG.integers(0, 2, 2_000).astype(float), np.ones(500)),
    "constant": (np.full(100, 7.0), np.full(100, 8.0)),
    "huge": (RNG.normal(size=100) * 1e307, RNG.uniform(-1, 1, 100) * 1e308),
}


@pytest.mark.parametrize("case", CASES)
def test_bars_are_few_and_hold_everything(case: str) -> None:
    """Edges rise and are finite, shares sum to 1 on both sides."""
    drawn = distribution(numbers(*CASES[case], chunks=False))
    assert drawn is not None
    assert len(drawn.reference) == len(drawn.current) == len(drawn.edges) - 1 <= BARS
    assert (np.diff(drawn.edges) >= 0).all()
    assert sum(drawn.reference) == pytest.approx(1)
    assert sum(drawn.current) == pytest.approx(1)


def test_a_batch_that_left_the_range_is_drawn_where_it_went() -> None:
    """Its values are not heaped up in one bar at the border."""
    drawn = distribution(numbers(*CASES["left the range"]))
    assert drawn is not None
    assert drawn.edges[-1] > 9
    assert max(drawn.current) < 0.7


def test_an_outlier_does_not_flatten_the_picture() -> None:
    """The bars cover the bulk of the values."""
    drawn = distribution(numbers(*CASES["outlier"]))
    assert drawn is not None
    assert drawn.edges[-1] < 20
    assert max(drawn.reference) < 0.2


def test_rare_categories_share_a_bar() -> None:
    """The twelve largest are named, the others and new ones come last."""
    reference = [letter for position, letter in enumerate("abcdefghijklmnop") for _ in range(100 - position)]
    drawn = distribution(names(reference, [*"abc"] * 20 + ["new"] * 5))
    assert drawn is not None
    assert len(drawn.labels) == NAMED + 1
    assert drawn.labels[-1] == "other values"
    assert drawn.current[-1] == pytest.approx(5 / 65)
    assert sum(drawn.reference) == pytest.approx(1)


def test_null_rates_stand_beside_the_shares() -> None:
    """Shares leave nulls out; their rate is a figure of its own."""
    drawn = distribution(numbers(np.array([1.0, 2.0, np.nan, 3.0]), np.array([1.0, np.nan])))
    assert drawn is not None
    assert (drawn.null_reference, drawn.null_current) == (0.25, 0.5)
    assert distribution(numbers(np.array([1.0]), np.array([np.nan]))) is None


def test_means_and_deviations_stand_beside_the_bars() -> None:
    """Of both sides, for numbers."""
    reference, current = RNG.normal(5, 2, 2_000), RNG.normal(6, 3, 500)
    layout = Layout("numeric", reference_edges(reference), grid=Grid.of(reference))
    counts = [layout.count(side) for side in (reference, current)]
    drawn = distribution(ColumnData(layout, counts[0], Chunks.of((), layout.size), counts[1]))
    assert drawn is not None
    assert (drawn.mean_reference, drawn.mean_current) == pytest.approx((reference.mean(), current.mean()), abs=0.01)
    assert drawn.deviation_reference == pytest.approx(reference.std(), rel=1e-3)
    assert drawn.deviation_current == pytest.approx(current.std(), rel=1e-3)
