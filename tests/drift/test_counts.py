"""Counts on fixed bins."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.counts import Layout, count_numbers

FLOATS = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50)


@settings(deadline=None)
@given(values=FLOATS, edges=st.sets(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_counts_are_those_of_a_loop(values: list[float], edges: set[float]) -> None:
    """Sorting blocks and searching edges gives what looking at each value gives."""
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
