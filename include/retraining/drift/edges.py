"""Fixed bin edges for a numeric column, chosen once from the reference."""

import numpy as np

from include.retraining.drift.arrow import Floats

BINS = 256
"""Inner bins at quantiles: the binned Kolmogorov-Smirnov distance is then about 1/256 below the exact one at most."""
_NEAR = 0.001
"""Way to the neighbouring value at which the bin of a heavy one ends: far enough to bear rounding to seven digits."""
_BEYOND = np.concatenate([np.arange(1, 17) / 16, [2.0, 4.0, 8.0, 16.0]])
"""Outer edges, in reference ranges beyond its lowest and highest value: a batch that left the range can be drawn."""


def reference_edges(values: Floats, bins: int = BINS) -> Floats:
    """Edges at quantiles of `values`, each midway between two neighbouring distinct values, and some beyond.

    A value x lies in bin i when i edges are <= x. A column of few distinct values has one bin for each. So has, among
    many, a value that fills more than a bin by itself, and its edges lie close: zeros that become small are seen.
    Bins below the lowest and above the highest value are empty in the reference.

    Parameters
    ----------
    values
        Finite values, shape (n,), in any order.
    bins
        Most bins of about equal share between the lowest and the highest value; values that fill one add some.

    Returns
    -------
    ndarray of shape (at most 2 bins + 40,)
        Strictly rising and finite; empty when `values` is empty.
    """
    distinct, rows = np.unique(values, return_counts=True)
    if not len(distinct):
        return np.empty(0)
    inner, heavy = np.arange(1, len(distinct)), np.zeros(len(distinct), bool)
    if len(distinct) > bins:
        quantiles = np.sort(values)[np.arange(1, bins) * len(values) // bins]
        heavy = rows > len(values) / bins
        inner = np.unique(np.concatenate([np.searchsorted(distinct, quantiles), np.flatnonzero(heavy) + 1]))
        inner = inner[(inner > 0) & (inner < len(distinct))]
    left, right = distinct[inner - 1], distinct[inner]
    near = heavy[inner - 1].astype(float) - heavy[inner]
    way = np.where(near > 0, _NEAR, np.where(near < 0, 1 - _NEAR, 1 / 2))
    between = left * (1 - way) + right * way
    between = np.where((between > left) & (between <= right), between, right)
    return _with_outer(float(distinct[0]), between, float(distinct[-1]))


def _with_outer(lowest: float, inner: Floats, highest: float) -> Floats:
    with np.errstate(over="ignore"):
        span = highest - lowest if highest > lowest else max(abs(highest), 1.0)
        above = np.nextafter(highest, np.inf)
        edges = np.concatenate([lowest - span * _BEYOND[::-1], [lowest], inner, [above], highest + span * _BEYOND])
    return np.unique(edges[np.isfinite(edges)])
