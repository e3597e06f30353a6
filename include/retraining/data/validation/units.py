"""A column that comes in another unit: converted back, it looks as it did in the training rows.

Such a batch is no drift: most of its values lie outside of all that was known, and a usual conversion brings them back,
quantile for quantile. Only conversions that change a value beyond recognition are tried: a price that rose by a half
could as well be one in kilometres for miles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.retraining.data.schema import QUANTILES
from include.retraining.results.validation import ColumnSchema

MINIMUM_VALUES = 100
"""Fewer values leave quantiles uncertain by a tenth of their spread."""
OUTSIDE = 0.5
"""Share of the values that must lie outside of the training range: then so does the median."""
TOLERANCE = 0.1
"""Largest distance between the distribution of converted values and that of the training rows (Kolmogorov's, at the
quantiles that are kept); what sampling may add comes on top."""
HOTTEST = 1_000.0
"""Largest number that is taken for a temperature: beyond, the scales differ by a factor of two and nothing else."""
_SAME = 1e-6
"""Relative difference up to which two values are one: conversions round."""


@dataclass(frozen=True)
class Conversion:
    """What is to be done to values: times `factor`, plus `offset`; `largest` is the largest result that makes sense."""

    words: str
    factor: float
    offset: float = 0.0
    largest: float = math.inf

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Convert."""
        return values * self.factor + self.offset


def _both_ways(factor: float) -> tuple[Conversion, Conversion]:
    return Conversion(f"multiplied by {factor:,g}", factor), Conversion(f"divided by {factor:,g}", 1 / factor)


CONVERSIONS: Sequence[Conversion] = (
    *(one for factor in (10, 100, 1_000, 10_000, 100_000, 60, 3_600) for one in _both_ways(factor)),
    Conversion("turned from Fahrenheit into Celsius", 5 / 9, -160 / 9, HOTTEST),
    Conversion("turned from Celsius into Fahrenheit", 9 / 5, 32.0, HOTTEST),
    Conversion("turned from kelvin into Celsius", 1.0, -273.15, HOTTEST),
    Conversion("turned from Celsius into kelvin", 1.0, 273.15, HOTTEST),
)


def conversion(values: pd.Series, column: ColumnSchema) -> Conversion | None:
    """Find what would make a batch's column look as in the training rows; None where nothing would, or need not.

    Parameters
    ----------
    column
        The feature in the training rows; without quantiles (a schema of an earlier version) nothing is said.
    """
    if column.minimum is None or column.maximum is None or not column.quantiles:
        return None
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    numbers, then = numbers[np.isfinite(numbers)], np.array(column.quantiles)
    if len(numbers) < MINIMUM_VALUES or not then[-1] > then[0]:
        return None
    if max((numbers < column.minimum).mean(), (numbers > column.maximum).mean()) <= OUTSIDE:
        return None
    now = np.quantile(numbers, QUANTILES)
    tried = [one for one in CONVERSIONS if column.maximum <= one.largest]
    apart = [_distance(then, one.apply(now)) for one in tried]
    nearest = int(np.argmin(apart))
    return tried[nearest] if apart[nearest] <= TOLERANCE + len(numbers) ** -0.5 else None


def _distance(then: np.ndarray, now: np.ndarray) -> float:
    """Largest difference of levels: where quantiles of a batch lie among those of the training rows."""
    same = _SAME * np.abs(now)
    bounds = np.concatenate([[0.0], QUANTILES, [1.0]])
    below = bounds[np.searchsorted(then, now - same, "left")]
    above = bounds[np.searchsorted(then, now + same, "right") + 1]
    return float(np.maximum(below - QUANTILES, QUANTILES - above).max())
