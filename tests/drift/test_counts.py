"""Counts on fixed bins."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.counts import Counts, Layout
from include.retraining.drift.edges import reference_edges


def count_numbers(values: np.ndarray, edges: np.ndarray) -> Counts:
    """Counts between given edges."""
    return Layout("numeric", edges).locate(values).counts


FLOATS = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50)


@settings(deadline=None)
@given(values=FLOATS, edges=st.sets(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_counts_are_those_of_a_loop(values: list[float], edges: set[float]) -> None:
    """Looking up bins gives what looking at each value gives."""
    rising = np.array(sorted(edges))
    counts = count_numbers(np.array(values), rising)
    finite = [value for value in values if np.isfinite(value)]
    expected = np.zeros(len(rising) + 1, int)
    for value in finite:
        expected[sum(edge <= value for edge in rising)] += 1
    assert counts.bins.tolist() == expected.tolist()
    assert counts.nulls == sum(np.isnan(values))
    assert counts.infinite == sum(np.isinf(values))
    assert counts.rows == len(values)


@settings(deadline=None)
@given(values=FLOATS, split=st.integers(0, 50))
def test_numbers_counted_in_parts_add_up_exactly(values: list[float], split: int) -> None:
    """Any split gives the same counts."""
    edges = np.array([-1.0, 0.0, 2.0])
    array = np.array(values)
    whole, parts = (
        count_numbers(array, edges),
        count_numbers(array[:split], edges) + count_numbers(array[split:], edges),
    )
    assert (whole.bins == parts.bins).all()
    assert (whole.nulls, whole.infinite) == (parts.nulls, parts.infinite)


@settings(deadline=None)
@given(values=st.lists(st.none() | st.text(max_size=2), max_size=60), split=st.integers(0, 60))
def test_names_counted_in_parts_add_up_exactly(values: list[str | None], split: int) -> None:
    """Any split gives the same counts and names the same unseen values."""
    layout = Layout("categorical", np.empty(0), categories=("a", "b", ""))
    count = lambda part: layout.count(pa.array(part, pa.string()))  # noqa: E731
    whole, parts = count(values), count(values[:split]) + count(values[split:])
    assert (whole.bins == parts.bins).all()
    assert (whole.nulls, whole.unseen) == (parts.nulls, parts.unseen)
    assert whole.rows == len(values)


def test_unseen_values_are_counted_and_named() -> None:
    """Values outside the table share the last bin; the first ten in alphabetical order are named."""
    layout = Layout("categorical", np.empty(0), categories=("a",))
    counts = layout.count(pa.array([*"zyxwvutsrqponm", "a", None]))
    assert counts.bins.tolist() == [1, 14]
    assert counts.unseen == tuple("mnopqrstuv")
    assert counts.nulls == 1


def test_counts_of_a_large_column_do_not_depend_on_blocks() -> None:
    """A column longer than one block is counted like numpy counts it."""
    values = np.random.default_rng(1).normal(size=200_000)
    edges = np.linspace(-3, 3, 25)
    expected = np.histogram(values, np.concatenate([[-np.inf], edges, [np.inf]]))[0]
    assert count_numbers(values, edges).bins.tolist() == expected.tolist()


def test_nulls_and_infinities_stay_out_of_the_bins() -> None:
    """Wherever the null's stand-in lies, and also without any edge."""
    values = np.array([np.nan, np.inf, -np.inf, -np.inf, 0.5, 0.5, np.nan])
    for edges in (np.empty(0), np.array([0.5]), reference_edges(np.arange(1_000.0))):
        counts = count_numbers(values, edges)
        assert (counts.valid, counts.nulls, counts.infinite) == (2, 2, 3)


def test_each_number_is_located() -> None:
    """Bins and nulls are known row by row."""
    located = Layout("numeric", np.array([0.0, 1.0])).locate(np.array([2.0, np.nan, -1.0]))
    assert located.bins[[0, 2]].tolist() == [2, 0]
    assert located.absent is not None
    assert located.absent.tolist() == [False, True, False]
