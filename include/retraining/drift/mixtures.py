"""A law of squares that is one of several with certain probabilities: levels, and the squares that reach them."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from include.retraining.drift.arrow import Floats, Integers

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


@dataclass(frozen=True)
class Mixture(ABC):
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
class Stretched(Mixture):
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
class Tables(Mixture):
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
