"""Counts of a batch on the reference's bins, in one pass over pieces of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from include.retraining.drift.arrow import Mask
from include.retraining.drift.counts import Counts, Located
from include.retraining.drift.pairs import PairSums, Places, sum_pairs
from include.retraining.drift.profile import ColumnProfile, Key, Profile
from include.retraining.drift.sample import RowSample, Sampler
from include.retraining.drift.values import read_names, read_numbers
from include.retraining.errors import DataError


@dataclass(frozen=True)
class Piece:
    """Some consecutive rows of a batch, whose columns are read when asked for; `first` is the place of the first."""

    first: int
    rows: int
    names: Sequence[str]
    column: Callable[[str], Any]


Rows: TypeAlias = "pa.Table | Iterable[pa.RecordBatch | Piece]"
Each: TypeAlias = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""Applies a function to each of some things, as `map` does; that of a pool of threads shares them."""
_SHARED = 65_536
"""Rows of a piece from which on threads share it: with fewer they would wait for Python, and for each other, longer
than they count."""
_TOGETHER = 6
"""Columns that a thread counts before it hands over what it found."""
_SUMMED = 16_384
"""Rows whose relations are summed at a time: few, so that threads end together."""


@dataclass(frozen=True)
class BatchProfile:
    """Counts by role and column; parts counted apart add up to exactly the whole.

    `failures` says of the columns that could not be counted why not. `pairs` holds the sums for correlations,
    `errors` the counts of the rows' reconstruction errors, `sample` some whole rows.
    """

    rows: int = 0
    counts: Mapping[Key, Counts] = field(default_factory=dict)
    failures: Mapping[Key, str] = field(default_factory=dict)
    pairs: PairSums | None = None
    errors: Counts | None = None
    sample: RowSample | None = None

    def __add__(self, other: "BatchProfile") -> "BatchProfile":
        counts = dict(self.counts)
        for key, part in other.counts.items():
            counts[key] = counts[key] + part if key in counts else part
        return BatchProfile(
            rows=self.rows + other.rows,
            counts=counts,
            failures={**other.failures, **self.failures},
            pairs=_add(self.pairs, other.pairs),
            errors=_add(self.errors, other.errors),
            sample=_add(self.sample, other.sample),
        )


def _add(first: Any, second: Any) -> Any:
    """Sum of two parts, either of which may be missing."""
    return first + second if first is not None and second is not None else first if second is None else second


def count_batch(
    profile: Profile,
    rows: Rows,
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
    first_row: int = 0,
    each: Each = map,
) -> BatchProfile:
    """Count feature rows, and the predictions and labels that belong to them.

    Parameters
    ----------
    first_row
        Place of the first row in the whole batch, when this is a part of it: it decides which rows are sampled.
    each
        What shares the columns of a large piece among threads, if anything.
    """
    features = [column for column in profile.columns if column.role == "feature"]
    total = BatchProfile()
    for piece in _pieces(rows, first_row):
        below, shared = None if total.sample is None else total.sample.bound, each if piece.rows >= _SHARED else map
        total += _count_features(profile, features, piece, shared, below)
    arrays: dict[Key, Any] = {("prediction", name): values for name, values in (predictions or {}).items()}
    if target is not None:
        arrays["target", "target"] = target
    for column in profile.columns:
        if column.key in arrays:
            total += _count_column(column, arrays[column.key])[0]
    return total


def _pieces(rows: Rows, first: int) -> Iterator[Piece]:
    for part in rows.to_batches() if isinstance(rows, pa.Table) else rows:
        if isinstance(part, Piece):
            yield part
        else:
            yield Piece(first, part.num_rows, part.schema.names, part.column)
            first += part.num_rows


def _count_features(
    profile: Profile, features: Sequence[ColumnProfile], piece: Piece, each: Each, below: int | None
) -> BatchProfile:
    relations, known = _Relations(profile, piece.rows), set(piece.names)
    sampler = Sampler(len(features), piece.rows, piece.first, below=below)

    def count(numbers: Sequence[int]) -> BatchProfile:
        total = BatchProfile()
        for number in numbers:
            column = features[number]
            part, located = relations.count(column, piece.column(column.name))
            total += part
            if located is not None:
                sampler.add(number, located.cells(sampler.kept))
        return total

    present = [number for number, column in enumerate(features) if column.name in known]
    shares = [present[start : start + _TOGETHER] for start in range(0, len(present), _TOGETHER)]
    total = sum(each(count, shares), BatchProfile(rows=piece.rows))
    return total + relations.sums(each) + BatchProfile(sample=sampler.sample)


class _Relations:
    """Gathers the places of the numeric features of a piece, a byte for each value; missing columns are absent."""

    def __init__(self, profile: Profile, rows: int) -> None:
        self.profile = profile
        self.tables = {} if profile.pairs is None else dict(zip(profile.pairs.names, profile.pairs.places, strict=True))
        self.numbers = {name: number for number, name in enumerate(self.tables)}
        self.places = np.empty((len(self.tables), rows), np.int8)
        self.absent: dict[int, Mask | None] = {}

    def count(self, column: ColumnProfile, values: Any) -> tuple[BatchProfile, Located | None]:
        """Count a column, and note its places."""
        number = self.numbers.get(column.name)
        if number is None:
            return _count_column(column, values)
        counted = _count_column(column, values, self.tables[column.name], self.places[number])
        if counted[1] is not None:
            self.absent[number] = counted[1].absent
        return counted

    def sums(self, each: Each) -> BatchProfile:
        """Sums over the rows, when all columns are counted."""
        if not self.tables:
            return BatchProfile()
        for number in set(self.numbers.values()) - set(self.absent):
            self.places[number], self.absent[number] = 0, np.ones(self.places.shape[1], bool)
        gaps = {number: mask for number, mask in self.absent.items() if mask is not None}
        starts = range(0, self.places.shape[1], _SUMMED)
        return sum(each(partial(self._sum, gaps), starts), BatchProfile())

    def _sum(self, gaps: Mapping[int, Mask], start: int) -> BatchProfile:
        rows = slice(start, start + _SUMMED)
        places, reconstruction, errors = self.places[:, rows], self.profile.reconstruction, None
        if reconstruction is not None:
            errors = reconstruction.layout.count(reconstruction.projection.errors(places))
        pairs = sum_pairs(places, {number: mask[rows] for number, mask in gaps.items()})
        return BatchProfile(pairs=pairs, errors=errors)


def _count_column(
    column: ColumnProfile, values: Any, table: Places | None = None, places: Places | None = None
) -> tuple[BatchProfile, Located | None]:
    """Counts of one column, and where its values lie; places as in `Layout.locate`."""
    try:
        if column.kind == "numeric":
            located = column.layout.locate(read_numbers(values), table, places)
        else:
            located = column.layout.locate_names(*read_names(values))
    except (DataError, ValueError, TypeError) as error:
        return BatchProfile(failures={column.key: str(error)}), None
    return BatchProfile(counts={column.key: located.counts}), located
