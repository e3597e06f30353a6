"""Counts of one column on fixed bins: whole numbers, so that parts add up to exactly the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from include.retraining.drift.arrow import Floats, Integers, Mask
from include.retraining.drift.lookup import Bins, Lookup
from include.retraining.drift.values import read_names, read_numbers
from include.retraining.results import Kind

_BLOCK = 32_768
"""Values looked up at a time: a quarter of a megabyte stays in the second-level cache."""
_EXAMPLES = 10
"""Unseen values kept by name. The first in alphabetical order are kept, whatever the order of the parts."""


@dataclass(frozen=True)
class Counts:
    """How many rows of a column lie where.

    `bins` holds numeric bins, or known categories with one last bin for all other values.
    Nulls and infinite values stay out of `bins`. `unseen` names some of the other values.
    """

    bins: Integers
    nulls: int = 0
    infinite: int = 0
    unseen: tuple[str, ...] = ()

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            bins=self.bins + other.bins,
            nulls=self.nulls + other.nulls,
            infinite=self.infinite + other.infinite,
            unseen=tuple(sorted({*self.unseen, *other.unseen})[:_EXAMPLES]),
        )

    @cached_property
    def valid(self) -> int:
        """Rows that lie in a bin."""
        return int(self.bins.sum())

    @property
    def rows(self) -> int:
        """All rows."""
        return self.valid + self.nulls + self.infinite

    @property
    def null_rate(self) -> float:
        """Share of nulls among all rows; 0 without rows."""
        return self.nulls / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Layout:
    """The bins of one column: `edges` of a numeric one, `categories` of a categorical one.

    `complete` is false when the reference had more categories than are kept: then a value in the last bin may be
    rare instead of new.
    """

    kind: Kind
    edges: Floats
    categories: tuple[str, ...] = ()
    complete: bool = True

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

    def locate(self, values: Floats) -> "Located":
        """Find the bin of every number, and count; NaN is a null."""
        found, absent = np.empty(len(values), np.int16), np.isnan(values)
        total, filler = np.zeros(self.size, np.int64), self.edges[len(self.edges) // 2] if len(self.edges) else 0.0
        some_absent = bool(absent.any())
        for start in range(0, len(values), _BLOCK):
            block = values[start : start + _BLOCK]
            if some_absent:
                block = np.where(absent[start : start + _BLOCK], filler, block)
            bins = found[start : start + _BLOCK] = self._lookup.bins(block)
            total += np.bincount(bins, minlength=self.size)
        nulls, infinite = int(absent.sum()) if some_absent else 0, 0
        total[int(self.edges.searchsorted(filler, side="right"))] -= nulls
        for outermost, limit in ((0, -np.inf), (-1, np.inf)):
            if total[outermost]:
                beyond = int((values == limit).sum())
                total[outermost] -= beyond
                infinite += beyond
        return Located(Counts(total, nulls=nulls, infinite=infinite), found, absent if some_absent else None)

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
        return Located(counts, bins, None)


@dataclass(frozen=True)
class Located:
    """Values of a column on its bins: how many lie where, the bin of each, and which numbers are nulls (None: none is).

    The bin of a number that is null means nothing, that of a category that is null is -1; that of an infinite number
    is the outermost one.
    """

    counts: Counts
    bins: Bins
    absent: Mask | None
