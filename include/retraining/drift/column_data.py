"""One column then and now, on the same bins: what every test works on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.counts import Counts, Layout

_MINIMUM_CHUNK = 20
"""Fewest values of a chunk that is compared; with fewer its statistics are all noise."""


def shares(bins: Integers) -> Floats:
    """Counts as shares of their sum along the last axis."""
    return np.asarray(bins / bins.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class ColumnData:
    """Counts of the reference, of its time-ordered chunks, and of the batch."""

    layout: Layout
    reference: Counts
    chunks: tuple[Counts, ...]
    current: Counts

    @cached_property
    def shares_reference(self) -> Floats:
        """Share of the reference values in each bin."""
        return shares(self.reference.bins)

    @cached_property
    def shares_current(self) -> Floats:
        """Share of the batch's values in each bin."""
        return shares(self.current.bins)

    @property
    def scale(self) -> float:
        """1/n + 1/m: the variance of a difference of two means, in units of one value's variance."""
        return 1 / self.current.valid + 1 / self.reference.valid

    @cached_property
    def chunk_differences(self) -> Floats:
        """Shares of each chunk minus those of the rest of the reference, shape (chunks, bins)."""
        return np.asarray(self.shares_chunks - self.shares_rest)

    @property
    def shares_chunks(self) -> Floats:
        """Share of each chunk's values in each bin, shape (chunks, bins)."""
        return shares(self.chunk_bins)

    @property
    def shares_rest(self) -> Floats:
        """The same for the rest of the reference beside each chunk."""
        return shares(self.reference.bins - self.chunk_bins)

    @cached_property
    def chunk_scales(self) -> Floats:
        """1/n + 1/m of each chunk against the rest of the reference, shape (chunks,)."""
        sizes = self.chunk_bins.sum(axis=1)
        return np.asarray(1 / sizes + 1 / (self.reference.valid - sizes))

    @cached_property
    def chunk_bins(self) -> Integers:
        """Counts of the chunks that are large enough to be compared, shape (chunks, bins)."""
        large = [chunk.bins for chunk in self.chunks if _MINIMUM_CHUNK <= chunk.valid < self.reference.valid]
        return np.array(large, np.int64).reshape(-1, self.layout.size)
