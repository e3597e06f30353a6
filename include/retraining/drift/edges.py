"""Fixed bin edges for a numeric column, chosen once from the reference."""

import numpy as np

from include.retraining.drift.arrow import Floats

BINS = 256
"""Inner bins: the binned Kolmogorov-Smirnov distance is then at most 1/256 below the exact one."""
_BEYOND = np.concatenate([np.arange(1, 17) / 16, [2.0, 4.0, 8.0, 16.0]])
"""Outer edges, in reference ranges beyond its lowest and highest value: a batch that left the range can be drawn."""


def reference_edges(values: Floats, bins: int = BINS) -> Floats:
    """Edges at quantiles of `values`, each midway between two neighbouring distinct values, and some beyond.

    A value x lies in bin i when i edges are <= x. A column of few distinct values has one bin for each.
    Bins below the lowest and above the highest value are empty in the reference.

    Parameters
    ----------
    values
        Finite values, shape (n,), in any order.
    bins
        Most bins between the lowest and the highest value.

    Returns
    -------
    ndarray of shape (at most bins + 41,)
        Strictly rising and finite; empty when `values` is empty.
    """
    distinct = np.unique(values)
    if not len(distinct):
        return np.empty(0)
    inner = np.arange(1, len(distinct))
    if len(distinct) > bins:
        quantiles = np.sort(values)[np.arange(1, bins) * len(values) // bins]
        inner = np.unique(np.searchsorted(distinct, quantiles))
        inner = inner[inner > 0]
    left, right = distinct[inner - 1], distinct[inner]
    middle = left / 2 + right / 2
    middle = np.where((middle > left) & (middle <= right), middle, right)
    return _with_outer(float(distinct[0]), middle, float(distinct[-1]))


def _with_outer(lowest: float, inner: Floats, highest: float) -> Floats:
    with np.errstate(over="ignore"):
        span = highest - lowest if highest > lowest else max(abs(highest), 1.0)
        above = np.nextafter(highest, np.inf)
        edges = np.concatenate([lowest - span * _BEYOND[::-1], [lowest], inner, [above], highest + span * _BEYOND])
    return np.unique(edges[np.isfinite(edges)])
