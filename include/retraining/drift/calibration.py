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
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.special import chi_squared_quantile, log_gamma
from include.retraining.drift.squares import widened_quantiles

LEVELS = np.geomspace(1, 1e-30, 121)
"""Levels at which quantiles are tabled; p-values lie between them, on a logarithmic scale, and not below."""
_LOGS = np.log(LEVELS)
_STEP = float(_LOGS[1] - _LOGS[0])
_PRECISION = 1e-3
"""Relative error of the level at a threshold, usually reached in four of `_STEPS`."""
_STEPS = 50
_LONGEST = 100.0
"""Longest step on the logarithm of a square: a longer one leaves the range anyway."""
_TINY = np.finfo(float).tiny
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


def _mixture(evidence: Evidence, variances: Floats, weights: Floats) -> "_Mixture":
    """Law of the square with an offset of each variance.

    Along a single direction an offset stretches the law of noise. Of another chi-squared law it widens some directions.
    Of one that has no directions the quantiles of noise and offset are added, which is right or too much.
    """
    law, scale = evidence.law, evidence.scale
    if law.freedom == 1 or not variances.any():
        return _Stretched(weights, law.quantiles, scale + variances)
    if law.freedom is None:
        return _Tables(weights, law.quantiles * scale + np.outer(variances, chi_squared_law(1).quantiles))
    wider = variances / evidence.rank / scale
    return _Tables(weights, scale * widened_quantiles(law.freedom, evidence.rank, wider, LEVELS))


@dataclass(frozen=True)
class _Mixture(ABC):
    """Laws of a square, narrowest first, of which each counts with its weight."""

    weights: Floats

    def level(self, square: float) -> float:
        """Mean of the levels at which the laws reach a square."""
        return self._level_and_slope(square)[0]

    def square(self, level: float) -> float:
        """Square of that level, by Newton's method on logarithms; it lies between those of the single laws."""
        place = min(int(math.log(level) / _STEP), len(LEVELS) - 2)
        above = self._squares(place + 1)
        low, high, square = float(self._squares(place)[0]), float(above[-1]), float(self.weights @ above)
        for _ in range(_STEPS if high > 0 else 0):
            found, slope = self._level_and_slope(square)
            excess = math.log(found / level)
            if abs(excess) < _PRECISION:
                break
            low, high = (square, high) if excess > 0 else (low, square)
            step = excess * found / (slope * square) if slope * square else math.inf
            moved = square * math.exp(min(step, _LONGEST))
            square = moved if low < moved < high else (low + high) / 2
        return square

    @abstractmethod
    def _squares(self, place: int) -> Floats:
        """Square of each law at one of `LEVELS`."""

    @abstractmethod
    def _level_and_slope(self, square: float) -> tuple[float, float]:
        """Level of a square, and how fast it falls there."""


@dataclass(frozen=True)
class _Stretched(_Mixture):
    """One law whose squares, `quantiles` at `LEVELS`, are multiplied by several factors."""

    quantiles: Floats
    factors: Floats

    def _squares(self, place: int) -> Floats:
        return self.factors * float(self.quantiles[place])

    def _level_and_slope(self, square: float) -> tuple[float, float]:
        if not self.quantiles[-1]:  # without any noise nothing can be said
            return 1.0, 0.0
        squares = square / self.factors
        right = np.minimum(np.maximum(self.quantiles.searchsorted(squares), 1), len(LEVELS) - 1)
        below = self.quantiles.take(right - 1)
        width = np.maximum(self.quantiles.take(right) - below, _TINY)
        with np.errstate(over="ignore"):
            inside = np.minimum((squares - below) / width, 1.0)
            levels = self.weights * np.exp(_LOGS.take(right - 1) + inside * _STEP)
            falling = levels / (width * self.factors)
        return float(levels.sum()), -_STEP * float(falling[inside < 1.0].sum())


@dataclass(frozen=True)
class _Tables(_Mixture):
    """Tables of squares at `LEVELS`, shape (laws, levels)."""

    squares: Floats

    def _squares(self, place: int) -> Floats:
        return np.asarray(self.squares[:, place])

    def _level_and_slope(self, square: float) -> tuple[float, float]:
        starts, rising, flat = self._index
        share = min(square / float(flat[-1]), 1.0) if flat[-1] else 0.0
        right = (rising.searchsorted(starts + share) - self._rows).clip(1, len(LEVELS) - 1)
        places = right + self._rows
        below, above = flat.take(places - 1), flat.take(places)
        width = np.maximum(above - below, _TINY)
        inside = (np.maximum(np.minimum(square, above), below) - below) / width
        levels = self.weights * np.exp(_LOGS.take(right - 1) + inside * _STEP)
        with np.errstate(over="ignore"):
            falling = (levels / width)[(below < square) & (square < above)].sum()
        return float(levels.sum()), -_STEP * float(falling)

    @cached_property
    def _rows(self) -> Integers:
        """Position of the first square of each table among all."""
        return np.arange(len(self.squares)) * len(LEVELS)

    @cached_property
    def _index(self) -> tuple[Floats, Floats, Floats]:
        """The squares one table after the other, moved and scaled so that all rise: one search finds all places."""
        flat: Floats = self.squares.ravel()
        starts = 2.0 * np.arange(len(self.squares), dtype=np.float64)
        moved: Floats = self.squares / flat[-1] if flat[-1] else self.squares
        return starts, (moved + starts[:, None]).ravel(), flat
