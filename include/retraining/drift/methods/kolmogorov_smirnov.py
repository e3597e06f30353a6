"""Kolmogorov-Smirnov test from binned counts: has the distribution of a number changed at all?"""

import math

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import KOLMOGOROV, calibrate
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured
from include.retraining.drift.quantiles import describe_medians


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare two distributions by the largest difference of their cumulative shares; None for categories.

    The statistic is also the effect: at least this share of the rows must have moved to turn one distribution
    into the other. Binning lowers it by at most the share of rows in one bin.

    References
    ----------
    N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals of Mathematical
    Statistics 19 (1948).
    """
    if data.layout.kind != "numeric":
        return None
    distance = float(distances(data.shares_current - data.shares_reference))
    null = calibrate(KOLMOGOROV, data.scale, distances(data.chunk_differences) ** 2, data.chunk_scales)
    return Measured(
        test="kolmogorov_smirnov",
        statistic=distance,
        p_value=null.p_value(distance**2),
        threshold=lambda level: math.sqrt(null.threshold(level)),
        origin=null.origin,
        effect=distance,
        minimum_effect=minimum,
        direction="changed",
        n_reference=data.reference.valid,
        n_current=data.current.valid,
        text=f"{distance:.0%} of the rows lie elsewhere; {describe_medians(data)}",
    )


def distances(differences: Floats) -> Floats:
    """Largest absolute cumulative sum along the last axis."""
    return np.asarray(np.abs(np.cumsum(differences, axis=-1)).max(axis=-1, initial=0.0))
