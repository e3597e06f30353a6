"""Tests that compare the mean of a score, such as a rank, between the reference and a batch."""

import math

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import calibrate, chi_squared_law
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured


def measure_scores(test: str, data: ColumnData, scores: Floats, minimum: float, text: str) -> Measured | None:
    """Compare the mean of `scores`, which have mean 0 and variance 1 in the reference.

    The statistic is the absolute difference of the means, in standard deviations of the score; the effect is the
    share of rows that moved. None when all scores are equal.
    """
    if not scores.any():
        return None
    difference = float((data.shares_current - data.shares_reference) @ scores)
    null = calibrate(chi_squared_law(1), data.scale, (data.chunk_differences @ scores) ** 2, data.chunk_scales)
    return Measured(
        test=test,
        statistic=abs(difference),
        p_value=null.p_value(difference**2),
        threshold=lambda level: math.sqrt(null.threshold(level)),
        origin=null.origin,
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
