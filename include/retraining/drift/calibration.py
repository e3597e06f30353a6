"""How far a statistic strays without drift: by sampling noise, and by the reference's own variation in time.

Every test here is put on a squared scale on which its noise is c Q: Q follows a known law, and
c = 1/n + 1/m falls with the sample sizes. Real batches vary beyond noise (weekdays, campaigns, weather): in the
model used here each batch has a random offset with variance v, as in a random-effects analysis of variance. The
time-ordered chunks of the reference, each compared with the rest, tell what v can be; a p-value is the average
over those values. Nothing about v depends on the batch, so one reference serves batches of any size.

References
----------
G. E. P. Box and G. C. Tiao, "Bayesian Inference in Statistical Analysis" (1973), chapter 5, for the variance
component with a flat prior on the logarithm of the total variance, cut off where the component would be negative.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.special import chdtri, gammaln

from include.retraining.drift.arrow import Floats

LEVELS = np.geomspace(1, 1e-30, 121)
"""Levels at which quantiles are tabled; p-values lie between them, on a logarithmic scale, and not below."""
MINIMUM_CHUNKS = 5
"""Fewer chunks say too little about a variance: then only sampling noise counts."""
_MERGED = 5
_VARIANCES = np.concatenate([np.zeros(_MERGED), np.geomspace(1e-3, 1e4, 57 * _MERGED)])
"""Variances of the offset that are averaged over, in units of the chunks' mean square; groups of five are merged."""
_FLAT = math.log(1e4)
"""Range over which the flat prior on the logarithm of the total variance spreads."""
_NEGLIGIBLE = 1e-15
"""Probability of a variance that is left out of the average: far below any level that decides."""


@dataclass(frozen=True)
class NoiseLaw:
    """Law of Q: mean, variance, upper quantiles at `LEVELS`; `direction` is the variance along any one direction."""

    mean: float
    variance: float
    quantiles: Floats
    direction: float = 1.0


@cache
def chi_squared_law(freedom: int) -> NoiseLaw:
    """Chi-squared law."""
    return NoiseLaw(freedom, 2.0 * freedom, np.asarray(chdtri(freedom, LEVELS)))


@dataclass(frozen=True)
class Evidence:
    """What a test found, on its squared scale, in the batch and in the chunks of the reference.

    `scale` is c of the batch against the reference, `chunk_scales` those of the chunks against the rest.
    `rank` says over how many directions an offset spreads; 1 has the heaviest tail. `to_statistic` leads from
    squares back to the statistic; `least_p` is a p-value that the calibrated one cannot go below. `shared` says
    that the model's columns can learn from each other how much they vary on this scale.
    """

    law: NoiseLaw
    square: float
    scale: float
    chunk_squares: Floats
    chunk_scales: Floats
    rank: float = 1.0
    to_statistic: Callable[[float], float] = math.sqrt
    least_p: float = 0.0
    shared: bool = False

    @property
    def calibrates(self) -> bool:
        """Whether there are chunks enough to learn from."""
        return len(self.chunk_squares) >= MINIMUM_CHUNKS

    @cached_property
    def noise(self) -> float:
        """Mean square of a chunk by sampling noise alone."""
        return self.law.mean * float(self.chunk_scales.mean())

    @cached_property
    def found(self) -> float:
        """Mean square of the chunks; much below noise it counts as noise less two standard deviations, or a tenth."""
        deviation = float(self.chunk_scales.mean()) * math.sqrt(self.law.variance / (len(self.chunk_squares) - 1))
        return max(float(self.chunk_squares.mean()), self.noise - 2 * deviation, self.noise / 10)

    def shape(self, variances: Floats) -> Floats:
        """Shape of the gamma law that the chunks' mean square has, nearly, with an offset of these variances."""
        scale = float(self.chunk_scales.mean())
        cross = 4 * self.law.direction * scale * variances
        spread = self.law.variance * scale**2 + cross + 2 * variances**2 / self.rank
        return np.asarray((self.noise + variances) ** 2 * (len(self.chunk_squares) - 1) / spread)


@dataclass(frozen=True)
class Prior:
    """What other columns say about the logarithm of the mean square over noise: a normal law."""

    centre: float
    spread: float


@dataclass(frozen=True)
class Verdict:
    """How unlikely a statistic is; `threshold` gives its critical value at a level, `origin` where that comes from."""

    p_value: float
    threshold: Callable[[float], float]
    origin: str


def calibrate(evidence: Evidence, prior: Prior | None = None) -> Verdict:
    """Judge a squared statistic against noise and against the chunks."""
    squares, levels, origin = evidence.law.quantiles * evidence.scale, LEVELS, "sampling noise"
    if evidence.calibrates:
        variances, weights = _offset_variances(evidence, prior)
        tables = squares + np.outer(variances / evidence.rank, _offset_quantiles(evidence.rank))
        squares, levels = _mixture(tables, weights)
        origin = f"sampling noise and variation between {len(evidence.chunk_squares)} chunks of the reference"
    p_value = float(np.exp(np.interp(evidence.square, squares, np.log(levels))))
    return Verdict(
        p_value=min(1.0, max(p_value, evidence.least_p)),
        threshold=lambda level: evidence.to_statistic(float(np.interp(-math.log(level), -np.log(levels), squares))),
        origin=origin,
    )


@cache
def _offset_quantiles(rank: float) -> Floats:
    return np.asarray(chdtri(rank, LEVELS))


def _offset_variances(evidence: Evidence, prior: Prior | None) -> tuple[Floats, Floats]:
    """Variances that the offset may have, and their probabilities given the chunks' mean square.

    With a prior from other columns, it and the flat one count for one half each before the chunks are seen.
    """
    found, variances = evidence.found, _VARIANCES * evidence.found
    mean, shape = evidence.noise + variances, evidence.shape(variances)
    likelihood = shape * np.log(shape / mean) + (shape - 1) * math.log(found) - shape * found / mean - gammaln(shape)
    density = np.full(len(mean), 1 / _FLAT)
    if prior is not None:
        deviations = (np.log(mean / evidence.noise) - prior.centre) / prior.spread
        density += np.exp(-(deviations**2) / 2) / (math.sqrt(2 * math.pi) * prior.spread)
    weights = np.exp(likelihood - likelihood.max()) * density * np.gradient(np.log(mean))
    return _merged(variances, weights / weights.sum())


def _merged(variances: Floats, weights: Floats) -> tuple[Floats, Floats]:
    starts = np.arange(0, len(variances), _MERGED)
    sums = np.add.reduceat(weights, starts)
    kept = sums > _NEGLIGIBLE
    return np.add.reduceat(variances * weights, starts)[kept] / sums[kept], sums[kept]


def _mixture(tables: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Squares, and the weighted mean of the levels at which each table reaches them."""
    squares = np.concatenate([[0.0], np.geomspace(tables[0, 1], tables[-1, -1], len(LEVELS) - 1)])
    logs = np.log(LEVELS)
    levels = np.zeros(len(squares))
    for table, weight in zip(tables, weights, strict=True):
        levels += weight * np.exp(np.interp(squares, table, logs))
    return squares, np.maximum(levels, LEVELS[-1])
