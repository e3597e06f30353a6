"""Change of a rate: nulls, or infinite values, among all rows."""

import math

from scipy.special import bdtr, bdtrc, ndtr, ndtri

from include.retraining.drift.measured import Measured


def measure(test: str, what: str, before: tuple[int, int], now: tuple[int, int], minimum: float) -> Measured | None:
    """Compare two rates, given as (rows of that sort, all rows); None when there are no such rows on either side.

    The p-value is the larger of two: the normal one with pooled variance, and the exact binomial one given the
    total, which is right where few rows are of that sort.

    Parameters
    ----------
    test
        Name of the finding.
    what
        What is counted, for the sentence.
    minimum
        Smallest change worth an alarm, in share of rows.

    References
    ----------
    J. Przyborowski and H. Wilenski, "Homogeneity of results in testing samples from Poisson series",
    Biometrika 31 (1940), for the conditional test.
    """
    (hits_before, rows_before), (hits_now, rows_now) = before, now
    hits, rows = hits_before + hits_now, rows_before + rows_now
    if not hits:
        return None
    rate_before, rate_now = hits_before / rows_before, hits_now / rows_now
    change = rate_now - rate_before
    spread = math.sqrt(hits / rows * (1 - hits / rows) * (1 / rows_before + 1 / rows_now))
    rarer = (hits_now, hits) if 2 * hits <= rows else (rows_now - hits_now, rows - hits)
    p_value = exact_p(*rarer, rows_now / rows)
    if spread > 0:
        p_value = max(p_value, 2 * float(ndtr(-abs(change) / spread)))
    return Measured(
        test=test,
        statistic=abs(change),
        p_value=p_value,
        threshold=lambda level: -float(ndtri(level / 2)) * spread,
        origin="sampling noise",
        effect=abs(change),
        minimum_effect=minimum,
        direction="up" if change > 0 else "down",
        n_reference=rows_before,
        n_current=rows_now,
        text=f"{what}: {rate_before:.1%} of the rows before, {rate_now:.1%} now",
    )


def exact_p(hits: int, total: int, share: float) -> float:
    """Two-sided probability of so many or so few of `total` events in a part that holds `share` of the rows."""
    fewer = float(bdtr(hits, total, share))
    more = float(bdtrc(hits - 1, total, share)) if hits else 1.0
    return min(1.0, 2 * min(fewer, more))
