"""The few special functions that a drift check needs, from numpy and the standard library.

scipy.special has all of them, but importing it takes longer than checking 200,000 rows of 50 columns, and a check is a
process of its own. The tests hold every function here against scipy's.

References
----------
NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov: 5.11.1 for the gamma function, 8.7.1 and
8.9.2 for the incomplete one, 8.17.22 for the incomplete beta function. W. J. Lentz, Applied Optics 15 (1976), for
continued fractions.
"""

import math
from statistics import NormalDist

import numpy as np

from include.retraining.drift.arrow import Floats

_NORMAL = NormalDist()
_PRECISION = 1e-15
_TINY = 1e-300
"""Stands for zero where a continued fraction divides."""
_STEPS = 50
"""Most Newton steps; from a start near enough, fewer than ten are needed."""
_TERMS = 100_000
"""Most terms of a series or of Lentz's fraction; they need about the square root of their largest parameter."""
_FRACTION = 40
"""Terms of the fraction of the incomplete gamma function, and twice the root of its shape: beyond the mean, where it is
used, further ones change nothing in twelve digits."""
_FAR = 10
"""Steps to where five terms of Stirling's series are exact to fourteen digits."""


def normal_below(values: Floats | float) -> Floats:
    """Probability that a standard normal variable lies below each value."""
    scaled = np.asarray(values, np.float64) * -math.sqrt(0.5)
    return np.reshape([math.erfc(value) for value in scaled.ravel().tolist()], scaled.shape) / 2


def normal_quantile(shares: Floats | float) -> Floats:
    """Value below which a standard normal variable lies with each probability; infinite for 0 and 1."""
    shares = np.asarray(shares, np.float64)
    quantiles = np.where(shares >= 1, math.inf, -math.inf)
    inside = (shares > 0) & (shares < 1)
    quantiles[inside] = [_NORMAL.inv_cdf(share) for share in shares[inside].tolist()]
    return quantiles


def log_gamma(values: Floats) -> Floats:
    """Logarithm of the gamma function of positive numbers, by Stirling's series, far enough out (DLMF 5.11.1)."""
    far = values + _FAR
    inverse = 1 / far**2
    series = 1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))
    between = np.log(np.multiply.reduce(values + np.arange(_FAR).reshape(-1, *[1] * np.ndim(values))))
    return np.asarray((far - 0.5) * np.log(far) - far + math.log(2 * math.pi) / 2 + series / far - between)


def chi_squared_above(freedom: float, squares: Floats) -> Floats:
    """Probability that a chi-squared variable exceeds each of some positive squares."""
    shape, halves = freedom / 2, np.asarray(squares, np.float64) / 2
    factor = np.exp(shape * np.log(halves) - halves - math.lgamma(shape))
    near = halves < shape + 1
    above = np.empty_like(halves)
    above[near] = 1 - factor[near] * _gamma_series(shape, halves[near])
    above[~near] = factor[~near] * _gamma_fraction(shape, halves[~near])
    return above


def _gamma_series(shape: float, values: Floats) -> Floats:
    term = np.full_like(values, 1 / shape)
    total = term.copy()
    for number in range(1, _TERMS):
        term *= values / (shape + number)
        total += term
        if not (term > _PRECISION * total).any():
            break
    return total


def _gamma_fraction(shape: float, values: Floats) -> Floats:
    """Continued fraction of the upper incomplete gamma function, from its last term inwards."""
    last = int(_FRACTION + 2 * math.sqrt(shape))
    lead = values + 1 - shape
    result = lead + 2 * last
    for number in range(last, 0, -1):
        result = lead + 2 * (number - 1) - number * (number - shape) / result
    return 1 / result


def chi_squared_quantile(freedom: float, levels: Floats) -> Floats:
    """Square that a chi-squared variable exceeds with each probability; 0 for a probability of 1.

    Newton's method on the logarithm of the probability, which is concave, from the approximation of E. B. Wilson and
    M. M. Hilferty, Proceedings of the National Academy of Sciences 17 (1931).
    """
    levels = np.asarray(levels, np.float64)
    inside = levels < 1
    wanted, deviations = np.log(levels[inside]), -normal_quantile(levels[inside])
    spread = 2 / (9 * freedom)
    squares = freedom * np.maximum(1 - spread + deviations * math.sqrt(spread), 1e-3) ** 3
    for _ in range(_STEPS):
        above = chi_squared_above(freedom, squares)
        log_density = (freedom / 2 - 1) * np.log(squares) - squares / 2
        log_density -= freedom / 2 * math.log(2) + math.lgamma(freedom / 2)
        step = (np.log(above) - wanted) * above / np.exp(log_density)
        moved = np.maximum(squares + step, squares / 4)
        done = (np.abs(moved - squares) <= 1e-13 * squares).all()
        squares = moved
        if done:
            break
    quantiles = np.zeros(levels.shape)
    quantiles[inside] = squares
    return quantiles


def kolmogorov_quantile(levels: Floats) -> Floats:
    """Value that the largest deviation of a Brownian bridge exceeds with each probability; 0 for a probability of 1.

    Newton's method on the logarithm of the series 2 (exp(-2 x^2) - exp(-8 x^2) + exp(-18 x^2) - ...), from its first
    term.
    """
    levels = np.asarray(levels, np.float64)
    inside = levels < 1
    wanted, orders = np.log(levels[inside]), np.arange(1, 30)
    values = np.maximum(np.sqrt(np.maximum(math.log(2) - wanted, 0) / 2), 0.3)
    signs = np.where(orders % 2, 2.0, -2.0)
    for _ in range(_STEPS):
        terms = signs * np.exp(-2 * np.outer(values**2, orders**2))
        above = terms.sum(axis=1)
        step = (np.log(above) - wanted) * above / (4 * values * (terms @ orders**2))
        values = values + step
        if (np.abs(step) <= 1e-12 * values).all():
            break
    quantiles = np.zeros(levels.shape)
    quantiles[inside] = values
    return quantiles


def binomial_at_most(hits: int, trials: int, share: float) -> float:
    """Probability of at most so many hits."""
    if hits >= trials:
        return 1.0
    return _beta_below(trials - hits, hits + 1, 1 - share) if hits >= 0 else 0.0


def binomial_more(hits: int, trials: int, share: float) -> float:
    """Probability of more than so many hits."""
    if hits >= trials:
        return 0.0
    return _beta_below(hits + 1, trials - hits, share) if hits >= 0 else 1.0


def _beta_below(first: float, second: float, value: float) -> float:
    """Regularised incomplete beta function."""
    if not 0 < value < 1:
        return float(value >= 1)
    if value > (first + 1) / (first + second + 2):
        return 1 - _beta_below(second, first, 1 - value)
    log_factor = first * math.log(value) + second * math.log1p(-value) - math.log(first)
    log_factor += math.lgamma(first + second) - math.lgamma(first) - math.lgamma(second)
    return math.exp(log_factor) * _beta_fraction(first, second, value)


def _beta_fraction(first: float, second: float, value: float) -> float:
    """Continued fraction of the incomplete beta function, by Lentz's method."""
    back, ahead = 1.0, 1 / (1 - (first + second) * value / (first + 1) or _TINY)
    result = ahead
    for number in range(1, _TERMS):
        end = first + 2 * number
        for weight in (
            number * (second - number) * value / ((end - 1) * end),
            -(first + number) * (first + second + number) * value / (end * (end + 1)),
        ):
            ahead = 1 / (1 + weight * ahead or _TINY)
            back = 1 + weight / back or _TINY
            result *= back * ahead
        if abs(back * ahead - 1) < _PRECISION:
            break
    return result
