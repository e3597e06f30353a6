"""Tests whose statistic is a difference with a normal law: what they share."""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import Evidence, chi_squared_law
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured


def from_difference(
    test: str, data: ColumnData, difference: float, chunk_differences: Floats, minimum: float, text: str
) -> Measured:
    """Judge a difference between batch and reference that has variance 1/n + 1/m by sampling noise.

    The statistic is its absolute value; the effect is the share of rows that moved.

    Parameters
    ----------
    chunk_differences
        The same difference of each chunk from the rest of the reference, shape (chunks,).
    """
    return Measured(
        test=test,
        statistic=abs(difference),
        evidence=Evidence(
            law=chi_squared_law(1),
            square=difference**2,
            scale=data.scale,
            chunk_squares=chunk_differences**2,
            chunk_scales=data.chunk_scales,
            shared=True,
        ),
        effect=moved_share(data),
        minimum_effect=minimum,
        direction="up" if difference > 0 else "down",
        n_reference=data.reference.valid,
        n_current=data.current.valid,
        text=text,
    )


def moved_share(data: ColumnData) -> float:
    """Largest change of the share of any one range of values: Kuiper's distance.

    For a shift it is the Kolmogorov-Smirnov distance; for a change of scale the total variation.

    References
    ----------
    N. H. Kuiper, "Tests concerning random points on a circle", Proceedings of the KNAW A 63 (1960).
    """
    difference = np.cumsum(data.shares_current - data.shares_reference)
    return float(max(difference.max(), 0.0) - min(difference.min(), 0.0))
