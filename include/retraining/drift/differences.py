"""Tests whose statistic is a distance or a difference between batch and reference: what they share."""

from dataclasses import replace

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import Evidence, NoiseLaw, chi_squared_law
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured

_CONTINUOUS = 0.02
"""Largest share of one bin up to which ties leave the laws of rank statistics as they are, within 2%."""


def from_distance(
    test: str,
    data: ColumnData,
    law: NoiseLaw,
    distance: float,
    chunk_distances: Floats,
    minimum: float,
    text: str,
) -> Measured:
    """Judge a distance whose square is, by sampling noise, 1/n + 1/m times a variable of that law.

    The effect is the share of rows that moved.

    Parameters
    ----------
    chunk_distances
        The same distance of each chunk from the rest of the reference, shape (chunks,).
    """
    evidence = Evidence(law, distance**2, data.scale, chunk_distances**2, data.chunk_scales, shared=True)
    return Measured(
        test=test,
        statistic=distance,
        evidence=evidence,
        effect=moved_share(data),
        minimum_effect=minimum,
        direction="changed",
        n_reference=data.reference.valid,
        n_current=data.current.valid,
        text=text,
    )


def from_difference(
    test: str, data: ColumnData, difference: float, chunk_differences: Floats, minimum: float, text: str
) -> Measured:
    """Judge a difference with a normal law, which has variance 1/n + 1/m by sampling noise; it says which way."""
    measured = from_distance(test, data, chi_squared_law(1), abs(difference), chunk_differences, minimum, text)
    return replace(measured, direction="up" if difference > 0 else "down")


def moved_share(data: ColumnData) -> float:
    """Largest change of the share of any one range of values: Kuiper's distance.

    For a shift it is the Kolmogorov-Smirnov distance; for a change of scale the total variation.

    References
    ----------
    N. H. Kuiper, "Tests concerning random points on a circle", Proceedings of the KNAW A 63 (1960).
    """
    difference = np.cumsum(data.shares_current - data.shares_reference)
    return float(max(difference.max(), 0.0) - min(difference.min(), 0.0))


def is_continuous(shares: Floats) -> bool:
    """Whether the bins are fine enough for the law of a rank statistic without ties; so is a single value."""
    return not _CONTINUOUS < float(shares.max()) < 1
