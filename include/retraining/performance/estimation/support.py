"""Which rows lie where the reference has none: there, an estimate is guesswork.

Two questions for each row. Is one of its values outside of what the reference had in that column: beyond its
smallest or largest number, an unknown category, a missing value where none was missing? And is its whole
combination of values farther from every reference row than reference rows are from each other?
"""

from collections.abc import Sequence

import numpy as np
from sklearn.neighbors import NearestNeighbors

# Share of the reference's own rows that count as far from the others; subtracted from the batch's share.
FAR = 0.01
# Rows compared with one another: neighbours cost the product of both numbers.
REFERENCE_ROWS = 2_000
CURRENT_ROWS = 5_000
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
    generator = np.random.default_rng(seed)
    flags = np.asarray(categorical, dtype=bool)
    beyond, share_beyond = beyond_known(reference, current, flags)
    chosen = _some(len(current), CURRENT_ROWS, generator)
    far = _far(reference, current[chosen], flags, generator)
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


def _far(
    reference: np.ndarray, current: np.ndarray, categorical: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Rows farther from their nearest reference row than nearly all reference rows are from theirs."""
    chosen = reference[_some(len(reference), 2 * REFERENCE_ROWS, generator)]
    order = generator.permutation(len(chosen))
    half = len(chosen) // 2
    anchors, others = chosen[order[:half]], chosen[order[half:]]
    neighbours = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(_ranks(reference, anchors, categorical))
    usual = neighbours.kneighbors(_ranks(reference, others, categorical))[0][:, 0]
    distance = neighbours.kneighbors(_ranks(reference, current, categorical))[0][:, 0]
    return np.asarray(distance > np.quantile(usual, 1 - FAR))


def _ranks(reference: np.ndarray, rows: np.ndarray, categorical: np.ndarray) -> np.ndarray:
    """Place each number by its rank in the reference, from 0 to 1, and each category on an axis of its own."""
    columns = []
    for number, is_code in enumerate(categorical):
        known, values = reference[:, number], rows[:, number]
        missing = np.isnan(values)
        if is_code:
            codes = np.unique(known[~np.isnan(known)])
            columns += [np.where(values == code, APART / np.sqrt(2), 0.0) for code in codes]
        else:
            known = np.sort(known[~np.isnan(known)])
            rank = (np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right")) / 2
            columns.append(np.where(missing, 1.0 + APART, rank / max(len(known), 1)))
    return np.column_stack(columns)


def _some(n: int, most: int, generator: np.random.Generator) -> np.ndarray:
    return np.arange(n) if n <= most else generator.choice(n, most, replace=False)
