"""Divergences between two sets of shares over a few groups of bins."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.calibration import Evidence, chi_squared_law
from include.retraining.drift.cells import group_rare, sum_cells
from include.retraining.drift.column_data import ColumnData

_GROUPS = 10
"""Groups of a numeric column, of about equal share in the reference: the usual number for PSI."""
_SMOOTHING = 0.5
"""Rows added to each group, so that an empty one is no infinite change (H. Jeffreys, "Theory of Probability")."""

Divergence = Callable[[Floats, Floats], Floats]
Transform = Callable[[float], float]


@dataclass(frozen=True)
class Compared:
    """A divergence, the total variation distance beside it, and what calibrates the former."""

    found: float
    moved: float
    evidence: Evidence


def compare(data: ColumnData, divergence: Divergence, curvature: float, to_statistic: Transform) -> Compared | None:
    """Compare grouped shares; None when there is only one group.

    Any smooth divergence between two samples of one distribution is, times `curvature`, chi-squared distributed
    with (groups - 1) degrees of freedom and scale 1/n + 1/m; `to_statistic` leads from there to what is reported.

    References
    ----------
    B. Yurdakul and J. Naranjo, "Statistical properties of the population stability index", Journal of Risk Model
    Validation 14 (2020).
    """
    cells = _groups(data)
    groups = int(cells.max()) + 1
    if groups < 2:
        return None
    reference, current = sum_cells(data.reference.bins, cells), sum_cells(data.current.bins, cells)
    chunks = sum_cells(data.chunk_bins, cells)
    found = float(divergence(smoothed(reference), smoothed(current)))
    squares = curvature * divergence(smoothed(reference - chunks), smoothed(chunks))
    evidence = Evidence(
        law=chi_squared_law(groups - 1),
        square=curvature * found,
        scale=data.scale,
        chunk_squares=squares,
        chunk_scales=data.chunk_scales,
        to_statistic=to_statistic,
    )
    moved = float(np.abs(current / current.sum() - reference / reference.sum()).sum() / 2)
    return Compared(found, moved, evidence)


def _groups(data: ColumnData) -> Integers:
    """Group of each bin: tenths of the reference, or its common categories."""
    if data.layout.kind == "categorical":
        pooled = data.reference.bins + data.current.bins
        return group_rare(pooled / pooled.sum() * min(data.reference.valid, data.current.valid))
    middles = np.cumsum(data.shares_reference) - data.shares_reference / 2
    tenths = np.minimum((middles * _GROUPS).astype(int), _GROUPS - 1)
    used = np.unique(tenths[data.reference.bins > 0])
    return np.asarray(np.minimum(np.searchsorted(used, tenths), len(used) - 1))


def smoothed(counts: Floats) -> Floats:
    """Counts as shares along the last axis, none of them 0."""
    return np.asarray((counts + _SMOOTHING) / (counts + _SMOOTHING).sum(axis=-1, keepdims=True))
