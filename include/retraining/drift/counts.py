"""Counts of one column on fixed bins: whole numbers, so that parts add up to exactly the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from include.retraining.drift.arrow import Floats, Integers, Mask
from include.retraining.drift.lookup import Bins, Lookup
from include.retraining.drift.moments import BLOCK, NO_GRID, NOTHING, Grid, Moments
from include.retraining.drift.pairs import Places
from include.retraining.drift.values import read_names, read_numbers
from include.retraining.results.record import Kind

_NULL, _INFINITE = -1, -2
"""Stand for nulls and infinite values among bins."""
_EXAMPLES = 10
"""Unseen values kept by name. The first in alphabetical order are kept, whatever the order of the parts."""


@dataclass(frozen=True)
class Counts:
    """How many rows of a column lie where.

    `bins` holds numeric bins, or known categories with one last bin for all other values.
    Nulls and infinite values stay out of `bins`. `unseen` names some of the other values; `moments` are those of
    numbers.
    """

    bins: Integers
    nulls: int = 0
    infinite: int = 0
    unseen: tuple[str, ...] = ()
    moments: Moments = NOTHING

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            bins=self.bins + other.bins,
            nulls=self.nulls + other.nulls,
            infinite=self.infinite + other.infinite,
            unseen=tuple(sorted({*self.unseen, *other.unseen})[:_EXAMPLES]),
            moments=self.moments + other.moments,
        )

    @cached_property
    def valid(self) -> int:
        """Rows that lie in a bin."""
        return int(self.bins.sum())

    @cached_property
    def cumulative(self) -> Integers:
        """How many lie in each bin or in one before it."""
        return np.cumsum(self.bins)

    @property
    def rows(self) -> int:
        """All rows."""
        return self.valid + self.nulls + self.infinite

    @property
    def null_rate(self) -> float:
        """Share of nulls among all rows; 0 without rows."""
        return self.nulls / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Chunks:
    """Counts of the time-ordered parts of a reference: `bins` has shape (chunks, bins), the others (chunks,)."""

    bins: Integers
    nulls: Integers
    infinite: Integers

    @classmethod
    def of(cls, parts: Sequence[Counts], bins: int) -> "Chunks":
        """Lay counts on so many bins one above the other."""
        return cls(
            np.array([part.bins for part in parts], np.int64).reshape(-1, bins),
            np.array([part.nulls for part in parts], np.int64),
            np.array([part.infinite for part in parts], np.int64),
        )

    @cached_property
    def valid(self) -> Integers:
        """Rows of each that lie in a bin, shape (chunks,)."""
        return np.asarray(self.bins.sum(axis=1))

    @property
    def rows(self) -> Integers:
        """All rows of each, shape (chunks,)."""
        return self.valid + self.nulls + self.infinite


@dataclass(frozen=True)
class Layout:
    """The bins of one column: `edges` of a numeric one, `categories` of a categorical one.

    `complete` is false when the reference had more categories than are kept: then a value in the last bin may be
    rare instead of new. `grid` is what the moments of a number are counted on.
    """

    kind: Kind
    edges: Floats
    categories: tuple[str, ...] = ()
    complete: bool = True
    grid: Grid = NO_GRID

    @property
    def size(self) -> int:
        """Number of bins."""
        return 1 + (len(self.edges) if self.kind == "numeric" else len(self.categories))

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(self.edges)

    def empty(self) -> Counts:
        """Counts of no rows."""
        return Counts(np.zeros(self.size, np.int64))

    def count(self, values: Any) -> Counts:
        """Count an Arrow array, or a numpy array of numbers or names.

        Raises
        ------
        DataError
            When the values are not of this kind.
        """
        if self.kind == "numeric":
            return self.locate(read_numbers(values)).counts
        return self.place(*read_names(values))

    def locate(self, values: Floats, table: Places | None = None, places: Places | None = None) -> "Located":
        """Find the bin of every number, and count; NaN is a null.

        With a `table` of the bins' places those of the values are written into `places`, 0 for a null.
        """
        found, total, moments = np.empty(len(values), np.int16), np.zeros(self.size + 1, np.int64), NOTHING
        table = None if table is None else np.append(table, np.int8(0))
        for start in range(0, len(values), BLOCK):
            part = slice(start, start + BLOCK)
            found[part] = self._lookup.bins(values[part])
            bins = found[part].astype(np.intp)
            total += np.bincount(bins, minlength=self.size + 1)
            moments += self.grid.sums(values[part])
            if table is not None and places is not None:
                table.take(bins, out=places[part], mode="clip")
        nulls = int(total[-1])
        absent = found == self.size if nulls else None
        infinite = np.isinf(values) if total[0] or total[-2] else None
        if infinite is not None:
            total -= np.bincount(found[infinite], minlength=len(total))
        counts = Counts(total[:-1], nulls, 0 if infinite is None else int(infinite.sum()), moments=moments)
        return Located(counts, found, absent, infinite)

    def place(self, codes: Integers, names: Sequence[str]) -> Counts:
        """Count codes, positions in `names`, in the bins of the known categories and the last one."""
        return self.locate_names(codes, names).counts

    def locate_names(self, codes: Integers, names: Sequence[str]) -> "Located":
        """Find the position of every code among the known categories, and count; -1 is a null."""
        known = {name: position for position, name in enumerate(self.categories)}
        last = len(self.categories)
        translation = np.array([*(known.get(name, last) for name in names), -1], np.int16)
        bins = translation.take(codes, mode="wrap")
        rows = np.bincount(codes + 1, minlength=len(names) + 1)
        total = np.bincount(translation + 1, weights=np.append(rows[1:], rows[0]), minlength=last + 2).astype(np.int64)
        unseen = sorted(names[code] for code in np.flatnonzero(translation[:-1] == last).tolist() if rows[code + 1])
        counts = Counts(total[1:], nulls=int(total[0]), unseen=tuple(dict.fromkeys(unseen))[:_EXAMPLES])
        return Located(counts, bins)


@dataclass(frozen=True)
class Located:
    """Values of a column on its bins: how many lie where, and the bin of each.

    `absent` says which numbers are nulls, whose bins mean nothing, and `infinite` which are infinite; None: none is.
    A category that is null is in bin -1.
    """

    counts: Counts
    bins: Bins
    absent: Mask | None = None
    infinite: Mask | None = None

    def cells(self, rows: Integers | slice) -> Bins:
        """Bins of some rows; -1 for a null, -2 for an infinite value."""
        cells = self.bins[rows]
        for mask, code in ((self.infinite, _INFINITE), (self.absent, _NULL)):
            cells = cells if mask is None else np.where(mask[rows], np.int16(code), cells)
        return cells
