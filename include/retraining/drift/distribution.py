"""A column then and now on bins few enough to draw."""

from typing import Any

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.quantiles import quantile
from include.retraining.results.drift import Distribution

BARS = 30
"""Most bars of a histogram."""
NAMED = 12
"""Most categories drawn by name; the rest is one bar."""
_OTHER = "other values"
_TAIL = 0.005
"""Share of the rows left to the outermost bar on either side."""
_SKEWED = 10.0
"""Ratio of the 99% quantile to the median from which on bars have equal ratios, for a logarithmic axis; the report
judges by the same. An exponential law has 6.6, a log-normal one exceeds 10 from a deviation of 1 on."""
_DECADES = 1e4
"""Largest ratio that bars of equal ratio cover; what lies below is in the outermost bar."""


def distribution(data: ColumnData) -> Distribution | None:
    """Shares of the reference and of the batch; None when either has no value to draw."""
    if not data.reference.valid or not data.current.valid:
        return None
    drawn = _numeric(data) if data.layout.kind == "numeric" else _categorical(data)
    return Distribution(**drawn, null_reference=data.reference.null_rate, null_current=data.current.null_rate)


def _categorical(data: ColumnData) -> dict[str, Any]:
    reference, current = _shares(data.reference.bins), _shares(data.current.bins)
    order = np.argsort(-(reference[:-1] + current[:-1]), kind="stable")[:NAMED]
    labels = [data.layout.categories[i] for i in order]
    drawn = {"reference": reference[order].tolist(), "current": current[order].tolist()}
    if len(data.layout.categories) > NAMED or data.current.bins[-1]:
        labels.append(_OTHER)
        for side, shares in (("reference", reference), ("current", current)):
            drawn[side].append(max(0.0, 1 - float(shares[order].sum())))
    return {"kind": "categorical", "labels": labels, **drawn}


def _numeric(data: ColumnData) -> dict[str, Any]:
    boundaries = _boundaries(data)
    reference, current = (
        np.add.reduceat(counts.bins, [0, *(boundaries + 1)]) for counts in (data.reference, data.current)
    )
    edges = _drawn(data.layout.edges[boundaries])
    used = slice(0 if reference[0] + current[0] else 1, None if reference[-1] + current[-1] else -1)
    edges = edges[used]
    grid, sides = data.layout.grid, (data.reference, data.current)
    means, deviations = ([of(side.moments, side.valid) for side in sides] for of in (grid.mean, grid.deviation))
    return {
        "kind": "numeric",
        "edges": edges.tolist(),
        "reference": _shares(reference)[used].tolist(),
        "current": _shares(current)[used].tolist(),
        "mean_reference": means[0],
        "mean_current": means[1],
        "deviation_reference": deviations[0],
        "deviation_current": deviations[1],
    }


def _boundaries(data: ColumnData) -> Integers:
    """Positions of the edges to keep: all of few, else those nearest to bars of equal width, or of equal ratio."""
    edges = data.layout.edges
    used = np.flatnonzero(data.reference.bins + data.current.bins)
    first, last = max(used[0] - 1, 0), min(used[-1], len(edges) - 1)
    if last - first < BARS - 1:
        return np.arange(first, last + 1)
    sides = (data.reference, data.current)
    low = min(quantile(counts, edges, _TAIL) for counts in sides)
    high = max(quantile(counts, edges, 1 - _TAIL) for counts in sides)
    targets = _targets(data, low, high)
    right = np.clip(np.searchsorted(edges, targets), first + 1, last)
    nearer_left = targets - edges[right - 1] < edges[right] - targets
    chosen = np.concatenate([[first], right - nearer_left, [last]])
    return np.asarray(
        chosen[np.diff(chosen, prepend=-1) > 0]
    )  # rising, so numpy.unique, which loads numpy.ma, is not needed


def _targets(data: ColumnData, low: float, high: float) -> Floats:
    """Where edges between bars should lie."""
    middle, upper = (quantile(data.reference, data.layout.edges, share) for share in (0.5, 0.99))
    if low >= 0 and upper > _SKEWED * middle > 0:
        return np.geomspace(max(low, high / _DECADES), high, BARS - 3)
    step = np.linspace(0, 1, BARS - 3)
    return np.asarray(low * (1 - step) + high * step)


def _drawn(boundaries: Floats) -> Floats:
    """Add an outer edge on both sides, and cut long tails short: outer bars hold all that lies beyond."""
    limit = np.finfo(float).max
    drawn = boundaries.copy()
    with np.errstate(over="ignore"):
        width = (
            float(np.sort(np.diff(drawn))[(len(drawn) - 1) // 2])
            if len(drawn) > 1
            else max(float(abs(drawn[0])), 1.0) / 10
        )
        if len(drawn) > BARS // 2:
            drawn[0], drawn[-1] = max(drawn[0], drawn[1] - 2 * width), min(drawn[-1], drawn[-2] + 2 * width)
        drawn = np.concatenate([drawn[:1] - width, drawn, drawn[-1:] + width])
    return np.clip(drawn, -limit, limit)


def _shares(bins: Integers) -> Floats:
    return np.asarray(bins / bins.sum())
