"""Divergences between two sets of shares over a few groups of bins."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.calibration import Evidence, chi_squared_law
from include.retraining.drift.cells import group_rare, sum_cells
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured

_GROUPS = 10
"""Groups of a numeric column, of about equal share in the reference: the usual number for PSI."""
_SMOOTHING = 0.5
"""Rows added to each group, so that an empty one is no infinite change (H. Jeffreys, "Theory of Probability")."""


@dataclass(frozen=True)
class Divergence:
    """A smooth divergence between two sets of shares, none of them 0, along the last axis.

    Near 0 it is the chi-squared distance over `curvature`; `to_statistic` leads from it to what is reported.
    """

    name: str
    between: Callable[[Floats, Floats], Floats]
    curvature: float
    to_statistic: Callable[[float], float]


def measure_divergence(test: str, divergence: Divergence, data: ColumnData, minimum: float) -> Measured | None:
    """Compare grouped shares; None when there is only one group.

    Any smooth divergence between two samples of one distribution is, times its curvature, chi-squared distributed
    with (groups - 1) degrees of freedom and scale 1/n + 1/m. The effect is the total variation distance.
    Of categories, rows of the reference are counted as in `ColumnData.left_out`.

    References
    ----------
    B. Yurdakul and J. Naranjo, "Statistical properties of the population stability index", Journal of Risk Model
    Validation 14 (2020).
    """
    data = data.left_out
    cells = _groups(data)
    groups = int(cells.max()) + 1
    if groups < 2:
        return None
    reference, current = sum_cells(data.reference.bins, cells), sum_cells(data.current.bins, cells)
    chunks = sum_cells(data.chunk_bins, cells)
    found = float(divergence.between(smoothed(reference), smoothed(current)))
    statistic = divergence.to_statistic(found)
    moved = float(np.abs(current / current.sum() - reference / reference.sum()).sum() / 2)
    return Measured(
        test=test,
        statistic=statistic,
        evidence=Evidence(
            law=chi_squared_law(groups - 1),
            square=divergence.curvature * found,
            scale=data.scale,
            chunk_squares=divergence.curvature * divergence.between(smoothed(reference - chunks), smoothed(chunks)),
            chunk_scales=data.chunk_scales,
            to_statistic=lambda square: divergence.to_statistic(square / divergence.curvature),
            shared=True,
        ),
        effect=moved,
        minimum_effect=minimum,
        direction="changed",
        n_reference=data.reference.valid,
        n_current=data.current.valid,
        text=f"{divergence.name} {statistic:.3f}; {moved:.0%} of the rows changed group",
    )


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
