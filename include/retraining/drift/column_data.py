"""One column then and now, on the same bins: what every test works on."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.counts import Chunks, Counts, Layout
from include.retraining.drift.scores import normal_scores

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
    chunks: Chunks
    current: Counts

    @cached_property
    def shares_reference(self) -> Floats:
        """Share of the reference values in each bin."""
        return shares(self.reference.bins)

    @cached_property
    def shares_current(self) -> Floats:
        """Share of the batch's values in each bin."""
        return shares(self.current.bins)

    @cached_property
    def scores(self) -> Floats:
        """Normal score of each bin of a number; see `normal_scores`."""
        return normal_scores(self.reference.bins, self.layout.edges)

    @property
    def scale(self) -> float:
        """1/n + 1/m: the variance of a difference of two means, in units of one value's variance."""
        return 1 / self.current.valid + 1 / self.reference.valid

    @cached_property
    def chunk_differences(self) -> Floats:
        """Shares of each chunk minus those of the rest of the reference, shape (chunks, bins)."""
        return np.asarray(self.shares_chunks - self.shares_rest)

    @cached_property
    def shares_chunks(self) -> Floats:
        """Share of each chunk's values in each bin, shape (chunks, bins)."""
        return shares(self.chunk_bins)

    @cached_property
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
        valid = self.chunks.valid
        return self.chunks.bins[(valid >= _MINIMUM_CHUNK) & (valid < self.reference.valid)]

    @cached_property
    def left_out(self) -> "ColumnData":
        """The same, with each row of the reference in the category that it would have if the row were not counted.

        A category is known by name because it is frequent enough in the reference, some by chance. A new row meets
        only those that are there without it. So, in the reference, categories with as few rows as the rarest that is
        kept (one, when all are) belong to the other values: their share is then what a batch without drift has
        there, new values included.

        References
        ----------
        I. J. Good, "The population frequencies of species and the estimation of population parameters",
        Biometrika 40 (1953).
        """
        named = self.reference.bins[:-1]
        if self.layout.kind == "numeric" or not named.any():
            return self
        rarest = np.flatnonzero(named == (1 if self.layout.complete else named[named > 0].min()))
        return replace(
            self,
            reference=replace(self.reference, bins=_as_others(self.reference.bins, rarest)),
            chunks=replace(self.chunks, bins=_as_others(self.chunks.bins, rarest)),
        )


def _as_others(bins: Integers, categories: Integers) -> Integers:
    """Move the rows of some categories to the last bin."""
    moved = bins.copy()
    moved[..., -1] += bins[..., categories].sum(axis=-1)
    moved[..., categories] = 0
    return moved
