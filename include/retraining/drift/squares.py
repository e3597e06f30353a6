"""Tails of weighted sums of squared normal variables, by saddlepoints.

Relative errors of tail probabilities are a few percent at most, however small these are.

References
----------
R. Lugannani and S. Rice, "Saddle point approximation for the distribution of the sum of independent random variables",
Advances in Applied Probability 12 (1980); D. Kuonen, Biometrika 86 (1999), for quadratic forms.
"""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.special import normal_below

_LOWEST, _HIGHEST = 2e-3, 1e4
"""Tilts of the law at which its tail is computed, from beyond probabilities of 1e-30 to the smallest squares."""
_UNTILTED = 0.05
"""Around a tilt of 1, in logarithms, the formula is 0/0; there it is interpolated."""
_DENSE = 0.3
"""Logarithms of a tilt below which tilts lie closer together: there the tail changes fastest with it."""
_WIDENED = 80
"""Tilts for each of many laws: quantiles between them are within 1%."""
_TINY = np.finfo(float).tiny


def weighted_quantiles(weights: Floats, counts: Floats, levels: Floats, tilts: int) -> Floats:
    """Values that sums of squares exceed with each probability; 0 for a probability of 1.

    Parameters
    ----------
    weights
        Positive weights of the squares in each sum, shape (sums, groups).
    counts
        How many squares have the weight of each group, shape (groups,).
    levels
        Probabilities, falling from 1.
    tilts
        Number of points between which the tail is interpolated.

    Returns
    -------
    ndarray of shape (sums, levels)
    """
    first, last = (float(np.arcsinh(np.log(end) / _DENSE)) for end in (_LOWEST, _HIGHEST))
    tilted = np.exp(_DENSE * np.sinh(np.linspace(first, last, tilts)))
    tilted = tilted[np.abs(np.log(tilted)) > _UNTILTED]
    points = (1 - tilted) / (2 * weights.max(axis=1, keepdims=True))
    factors = 1 - 2 * points[..., None] * weights[:, None]
    shares = weights[:, None] / factors
    squares = shares @ counts
    roots = np.sign(points) * np.sqrt(2 * points * squares + np.log(factors) @ counts)
    slopes = points * np.sqrt(2 * shares**2 @ counts)
    density = np.exp(-(roots**2) / 2) / np.sqrt(2 * np.pi)
    tails = np.clip(normal_below(-roots) + density * (1 / slopes - 1 / roots), _TINY, 1)
    rows = zip(-np.log(tails[:, ::-1]), squares[:, ::-1], strict=True)
    quantiles = np.array([np.interp(-np.log(levels), logs, values) for logs, values in rows])
    quantiles[:, levels >= 1] = 0.0
    return quantiles


def widened_quantiles(freedom: int, rank: float, wider: Floats, levels: Floats) -> Floats:
    """Quantiles of a chi-squared variable of which `rank` directions have more variance, by so much each.

    Returns
    -------
    ndarray of shape (wider, levels)
    """
    weights = np.stack([1 + wider, np.ones(len(wider))], axis=1)
    return weighted_quantiles(weights, np.array([rank, freedom - rank]), levels, _WIDENED)
