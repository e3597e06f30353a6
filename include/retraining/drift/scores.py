"""Normal scores of bins, by which location and scale are compared, continued beyond the reference's range.

A value gets the score that its rank in the reference has in a standard normal distribution; a bin gets the mean
over the ranks in it. Ranks end at the reference's range, but scores go on in a straight line, so that a batch that
left the range altogether stands out even from a reference whose chunks differ much.
"""

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.special import normal_quantile

_FARTHEST = 6.0
"""Largest normal score: a single outlier among 500 values then moves their mean by at most 0.012."""
_DEGENERATE = 1e-9
"""Below this variance scores do not tell the bins apart."""


def normal_scores(bins: Integers, edges: Floats) -> Floats:
    """Normal scores, with mean 0 and variance 1 in the reference; all zero when it holds a single value.

    Parameters
    ----------
    bins
        The reference's counts between the edges, shape (e + 1,).
    edges
        Rising edges, shape (e,).

    References
    ----------
    B. L. van der Waerden, "Order tests for the two-sample problem and their power", Indagationes Mathematicae 14
    (1952).
    """
    shares = bins / bins.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = -np.diff(_density(_normal_limits(shares))) / shares
    return _standardised(_continued(inside, bins, edges), shares)


def _normal_limits(shares: Floats) -> Floats:
    """Normal quantiles at the limits of the bins."""
    return np.asarray(normal_quantile(np.clip(np.concatenate([[0.0], np.cumsum(shares)[:-1], [1.0]]), 0, 1)))


def _density(quantiles: Floats) -> Floats:
    return np.asarray(np.exp(-(quantiles**2) / 2) / np.sqrt(2 * np.pi))


def _continued(inside: Floats, bins: Integers, edges: Floats) -> Floats:
    """Scores of the bins that are empty in the reference: between its values interpolated, beyond them a line."""
    used = np.flatnonzero(bins)
    middles = _middles(edges / np.abs(edges).max())
    known = middles[used]
    scores = np.interp(middles, known, inside[used])
    if known[-1] > known[0]:
        slope = (inside[used[-1]] - inside[used[0]]) / (known[-1] - known[0])
        scores += slope * (np.maximum(middles - known[-1], 0) - np.maximum(known[0] - middles, 0))
    return np.clip(scores, -_FARTHEST, _FARTHEST)


def _middles(edges: Floats) -> Floats:
    return np.concatenate([edges[:1], (edges[:-1] + edges[1:]) / 2, edges[-1:]])


def _standardised(scores: Floats, shares: Floats) -> Floats:
    centred = scores - (scores * shares).sum()
    variance = float((centred**2 * shares).sum())
    return centred / np.sqrt(variance) if variance > _DEGENERATE else np.zeros_like(centred)
