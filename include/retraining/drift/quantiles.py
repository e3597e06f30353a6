"""Quantiles read from binned counts."""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Counts

_LARGEST = float(np.finfo(float).max)


def quantile(counts: Counts, edges: Floats, share: float) -> float:
    """Value below which `share` of the counted rows lie, to within one bin.

    Parameters
    ----------
    counts
        Of a number, at least one row.
    edges
        Rising edges, shape (e,).
    share
        Between 0 and 1.
    """
    cumulative = counts.cumulative
    position = int(cumulative.searchsorted(share * cumulative[-1]))
    if position == 0:
        return float(edges[0])
    if position >= len(edges):
        return float(np.nextafter(edges[-1], -np.inf))
    left, right = edges[position - 1], min(edges[position], _LARGEST)
    inside = (share * cumulative[-1] - cumulative[position - 1]) / counts.bins[position]
    return float(left + (right - left) * inside) if np.isfinite(right - left) else float(left)


def describe_medians(data: ColumnData) -> str:
    """The middle values then and now, in words."""
    before, now = (quantile(counts, data.layout.edges, 0.5) for counts in (data.reference, data.current))
    return f"median {before:.4g} before, {now:.4g} now"


def describe_spreads(data: ColumnData) -> str:
    """The range of the middle half of the values then and now, in words."""
    sides = []
    for counts in (data.reference, data.current):
        low, high = (quantile(counts, data.layout.edges, share) for share in (0.25, 0.75))
        sides.append(f"{low:.4g} to {high:.4g}")
    return f"middle half of the values {sides[0]} before, {sides[1]} now"
