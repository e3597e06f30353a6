"""Rank correlations of all pairs of numeric columns, from sums that add up exactly.

Each value is replaced by its place among the sixteenths of its column's reference: the middle of the ranks there, as
a whole number, so partial sums are exact and outliers harmless. Nulls leave a row out of the pairs they touch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.retraining.drift.arrow import Floats, Integers, Mask

Singles = npt.NDArray[np.float32]
Places = npt.NDArray[np.int8]
"""Places: whole numbers from -16 to 16 about the middle one, 0, which is also that of a null."""
_PLACES = 16
"""Places a value can have: a rank correlation from sixteenths is that of all ranks to within 0.02."""
BLOCK = 4_096
"""Rows multiplied at a time: they fit into the second-level cache, and sums of products of places, at most 16 each,
stay far below 2**24 and so exact in float32."""
MINIMUM_VARIANCE = _PLACES**2 * 0.05 * 0.95
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

    def correlations(self) -> Floats:
        """Correlation of each pair of columns; NaN where one of them hardly varies."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.first / self.rows
            variance = self.second / self.rows - mean**2
            variance = np.where(variance < MINIMUM_VARIANCE, np.nan, variance)
            covariance = self.products / self.rows - mean * mean.T
            return np.asarray(covariance / np.sqrt(variance * variance.T))

    def transformed(self) -> tuple[Floats, Integers]:
        """Fisher's transform of each correlation, and rows in common; pairs (0, 1), (0, 2), ... in one row."""
        above = np.triu_indices(len(self.rows), 1)
        with np.errstate(invalid="ignore"):
            return np.arctanh(np.clip(self.correlations()[above], -_LARGEST, _LARGEST)), self.rows[above]


def place_table(bins: Integers) -> Places:
    """Place of each fine bin, from the reference's counts: the cuts are those nearest above each sixteenth.

    A bin that holds more than a sixteenth is cut off below, too. The place between two cuts is the middle of their
    ranks, so that a value of many rows counts as in Spearman's correlation; two values are always `_PLACES` apart.
    """
    total = max(int(bins.sum()), 1)
    shares = np.cumsum(bins)[:-1] / total
    below_heavy = np.flatnonzero(bins[1:] > total / _PLACES)
    cuts = np.unique(np.append(np.searchsorted(shares, np.arange(1, _PLACES) / _PLACES), below_heavy))
    cuts = cuts[cuts < len(shares)]
    cuts = cuts[(shares[cuts] > 0) & (shares[cuts] < 1)]
    limits = np.concatenate([[0.0], shares[cuts], [1.0]])
    middles = np.rint(_PLACES * (limits[:-1] + limits[1:] - 1)).astype(np.int8)
    return np.asarray(middles[np.searchsorted(cuts, np.arange(len(bins)))])


def sum_pairs(places: Places, absent: Mapping[int, Mask]) -> PairSums:
    """Sum over rows.

    Parameters
    ----------
    places
        Places of each column, shape (columns, rows); 0 where a value is absent.
    absent
        By number of the column: which of its values are absent; columns without nulls are left out.
    """
    size, rows = places.shape
    total = PairSums(*(np.zeros((size, size), np.int64) for _ in range(4)))
    gaps = sorted(absent)
    block, squares = block_buffer(size + len(gaps), rows), block_buffer(size, rows)
    for start in range(0, rows, BLOCK):
        used = slice(min(BLOCK, rows - start))
        block[:size, used] = places[:, start : start + BLOCK]
        for number, gap in enumerate(gaps, start=size):
            np.logical_not(absent[gap][start : start + BLOCK], out=block[number, used])
        np.square(block[:size, used], out=squares[:, used])
        total += _sum_block(block[:, used], squares[:, used], gaps)
    return total


def block_buffer(size: int, rows: int) -> Singles:
    """Room for a block of so many rows: used again for each, as memory that is new each time costs more than sums."""
    return np.empty((size, min(BLOCK, rows)), np.float32)


def _sum_block(block: Singles, squares: Singles, gaps: Sequence[int]) -> PairSums:
    """Sum over few rows: then float32, in which matrices multiply fastest, is still exact.

    What the nulls of one column take away from another has to be summed only for the columns that have nulls; which
    of their values are present stands below the places in `block`, as 1 and 0.
    """
    size, rows = squares.shape
    sums = block @ block.T
    counted = np.full((size, size), rows, np.float32)
    first, second = (np.repeat(side.sum(axis=1)[:, None], size, axis=1) for side in (block[:size], squares))
    if len(gaps):
        counted[:, gaps] = np.diagonal(sums)[size:]
        counted[gaps, :] = counted[:, gaps].T
        counted[np.ix_(gaps, gaps)] = sums[size:, size:]
        first[:, gaps], second[:, gaps] = sums[:size, size:], squares @ block[size:].T
    return PairSums(*(matrix.astype(np.int64) for matrix in (counted, first, second, sums[:size, :size])))
