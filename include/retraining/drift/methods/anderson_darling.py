"""Anderson-Darling test from binned counts: has the distribution of a number changed, its tails included?"""

from functools import cache

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import NoiseLaw
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.differences import from_distance, is_continuous
from include.retraining.drift.measured import Measured
from include.retraining.drift.quantiles import describe_medians
from include.retraining.drift.weighted_squares import weighted_squares_law

_TERMS = 200
"""Terms of the series of the law; those left out sum to half a percent."""


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare two distributions by their mean squared difference, each over its variance; None for categories.

    The statistic is the root of that mean; rows of one bin count as ties, which have their middle rank. Binning
    changes it by at most 0.005 and 1%, or 6% where the batch left the reference's range.

    References
    ----------
    A. N. Pettitt, "A two-sample Anderson-Darling rank statistic", Biometrika 63 (1976); F. W. Scholz and
    M. A. Stephens, "K-sample Anderson-Darling tests", Journal of the American Statistical Association 82 (1987),
    equation 7, for ties.
    """
    if data.layout.kind != "numeric":
        return None
    pooled = (data.reference.bins + data.current.bins) / (data.reference.valid + data.current.valid)
    distance = float(distances(data.shares_current - data.shares_reference, pooled))
    chunks = distances(data.chunk_differences, data.shares_reference)
    text = f"distributions differ by {distance:.2g} of their noise in a single row; {describe_medians(data)}"
    law = noise_law(pooled)
    return from_distance("anderson_darling", data, law, distance, chunks, minimum, text)


def distances(differences: Floats, shares: Floats) -> Floats:
    """Root of the mean squared difference of distribution functions over its variance, along the last axis."""
    heights = np.cumsum(differences, axis=-1) - differences / 2
    return np.asarray(np.sqrt(heights**2 @ _weights(shares)))


def noise_law(shares: Floats) -> NoiseLaw:
    """Law of the squared distance under sampling noise: the classical one, or that of a column with ties."""
    return _continuous_law() if is_continuous(shares) else weighted_squares_law(_directions(shares))


@cache
def _continuous_law() -> NoiseLaw:
    """T. W. Anderson and D. A. Darling, Annals of Mathematical Statistics 23 (1952), section 4.2."""
    terms = np.arange(1, _TERMS + 1)
    return weighted_squares_law(1 / (terms * (terms + 1)))


def _weights(shares: Floats) -> Floats:
    """Weight of each bin's squared difference; 0 for an empty bin, and for one that holds all rows."""
    middles = np.cumsum(shares) - shares / 2
    variances = middles * (1 - middles) - shares / 4
    usable = (shares > 0) & (variances > _DEGENERATE)
    return np.asarray(np.where(usable, shares / np.where(usable, variances, 1.0), 0.0))


_DEGENERATE = 1e-12
"""Below this variance there is nothing to differ."""


def _directions(shares: Floats) -> Floats:
    """Variances of the independent parts of the squared distance between samples with these shares."""
    used = shares[shares > 0]
    heights = np.tril(np.ones((len(used), len(used))), -1) + np.eye(len(used)) / 2
    heights *= np.sqrt(_weights(used))[:, None]
    variances = np.linalg.eigvalsh(heights @ (np.diag(used) - np.outer(used, used)) @ heights.T)
    return np.asarray(np.maximum(variances, variances[-1] * 1e-9)) if variances[-1] > 0 else np.ones(1)
