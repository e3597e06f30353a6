"""Change of a rate: nulls, or infinite values, among all rows."""

import math
from typing import NamedTuple

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.calibration import Evidence, chi_squared_law
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured
from include.retraining.drift.special import binomial_at_most, binomial_more


def measure_nulls(data: ColumnData, minimum: float) -> Measured | None:
    """Compare null rates; None when neither side has a null."""
    hits = _Hits(data.reference.nulls, data.current.nulls, data.chunks.nulls)
    return _measure("null_rate", "nulls", data, hits, minimum)


def measure_infinities(data: ColumnData, minimum: float) -> Measured | None:
    """Compare the rates of infinite values; None when neither side has one."""
    hits = _Hits(data.reference.infinite, data.current.infinite, data.chunks.infinite)
    return _measure("infinite_rate", "infinite values", data, hits, minimum)


class _Hits(NamedTuple):
    """Rows that count: of the reference, of the batch, and of each chunk, shape (chunks,)."""

    reference: int
    current: int
    chunks: Integers


def _measure(test: str, what: str, data: ColumnData, hits: _Hits, minimum: float) -> Measured | None:
    """Compare two rates by their difference.

    The p-value is the larger of two: the calibrated one on the normal scale, and the binomial one given the total,
    which is right where few rows are of that sort.

    References
    ----------
    J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples from Poisson series",
    Biometrika 31 (1940), for the conditional test.
    """
    reference, current = data.reference, data.current
    total, rows = hits.reference + hits.current, reference.rows + current.rows
    if not total:
        return None
    before, now = hits.reference / reference.rows, hits.current / current.rows
    change = now - before
    variance = max(total / rows * (1 - total / rows), 1 / rows**2)
    scale = 1 / reference.rows + 1 / current.rows
    chunk_squares, chunk_scales = _chunk_squares(data, hits, variance)
    rarer = (hits.current, total) if 2 * total <= rows else (current.rows - hits.current, rows - total)
    return Measured(
        test=test,
        statistic=abs(change),
        evidence=Evidence(
            law=chi_squared_law(1),
            square=change**2 / variance,
            scale=scale,
            chunk_squares=chunk_squares,
            chunk_scales=chunk_scales,
            to_statistic=lambda square: math.sqrt(square * variance),
            least_p=conditional_p(*rarer, current.rows / rows),
            shared=hits.reference >= len(chunk_squares),
        ),
        effect=abs(change),
        minimum_effect=minimum,
        direction="up" if change > 0 else "down",
        n_reference=reference.rows,
        n_current=current.rows,
        text=f"{what}: {before:.1%} of the rows before, {now:.1%} now",
    )


def _chunk_squares(data: ColumnData, hits: _Hits, variance: float) -> tuple[Floats, Floats]:
    """Squared change of the rate of each chunk against the rest, in units of its variance, and its scale."""
    found, sizes = hits.chunks, data.chunks.rows
    rest = data.reference.rows - sizes
    change = found / sizes - (hits.reference - found) / rest
    return change**2 / variance, 1 / sizes + 1 / rest


def conditional_p(hits: int, total: int, share: float) -> float:
    """Probability of any split of `total` events, between a part of the rows and the rest, less likely than this one.

    Twice the probability of one side would be too much where a split as unlikely does not exist on the other: nulls
    that are rare can become much more, and not much less. The split itself counts half: events are whole numbers, and
    if it counted in full, false alarms would be half as frequent as the level allows.

    Parameters
    ----------
    hits
        Events in the part.
    share
        Share of the rows that are in the part.

    References
    ----------
    A. Agresti, "Categorical Data Analysis" (2013), sections 3.5.3 and 3.5.5 (H. O. Lancaster's mid-p-value).
    """
    mode = min(int((total + 1) * share), total)
    itself = _log_probability(hits, total, share)
    limit, half = itself + _TIED, math.exp(itself) / 2
    if hits == mode:
        return 1.0 - half
    low, high = (0, mode) if hits > mode else (mode, total + 1)
    while low < high:  # the first on the other side of the mode that is too likely, or no longer is
        middle = (low + high) // 2
        likelier = _log_probability(middle, total, share) > limit
        low, high = (low, middle) if likelier == (hits > mode) else (middle + 1, high)
    fewer, more = (low - 1, hits) if hits > mode else (hits, low)
    return binomial_at_most(fewer, total, share) + binomial_more(more - 1, total, share) - half


_TIED = 1e-9
"""Relative difference at which two splits count as equally likely."""


def _log_probability(hits: int, total: int, share: float) -> float:
    ways = math.lgamma(total + 1) - math.lgamma(hits + 1) - math.lgamma(total - hits + 1)
    return ways + hits * math.log(share) + (total - hits) * math.log1p(-share)
