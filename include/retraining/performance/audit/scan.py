"""The span of rows over which an error is raised: when it began, when it ended, and whether that can be chance."""

from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

# Ends of spans looked at; more rows are searched in steps. The square of it is the work.
MAXIMUM_ENDS = 400


class Span(NamedTuple):
    """Rows [start, stop) with their mean score; `p_value` holds for the search over all spans."""

    start: int
    stop: int
    mean: float
    z: float
    p_value: float


class Spread(NamedTuple):
    """How far means of scores stray: by the reference's size, and by what whole days share (a variance)."""

    reference: int
    day_variance: float


def day_spread(scores: np.ndarray, days: np.ndarray) -> Spread:
    """Estimate the variance between days beyond sampling noise from the reference, by moments."""
    _, day = np.unique(days, return_inverse=True)
    counts = np.bincount(day)
    means = np.bincount(day, weights=scores) / counts
    if len(counts) < 2:
        return Spread(len(scores), 0.0)
    within = float(np.var(scores))
    beyond = float(np.var(means, ddof=1)) - within * float((1 / counts).mean())
    return Spread(len(scores), max(0.0, beyond))


def find_span(scores: np.ndarray, days: np.ndarray, spread: Spread, minimum: int) -> Span | None:
    """Find the span of at least `minimum` rows whose mean score is raised most surely; None without any.

    The largest of the standardised means over all spans of n normal variables exceeds u about as often as the
    largest of n independent ones, or less where short spans are left out (Z. Kabluchko, "Extremes of the
    standardized Gaussian noise", Stochastic Processes and their Applications 121, 2011): p-values are multiplied by n.

    Parameters
    ----------
    scores
        Standard normal where nothing is wrong, in time order.
    days
        Number of the day of each row, not falling.
    """
    n = len(scores)
    if n < minimum:
        return None
    ends = np.unique(np.linspace(0, n, min(n, MAXIMUM_ENDS) + 1).astype(int))
    sums = np.concatenate([[0.0], np.cumsum(scores)])[ends]
    length = ends[None, :] - ends[:, None]
    allowed = length >= minimum
    count = np.maximum(length, 1)
    covered = np.maximum(days[ends - 1][None, :] - days[np.minimum(ends, n - 1)][:, None] + 1, 1)
    variance = 1 / count + 1 / spread.reference + spread.day_variance / covered
    z = np.where(allowed, (sums[None, :] - sums[:, None]) / count / np.sqrt(variance), -np.inf)
    first, last = np.unravel_index(int(np.argmax(z)), z.shape)
    start, stop = int(ends[first]), int(ends[last])
    best = float(z[first, last])
    start, stop = _settle_ends(scores, days, start, stop)
    p_value = float(np.exp(min(0.0, np.log(n) + log_ndtr(-best))))
    return Span(start, stop, float(scores[start:stop].mean()), best, p_value)


def _settle_ends(scores: np.ndarray, days: np.ndarray, start: int, stop: int) -> tuple[int, int]:
    """Move the ends to the likeliest places for a step up and down, then to whole days.

    A row speaks for the span when its score is above half of the span's mean; a day of which at least half of the
    rows are inside is inside.
    """
    for _ in range(2):
        gain = np.concatenate([[0.0], np.cumsum(scores - scores[start:stop].mean() / 2)])
        start, stop = _largest_rise(gain)
    inside = np.zeros(len(scores), dtype=bool)
    inside[start:stop] = True
    _, day = np.unique(days, return_inverse=True)
    whole = np.bincount(day, weights=inside) * 2 >= np.bincount(day)
    rows = np.flatnonzero(whole[day])
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (start, stop)


def _largest_rise(sums: np.ndarray) -> tuple[int, int]:
    """Find i < j with the largest sums[j] - sums[i]."""
    lowest = np.minimum.accumulate(sums)
    stop = int(np.argmax(sums[1:] - lowest[:-1])) + 1
    return int(np.argmin(sums[:stop])), stop
