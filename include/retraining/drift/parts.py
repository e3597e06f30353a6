"""Time-ordered parts of the reference, by which its own variation is judged."""

from datetime import timedelta
from typing import Any

import numpy as np

from include.retraining.drift.arrow import Floats, Integers

PARTS = 30
"""Parts of equal size: enough to estimate a variance (its relative error is a quarter)."""
MOST_PARTS = 60
"""Most intervals that are kept as parts; of more, so many are chosen at equal distances."""
FEWEST_INTERVALS = 15
"""Fewer intervals say too little about how one differs from the next: then parts of equal size are cut."""
MINIMUM_ROWS = 100
"""Fewest rows of a part; below it sampling noise hides all other variation."""


def time_parts(rows: int, times: Floats | None = None, period: timedelta | None = None) -> list[Integers]:
    """Row positions of each part, in time order; empty when the rows do not suffice for two parts.

    Batches that cover one interval vary like intervals of the reference, so with `period` the parts are
    intervals of that length. Without, or where the reference covers too few of them, they are of equal size.

    Parameters
    ----------
    rows
        Number of rows.
    times
        Seconds, shape (rows,); left out: rows are in time order.
    period
        Length of one interval.
    """
    order = np.arange(rows) if times is None else np.argsort(times, kind="stable")
    if times is not None and period is not None and rows:
        whole = _intervals(order, times, period.total_seconds())
        if len(whole) >= FEWEST_INTERVALS:
            return [whole[i] for i in np.unique(np.linspace(0, len(whole) - 1, MOST_PARTS).round().astype(int))]
    count = min(PARTS, rows // MINIMUM_ROWS)
    return np.array_split(order, count) if count > 1 else []


def _intervals(order: Integers, times: Floats, seconds: float) -> list[Integers]:
    """Rows by interval, without intervals of too few rows."""
    known = order[np.isfinite(times[order])]
    if not len(known):
        return []
    number = np.floor((times[known] - times[known[0]]) / seconds)
    starts = np.flatnonzero(np.diff(number)) + 1
    return [part for part in np.split(known, starts) if len(part) >= MINIMUM_ROWS]


def to_seconds(values: Any) -> Floats:
    """Times of a numpy array as seconds; numbers are taken as they are."""
    if values.dtype.kind == "M":
        known = ~np.isnat(values)
        return np.where(known, values.astype("datetime64[us]").astype(np.int64) / 1e6, np.nan)
    return np.asarray(values, np.float64)
