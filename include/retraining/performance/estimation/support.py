"""Which rows lie where the reference has none: there, an estimate is guesswork.

Two questions for each row. Is one of its values outside of what the reference had in that column: beyond its
smallest or largest number, an unknown category, a missing value where none was missing? And is its whole
combination of values farther from every reference row than reference rows are from each other?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.neighbors import NearestNeighbors

# Share of the reference's own rows that count as far from the others; subtracted from the batch's share.
FAR = 0.01
# Rows compared with one another: neighbours cost the product of both numbers, and a share of so many rows has a
# standard error of half a per cent.
REFERENCE_ROWS = 2_000
CURRENT_ROWS = 2_000
# Where a missing value lies, on the scale of ranks from 0 to 1; two different categories are as far apart.
APART = 1.0
# Fewer rows outline nothing.
MINIMUM_ROWS = 50


def outside_share(reference: np.ndarray, current: np.ndarray, *, categorical: Sequence[bool], seed: int = 0) -> float:
    """Share of the current rows that lie outside, beyond what chance puts there.

    Both matrices have shape (rows, columns) with codes in categorical columns and NaN for missing values.
    """
    if len(reference) < MINIMUM_ROWS or not len(current) or not reference.shape[1]:
        return 0.0
    flags = np.asarray(categorical, dtype=bool)
    beyond, share_beyond = beyond_known(reference, current, flags)
    chosen = _some(len(current), CURRENT_ROWS, np.random.default_rng(seed))
    content = np.ascontiguousarray(reference, dtype=float).tobytes()
    far = _outline(content, tuple(flags.tolist()), seed).far(current[chosen])
    inside = ~beyond[chosen]
    share_far = max(float(far[inside].mean()) - FAR, 0.0) / (1 - FAR) if inside.any() else 0.0
    return share_beyond + (1 - share_beyond) * share_far


def beyond_known(reference: np.ndarray, current: np.ndarray, categorical: np.ndarray) -> tuple[np.ndarray, float]:
    """Mask of the rows with a value that the reference did not have, and their share less what chance says.

    A further row of n + 1 is the smallest or the largest of a column with chance 2 / (n + 1).
    """
    beyond, chance_inside = np.zeros(len(current), dtype=bool), 1.0
    for number, is_code in enumerate(categorical):
        then, now = reference[:, number], current[:, number]
        missing = np.isnan(now)
        known = then[~np.isnan(then)]
        if len(known) == len(then):
            beyond |= missing
        if is_code:
            beyond |= ~missing & ~np.isin(now, known)
        elif len(known):
            beyond |= (now < known.min()) | (now > known.max())
            alone = sum(int((known == edge).sum() == 1) for edge in (known.min(), known.max()))
            chance_inside *= 1 - alone / (len(then) + 1)
        else:
            beyond |= ~missing
    return beyond, max(float(beyond.mean()) - (1 - chance_inside), 0.0) / chance_inside


@dataclass(frozen=True)
class _Outline:
    """Where reference rows lie, and how far from them hardly any other reference row is."""

    scales: tuple["_Scale", ...]
    neighbours: NearestNeighbors
    limit: float

    def far(self, rows: np.ndarray) -> np.ndarray:
        """Rows farther from their nearest reference row than nearly all reference rows are from theirs."""
        return np.asarray(_nearest(self.neighbours, _placed(self.scales, rows)) > self.limit)


@lru_cache(maxsize=4)  # a replay asks for the same champion's rows with every interval
def _outline(content: bytes, categorical: tuple[bool, ...], seed: int) -> _Outline:
    reference = np.frombuffer(content).reshape(-1, len(categorical))
    generator = np.random.default_rng(seed)
    scales = tuple(_Scale.of(column, is_code) for column, is_code in zip(reference.T, categorical, strict=True))
    chosen = reference[_some(len(reference), 2 * REFERENCE_ROWS, generator)]
    order = generator.permutation(len(chosen))
    anchors, others = np.split(chosen[order], [len(chosen) // 2])
    neighbours = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(_placed(scales, anchors))
    limit = float(np.quantile(_nearest(neighbours, _placed(scales, others)), 1 - FAR))
    return _Outline(scales, neighbours, limit)


@dataclass(frozen=True)
class _Scale:
    """A column as axes of one length: a number by its rank in the reference, each category on an axis of its own."""

    known: np.ndarray
    is_code: bool

    @classmethod
    def of(cls, column: np.ndarray, is_code: bool) -> "_Scale":
        known = column[~np.isnan(column)]
        return cls(np.unique(known) if is_code else np.sort(known), is_code)

    def place(self, values: np.ndarray) -> list[np.ndarray]:
        """One array for each axis."""
        if self.is_code:
            return [np.where(values == code, APART / np.sqrt(2), 0.0) for code in self.known]
        rank = (np.searchsorted(self.known, values, "left") + np.searchsorted(self.known, values, "right")) / 2
        return [np.where(np.isnan(values), 1.0 + APART, rank / max(len(self.known), 1))]


def _placed(scales: Sequence[_Scale], rows: np.ndarray) -> np.ndarray:
    axes = [axis for scale, values in zip(scales, rows.T, strict=True) for axis in scale.place(values)]
    return np.column_stack(axes) if axes else np.zeros((len(rows), 1))


def _nearest(neighbours: NearestNeighbors, placed: np.ndarray) -> np.ndarray:
    """Distance of each row to its nearest neighbour."""
    return np.asarray(neighbours.kneighbors(placed)[0][:, 0])


def _some(n: int, most: int, generator: np.random.Generator) -> np.ndarray:
    return np.arange(n) if n <= most else generator.choice(n, most, replace=False)
