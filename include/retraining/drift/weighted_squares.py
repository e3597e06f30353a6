"""Law of a weighted sum of squared normal variables, as quadratic statistics have it under sampling noise."""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import LEVELS, NoiseLaw
from include.retraining.drift.special import normal_below

_TILTS = np.geomspace(2e-3, 1e4, 400)
"""Tilts of the law at which its tail is computed, from beyond the smallest of `LEVELS` to the smallest squares."""
_UNTILTED = 0.05
"""Around a tilt of 1, in logarithms, the formula is 0/0; there it is interpolated."""

_TINY = np.finfo(float).tiny


def weighted_squares_law(weights: Floats) -> NoiseLaw:
    """Law of the sum of squared standard normal variables, each times its positive weight, by saddlepoints.

    Relative errors of tail probabilities are a few percent at most, however small these are.

    References
    ----------
    R. Lugannani and S. Rice, "Saddle point approximation for the distribution of the sum of independent random
    variables", Advances in Applied Probability 12 (1980); D. Kuonen, Biometrika 86 (1999), for quadratic forms.
    """
    largest = float(weights.max())
    tilts = _TILTS[np.abs(np.log(_TILTS)) > _UNTILTED]
    points = (1 - tilts) / (2 * largest)
    factors = 1 - 2 * points[:, None] * weights
    squares = (weights / factors).sum(axis=1)
    roots = np.sign(points) * np.sqrt(2 * points * squares + np.log(factors).sum(axis=1))
    slopes = points * np.sqrt(2 * ((weights / factors) ** 2).sum(axis=1))
    density = np.exp(-(roots**2) / 2) / np.sqrt(2 * np.pi)
    tails = normal_below(-roots) + density * (1 / slopes - 1 / roots)
    quantiles = np.interp(-np.log(LEVELS), -np.log(np.clip(tails, _TINY, 1))[::-1], squares[::-1])
    quantiles[0] = 0.0
    return NoiseLaw(float(weights.sum()), 2 * float((weights**2).sum()), quantiles, direction=largest)
