"""Mean and standard deviation from sums that add up exactly, however the rows are cut.

Values are rounded to whole units of a grid that the reference sets: a 256th of the standard deviation of a normal law
with its quartiles, or finer. Sums of whole numbers are exact in float64 as long as they stay below 2**53, so the sums
of a block of rows do not depend on their order, and blocks are added as Python's integers. Rounding moves a mean by
half a unit at the very most, and by next to nothing where values are spread over many units. What lies farther than a
thousand such deviations from the reference's median counts as if it lay there.
"""

import math
from dataclasses import dataclass

import numpy as np

from include.retraining.drift.arrow import Floats

_FINENESS = 256
"""Units in a standard deviation, at least: rounding then adds a millionth to the variance."""
_QUARTILES = 1.35
"""Distance between the quartiles of a normal law, in standard deviations."""
_FARTHEST = 2**18
"""Units from the centre at which values are cut off, a thousand standard deviations or fewer."""
BLOCK = 65_536
"""Most rows of a block: their squares, of at most 2**36 units, sum to 2**52 at most."""
_LARGEST_CENTRE = 2.0**50
"""Units in the centre that leave a float the digits for single ones."""
_USABLE = (1e-100, 1e100)
"""Units whose squares are numbers, too."""


@dataclass(frozen=True)
class Moments:
    """Sums of distances from the centre and of their squares, in whole units."""

    total: int = 0
    squares: int = 0

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.total + other.total, self.squares + other.squares)


NOTHING = Moments()
"""Of no values."""


@dataclass(frozen=True)
class Grid:
    """Where distances are counted from, and in what unit: a power of two; 0 where there are no moments."""

    centre: float = 0.0
    unit: float = 0.0

    @classmethod
    def of(cls, values: Floats) -> "Grid":
        """Choose a grid for a column from its finite reference values."""
        if not len(values):
            return cls()
        first, middle, third = np.quantile(values, [0.25, 0.5, 0.75], method="nearest").tolist()
        with np.errstate(over="ignore", invalid="ignore"):
            spread = (third - first) / _QUARTILES if third > first else float(values.std())
        spread = max(spread / _FINENESS, abs(middle) / _LARGEST_CENTRE)
        if not _USABLE[0] < spread < _USABLE[1]:
            return cls()
        unit = 2.0 ** math.floor(math.log2(spread))
        return cls(round(middle / unit) * unit, unit)

    def sums(self, block: Floats) -> Moments:
        """Sums over at most `BLOCK` values; those that are NaN or infinite are left out."""
        if not self.unit:
            return NOTHING
        shift = 1.5 * 2**52 * self.unit  # numbers near it are whole units, so adding it rounds
        limit = _FARTHEST * self.unit
        with np.errstate(over="ignore", invalid="ignore"):
            steps = block + (shift - self.centre)
            steps -= shift
            squares = float(steps @ steps)
        if not squares <= limit**2:  # some may lie beyond the limit, or be no number
            steps = np.clip(np.where(np.isfinite(steps), steps, 0.0), -limit, limit)
            squares = float(steps @ steps)
        return Moments(int(steps.sum() / self.unit), int(squares / self.unit**2))

    def mean(self, moments: Moments, rows: int) -> float | None:
        """Mean of so many values; None without values or grid."""
        return self.centre + self.unit * (moments.total / rows) if rows and self.unit else None

    def deviation(self, moments: Moments, rows: int) -> float | None:
        """Standard deviation of so many values."""
        if not rows or not self.unit:
            return None
        return self.unit * math.sqrt(max(rows * moments.squares - moments.total**2, 0)) / rows


NO_GRID = Grid()
"""Of a column without moments."""
