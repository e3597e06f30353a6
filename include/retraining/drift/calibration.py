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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.mixtures import LEVELS, Mixture, Stretched, Tables
from include.retraining.drift.special import chi_squared_quantile, log_gamma
from include.retraining.drift.squares import widened_quantiles

MINIMUM_CHUNKS = 5
"""Fewer chunks say too little about a variance: then only sampling noise counts."""
_NEAR, _FAR = 0.05, 0.1
"""Steps of the logarithm of the total variance that is averaged over; the chunks leave it uncertain by more."""
_BEND = 0.5
"""Logarithm from which on the steps are the longer ones."""
_WIDEST = 1e4
"""Largest total variance that is reckoned with, in units of the chunks' mean square."""
_NEGLIGIBLE = 1e-9
"""Probability of a variance that is left out of the average: far below any level that decides."""


@dataclass(frozen=True)
class NoiseLaw:
    """Law of Q: mean, variance, upper quantiles at `LEVELS`; `direction` is the variance along any one direction.

    A chi-squared law says how many directions it has, its degrees of freedom; others do not.
    """

    mean: float
    variance: float
    quantiles: Floats
    direction: float = 1.0
    freedom: int | None = None


@cache
def chi_squared_law(freedom: int) -> NoiseLaw:
    """Chi-squared law."""
    return NoiseLaw(freedom, 2.0 * freedom, np.asarray(chi_squared_quantile(freedom, LEVELS)), freedom=freedom)


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

    def likelihood(self, ratios: Floats) -> Floats:
        """Likelihood of the chunks' mean square, as `likelihoods` gives it.

        The last answer is kept: a prior that columns share asks for the same ratios twice.
        """
        if not self.answered or self.answered[-1][0] is not ratios:
            likelihoods([self], ratios)
        return self.answered[-1][1]

    @cached_property
    def answered(self) -> list[tuple[Floats, Floats]]:
        """The last ratios that were asked for, and the answer; empty before."""
        return []


def likelihoods(columns: Sequence[Evidence], ratios: Floats) -> Floats:
    """Likelihood of each column's mean square of chunks, relative to the largest, by the offset's variance over noise.

    With an offset of some variance the mean square has nearly a gamma law, of the mean and the spread that it then has.
    Each column remembers its own.

    Returns
    -------
    ndarray of shape (columns, ratios)
    """
    told = [
        (one.noise, one.found, float(one.chunk_scales.mean()), len(one.chunk_squares) - 1,
         one.law.direction, one.law.variance, one.rank)
        for one in columns
    ]  # fmt: skip
    noise, found, scale, free, direction, variance, rank = np.array(told).T[:, :, None]
    variances = ratios * noise
    mean = noise + variances
    spread = variance * scale**2 + 4 * direction * scale * variances + 2 * variances**2 / rank
    shape = mean**2 * free / spread
    logs = shape * (np.log(shape * found / mean) - found / mean) - log_gamma(shape)
    relative: Floats = np.exp(logs - logs.max(axis=1, keepdims=True))
    for one, row in zip(columns, relative, strict=True):
        one.answered[:] = [(ratios, row)]
    return relative


@dataclass(frozen=True)
class Prior:
    """Variances that an offset may have before its chunks are looked at, as `ratios` to noise, and their weights."""

    ratios: Floats
    weights: Floats


def flat_prior(largest: float) -> Prior:
    """Flat on the logarithm of the total variance, from noise alone to far beyond the `largest` ratio to it found."""
    end = math.log(_WIDEST * max(largest, 1.0))
    logs = np.concatenate([np.arange(0.0, _BEND, _NEAR), np.arange(_BEND, end, _FAR)])
    limits = np.concatenate([logs[:1], (logs[1:] + logs[:-1]) / 2, logs[-1:]])
    return Prior(np.expm1(logs), np.diff(limits) / logs[-1])


@dataclass(frozen=True)
class Verdict:
    """How unlikely a statistic is; `threshold` gives its critical value at a level, `origin` where that comes from."""

    p_value: float
    threshold: Callable[[float], float]
    origin: str


def calibrate(evidence: Evidence, prior: Prior | None = None) -> Verdict:
    """Judge a squared statistic against noise and against the chunks."""
    variances, weights, origin = np.zeros(1), np.ones(1), "sampling noise"
    if evidence.calibrates:
        variances, weights = _offset_variances(evidence, prior or flat_prior(evidence.found / evidence.noise))
        origin = f"sampling noise and variation between {len(evidence.chunk_squares)} chunks of the reference"
    mixture = _mixture(evidence, variances, weights)
    return Verdict(
        p_value=min(1.0, max(mixture.level(evidence.square), evidence.least_p)),
        threshold=lambda level: evidence.to_statistic(mixture.square(level)),
        origin=origin,
    )


def _offset_variances(evidence: Evidence, prior: Prior) -> tuple[Floats, Floats]:
    """Variances that the offset may have, and their probabilities given the chunks' mean square."""
    weights = evidence.likelihood(prior.ratios) * prior.weights
    weights /= weights.sum()
    kept = weights > _NEGLIGIBLE
    return prior.ratios[kept] * evidence.noise, weights[kept]


def _mixture(evidence: Evidence, variances: Floats, weights: Floats) -> Mixture:
    """Law of the square with an offset of each variance.

    Along a single direction an offset stretches the law of noise. Of another chi-squared law it widens some directions.
    Of one that has no directions the quantiles of noise and offset are added, which is right or too much.
    """
    law, scale = evidence.law, evidence.scale
    if law.freedom == 1 or not variances.any():
        return Stretched(weights, law.quantiles, scale + variances)
    if law.freedom is None:
        return Tables(weights, law.quantiles * scale + np.outer(variances, chi_squared_law(1).quantiles))
    wider = variances / evidence.rank / scale
    return Tables(weights, scale * widened_quantiles(law.freedom, evidence.rank, wider, LEVELS))
