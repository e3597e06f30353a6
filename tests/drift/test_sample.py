"""The bounded sample of rows."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.counts import Layout
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.sample import (
    INFINITE,
    NULL,
    RowSample,
    row_keys,
    sample_from_json,
    sample_to_json,
    take_rows,
    take_sample,
)

ROWS, SIZE = 400, 50
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=ROWS)
CODES = RNG.integers(-1, 4, ROWS).astype(np.int16)
LAYOUT = Layout("numeric", reference_edges(NUMBERS))
BINS = LAYOUT.locate(NUMBERS).cells(slice(None))
COLUMNS = [BINS, CODES, None]


def part(start: int, end: int, below: int | None = None) -> RowSample:
    """Sample of some consecutive rows."""
    return take_sample([BINS[start:end], CODES[start:end], None], end - start, start, SIZE, below)


def same(first: RowSample, second: RowSample) -> bool:
    """Whether two samples hold the same rows."""
    return (first.keys == second.keys).all() and (first.cells == second.cells).all()


def test_keys_are_those_of_splitmix64() -> None:
    """First outputs of the published generator with seed 0."""
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert row_keys(np.arange(3, dtype=np.uint64)).tolist() == expected


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, ROWS), max_size=6).map(sorted), bounded=st.booleans(), backwards=st.booleans())
def test_any_cut_into_parts_gives_the_same_sample(cuts: list[int], bounded: bool, backwards: bool) -> None:
    """Also when parts come in another order, and when later ones look only at rows that can still be kept."""
    borders = [0, *cuts, ROWS]
    spans = list(pairwise(borders))
    total = RowSample.empty(len(COLUMNS), SIZE)
    for start, end in reversed(spans) if backwards else spans:
        total += part(start, end, total.bound if bounded else None)
    assert same(total, part(0, ROWS))
    assert len(total) == SIZE


def test_fewer_rows_than_the_size_are_all_kept() -> None:
    """There is no bound then."""
    sample = part(0, 30)
    assert len(sample) == 30
    assert sample.bound is None
    assert len(RowSample.empty(3) + RowSample.empty(3)) == 0


def test_a_bound_leaves_few_rows_to_gather() -> None:
    """Of rows as many as the sample has seen, half can still be kept."""
    seen = part(0, 200)
    assert len(part(200, 400, seen.bound)) == pytest.approx(SIZE, abs=15)
    assert len(part(200, 220, seen.bound)) < 15


def test_rows_are_drawn_evenly() -> None:
    """Kept rows come from all quarters alike."""
    rows = 40_000
    sample = take_sample([(np.arange(rows) // 10_000).astype(np.int16)], rows)
    kept = np.bincount(sample.cells[:, 0], minlength=4)
    assert kept.sum() == 2_000
    assert kept.min() > 430


def test_cells_are_bins_and_positions() -> None:
    """As `Layout.locate` finds them; nulls, infinities and missing columns have numbers of their own."""
    values = np.array([-1.0, 0.0, 2.5, np.nan, np.inf, -np.inf])
    bins = Layout("numeric", np.array([0.0])).locate(values).cells(slice(None))
    sample = take_sample([bins, np.array([0, 1, 3, -1, 2, 2], np.int16), None], 6)
    order = np.argsort(row_keys(np.arange(6, dtype=np.uint64)))
    expected = [[0, 0], [1, 1], [1, 3], [NULL, NULL], [INFINITE, 2], [INFINITE, 2]]
    assert sample.cells.tolist() == [[*expected[row], NULL] for row in order]


def test_cells_count_as_layouts_do() -> None:
    """A sample that holds all rows has the layout's counts."""
    cells = take_sample([BINS], ROWS).cells[:, 0]
    assert np.bincount(cells, minlength=LAYOUT.size).tolist() == LAYOUT.count(NUMBERS).bins.tolist()


def test_scattered_rows_keep_their_keys() -> None:
    """The sample of a part can be taken out of that of the whole, whatever rows the part has."""
    odd = take_rows(COLUMNS, np.arange(1, ROWS, 2), SIZE)
    even = take_rows(COLUMNS, np.arange(0, ROWS, 2), SIZE)
    whole = part(0, ROWS)
    assert same(odd + even, whole)
    rest = whole.without(odd)
    assert 0 < len(rest) < SIZE
    assert np.isin(rest.keys, even.keys).all()


def test_the_head_is_a_smaller_sample() -> None:
    """As if fewer rows had been kept from the start."""
    assert same(part(0, ROWS).head(20), take_sample(COLUMNS, ROWS, size=20))


@pytest.mark.parametrize("sample", [part(0, ROWS), RowSample.empty(3)])
def test_json_gives_back_the_same_sample(sample: RowSample) -> None:
    """Through text, to the last digit, with the size that later parts are merged at."""
    read = sample_from_json(json.loads(json.dumps(sample_to_json(sample))))
    assert same(read, sample)
    assert read.size == sample.size
    assert read.cells.shape == sample.cells.shape
