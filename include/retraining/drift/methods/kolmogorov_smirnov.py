"""Kolmogorov-Smirnov test from binned counts: has the distribution of a number changed at all?"""

import math
from functools import cache

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.bridges import bridge_steps
from include.retraining.drift.calibration import NoiseLaw
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.differences import from_distance, is_continuous
from include.retraining.drift.measured import Measured
from include.retraining.drift.mixtures import LEVELS
from include.retraining.drift.quantiles import describe_medians
from include.retraining.drift.special import kolmogorov_quantile


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare two distributions by the largest difference of their cumulative shares; None for categories.

    At least this share of the rows must have moved to turn one distribution into the other. Binning lowers it by the
    share of rows in one bin at most: 0.005 in a reference of thousands of rows.

    References
    ----------
    N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals of Mathematical
    Statistics 19 (1948).
    """
    if data.layout.kind != "numeric":
        return None
    distance = float(distances(data.shares_current - data.shares_reference))
    law, chunks = noise_law(data.shares_reference), distances(data.chunk_differences)
    text = f"{distance:.0%} of the rows lie elsewhere; {describe_medians(data)}"
    return from_distance("kolmogorov_smirnov", data, law, distance, chunks, minimum, text)


def distances(differences: Floats) -> Floats:
    """Largest absolute cumulative sum along the last axis."""
    return np.asarray(np.abs(np.cumsum(differences, axis=-1)).max(axis=-1, initial=0.0))


def noise_law(shares: Floats) -> NoiseLaw:
    """Law of the squared distance under sampling noise.

    Its tail is Kolmogorov's, which ties only make too long; its moments, by which chunks are judged, come from
    his series, or for a column with ties from simulated Brownian bridges.
    """
    below = np.cumsum(shares)
    variances = below * (1 - below)
    mean = math.pi**2 / 12
    variance = 7 * math.pi**4 / 720 - mean**2
    if not is_continuous(shares):
        squares = _simulated(shares, variances)
        mean, variance = float(squares.mean()), float(squares.var())
    return NoiseLaw(mean, variance, _quantiles(), direction=float(variances.max(initial=0.0)))


def _simulated(shares: Floats, variances: Floats) -> Floats:
    """Squared distances of simulated bridges, which are scaled to the mean square that they are known to have.

    That takes most of the chance out of the moments (W. G. Cochran, "Sampling Techniques", 1977, chapter 6).
    """
    squares = np.square(np.cumsum(bridge_steps(shares), axis=1))
    return np.asarray(squares.max(axis=1) * (variances.sum() / squares.sum(axis=1).mean()))


@cache
def _quantiles() -> Floats:
    return np.asarray(kolmogorov_quantile(LEVELS)) ** 2
