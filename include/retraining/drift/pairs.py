"""Rank correlations of all pairs of numeric columns, from sums that add up exactly.

Each value is replaced by its place among the sixteenths of its column's reference: whole numbers, so partial sums
are exact and outliers harmless. Nulls leave a row out of the pairs they touch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.counts import Counts

_PLACES = 16
"""Places a value can have: a rank correlation from sixteenths is that of all ranks to within 1%."""
_BLOCK = 16_384
"""Rows multiplied at a time: sums of squares of places, at most 15 each, stay below 2**24 and so exact in float32."""
_MINIMUM_VARIANCE = 4 * 0.05 * 0.95
"""Variance of the places when 5% of the rows are off the most frequent one; with fewer a correlation is all chance."""
_LARGEST = 0.9999
"""Correlations are cut off here, where Fisher's transform leaves the useful range."""


@dataclass(frozen=True)
class PairSums:
    """Sums over the rows in which both columns of a pair have a value; all of shape (columns, columns).

    At [i, j]: `rows` in common, sum of the places of i (`first`), of their squares (`second`), and of the products.
    """

    rows: Integers
    first: Integers
    second: Integers
    products: Integers

    def __add__(self, other: "PairSums") -> "PairSums":
        return PairSums(
            self.rows + other.rows,
            self.first + other.first,
            self.second + other.second,
            self.products + other.products,
        )

    def transformed(self) -> tuple[Floats, Integers]:
        """Fisher's transform of each correlation, and rows in common; pairs (0, 1), (0, 2), ... in one row.

        NaN where a column of the pair hardly varies.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.first / self.rows
            variance = self.second / self.rows - mean**2
            variance = np.where(variance < _MINIMUM_VARIANCE, np.nan, variance)
            covariance = self.products / self.rows - mean * mean.T
            correlation = covariance / np.sqrt(variance * variance.T)
        above = np.triu_indices(len(mean), 1)
        return np.arctanh(np.clip(correlation[above], -_LARGEST, _LARGEST)), self.rows[above]


def place_edges(counts: Counts, edges: Floats) -> Floats:
    """Choose, among the fine edges of a column, those nearest above each sixteenth of the reference."""
    shares = np.cumsum(counts.bins)[:-1] / max(counts.valid, 1)
    chosen = np.searchsorted(shares, np.arange(1, _PLACES) / _PLACES)
    chosen = np.unique(chosen[chosen < len(edges)])
    return edges[chosen[(shares[chosen] > 0) & (shares[chosen] < 1)]]


def sum_pairs(columns: Sequence[Floats], edges: Sequence[Floats]) -> PairSums:
    """Sum over rows.

    Parameters
    ----------
    columns
        Values of each column, all of shape (n,); NaN is a null.
    edges
        Edges of each column's places.
    """
    size = len(columns)
    total = PairSums(*(np.zeros((size, size), np.int64) for _ in range(4)))
    for start in range(0, len(columns[0]) if size else 0, _BLOCK):
        block = [values[start : start + _BLOCK] for values in columns]
        total += _sum_block(block, edges)
    return total


def _sum_block(block: Sequence[Floats], edges: Sequence[Floats]) -> PairSums:
    """Sum over few rows: then float32, in which matrices multiply fastest, is still exact."""
    places = np.empty((len(block), len(block[0])), np.float32)
    present = np.empty_like(places)
    for row, (values, inner) in enumerate(zip(block, edges, strict=True)):
        present[row] = ~np.isnan(values)
        places[row] = (2 * _place(values, inner) - len(inner)) * present[row]
    sums = (present @ present.T, places @ present.T, places**2 @ present.T, places @ places.T)
    return PairSums(*(matrix.astype(np.int64) for matrix in sums))


def _place(values: Floats, edges: Floats) -> npt.NDArray[np.int8]:
    """Number of edges at or below each value; comparing with each of so few is faster than searching them."""
    place = np.zeros(len(values), np.int8)
    for edge in edges:
        place += values >= edge
    return place
