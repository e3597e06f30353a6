"""Categories that the reference did not have."""

import bisect

from scipy.special import bdtrc

from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Ask whether more rows hold new categories than new categories turn up by chance.

    A new value is expected with a probability of (categories met once) / (rows), the Good-Turing estimate.
    None when no row is new, or when the reference had too many categories to keep them all.

    References
    ----------
    I. J. Good, "The population frequencies of species and the estimation of population parameters",
    Biometrika 40 (1953).
    """
    rows_new, n_current = int(data.current.bins[-1]), data.current.valid
    n_reference = data.reference.valid
    if not rows_new or not data.layout.complete:
        return None
    once = int((data.reference.bins == 1).sum())
    share = n_current / (n_current + n_reference)
    effect = rows_new / n_current
    return Measured(
        test="unseen_categories",
        statistic=effect,
        p_value=_p_value(rows_new, once, share),
        threshold=lambda level: _fewest(level, once, share, n_current) / n_current,
        origin="Good-Turing share of new categories",
        effect=effect,
        minimum_effect=minimum,
        direction="up",
        n_reference=n_reference,
        n_current=n_current,
        text=f"{effect:.1%} of the rows hold values that the reference did not have: {', '.join(data.current.unseen)}",
    )


def _p_value(rows_new: int, once: int, share: float) -> float:
    return float(bdtrc(rows_new - 1, rows_new + once, share))


def _fewest(level: float, once: int, share: float, limit: int) -> int:
    """Fewest new rows that are unlikely at `level`."""
    return 1 + bisect.bisect_left(range(1, limit + 1), True, key=lambda rows: _p_value(rows, once, share) <= level)
