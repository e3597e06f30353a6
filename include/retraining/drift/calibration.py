"""How far a statistic strays without drift: by sampling noise, and by the reference's own variation in time.

Every test here is put on a squared scale on which its noise is c Q: Q follows a known law, and
c = 1/n + 1/m falls with the sample sizes. Real batches vary beyond noise (weekdays, campaigns, weather): in the
model used here each batch has a random offset with variance v along one direction, as in a random-effects
analysis of variance. The time-ordered chunks of the reference, each compared with the rest, tell what v can be;
a p-value is the average over those values. Nothing about v depends on the batch, so one reference serves
batches of any size.

References
----------
G. E. P. Box and G. C. Tiao, "Bayesian Inference in Statistical Analysis" (1973), chapter 5, for the variance
component with a flat prior on the logarithm of the total variance, cut off where the component would be negative.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, gammaln, kolmogi

from include.retraining.drift.arrow import Floats

MINIMUM_CHUNKS = 5
"""Fewer chunks say too little about a variance: then only sampling noise counts."""
_LEVELS = np.geomspace(1, 1e-30, 160)
"""Levels at which quantiles are tabled; p-values lie between them, on a logarithmic scale."""
_VARIANCES = np.concatenate([[0.0], np.geomspace(1e-3, 1e4, 80)])
"""Variances of the offset that are averaged over, in units of the chunks' mean square."""


@dataclass(frozen=True)
class NoiseLaw:
    """Law of Q: its mean, its variance, and its upper quantile at a level."""

    mean: float
    variance: float
    quantile: Callable[[Floats], Floats]


KOLMOGOROV = NoiseLaw(
    mean=math.pi**2 / 12,
    variance=7 * math.pi**4 / 720 - (math.pi**2 / 12) ** 2,
    quantile=lambda levels: np.asarray(kolmogi(levels)) ** 2,
)
"""Square of Kolmogorov's limit law; moments by integrating its series term by term."""


def chi_squared_law(freedom: int) -> NoiseLaw:
    """Chi-squared law."""
    return NoiseLaw(freedom, 2.0 * freedom, lambda levels: np.asarray(chdtri(freedom, levels)))


@dataclass(frozen=True)
class Calibrated:
    """Null distribution of one squared statistic, tabled; `chunks` is 0 when only noise counts."""

    squares: Floats
    levels: Floats
    chunks: int

    def p_value(self, square: float) -> float:
        """Probability of a square this large without drift."""
        if square <= self.squares[0]:
            return 1.0
        return float(np.exp(np.interp(square, self.squares, np.log(self.levels))))

    def threshold(self, level: float) -> float:
        """The square that is exceeded with probability `level` without drift."""
        return float(np.interp(-math.log(level), -np.log(self.levels), self.squares))

    @property
    def origin(self) -> str:
        """Where the threshold comes from, in words."""
        if not self.chunks:
            return "sampling noise"
        return f"sampling noise and variation between {self.chunks} chunks of the reference"


def calibrate(law: NoiseLaw, scale: float, chunk_squares: Floats, chunk_scales: Floats) -> Calibrated:
    """Table the null distribution of a squared statistic.

    Parameters
    ----------
    law
        Law of Q under sampling noise alone.
    scale
        c of the batch against the reference.
    chunk_squares
        Squared statistic of each chunk against the rest of the reference, shape (chunks,).
    chunk_scales
        c of each of these comparisons, shape (chunks,).
    """
    noise = law.quantile(_LEVELS) * scale
    if len(chunk_squares) < MINIMUM_CHUNKS:
        return Calibrated(noise, _LEVELS, 0)
    variances, weights = _offset_variances(law, chunk_squares, chunk_scales)
    tables = noise + np.outer(variances, chdtri(1, _LEVELS))
    return Calibrated(*_mixture(tables, weights), chunks=len(chunk_squares))


def _offset_variances(law: NoiseLaw, squares: Floats, scales: Floats) -> tuple[Floats, Floats]:
    """Variances that the offset may have, and their probabilities given the chunks.

    The mean of the chunk squares is taken as gamma distributed, with the mean and variance that noise and an
    offset along one direction have together.
    """
    found, noise = float(squares.mean()), law.mean * float(scales.mean())
    variances = _VARIANCES * (found + noise)
    if found == 0:
        return variances[:1], np.ones(1)
    mean = noise + variances
    spread = law.variance * scales.mean() ** 2 + 4 * min(law.mean, 1.0) * scales.mean() * variances + 2 * variances**2
    shape = mean**2 * (len(squares) - 1) / spread
    likelihood = shape * np.log(shape / mean) + (shape - 1) * math.log(found) - shape * found / mean - gammaln(shape)
    weights = np.exp(likelihood - likelihood.max()) / mean * np.gradient(variances)
    return variances, weights / weights.sum()


def _mixture(tables: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Squares, and the weighted mean of the levels at which each table reaches them."""
    positive = tables[tables > 0]
    squares = np.concatenate([[0.0], np.geomspace(positive.min(), positive.max(), 240)])
    logs = np.log(_LEVELS)
    levels = np.zeros(len(squares))
    for table, weight in zip(tables, weights, strict=True):
        levels += weight * np.exp(np.interp(squares, table, logs))
    return squares, np.maximum(levels, _LEVELS[-1])
