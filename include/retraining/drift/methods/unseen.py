"""Categories that the reference did not have."""

import math

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import Evidence, chi_squared_law
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured
from include.retraining.drift.special import binomial_more


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Ask whether more rows hold new categories than new categories turn up anyway.

    The p-value is the larger of two. One compares with the chunks of the reference, each of which has rows in
    categories found in no other. The other is exact for rows that are new one by one: a new value is then expected
    with a probability of (categories met once) / (rows), the Good-Turing estimate.
    None when no row is new, when the reference had too many categories to keep them all, or when none of them
    occurred twice: then every value is new, as in an identifier.

    References
    ----------
    I. J. Good, "The population frequencies of species and the estimation of population parameters",
    Biometrika 40 (1953).
    """
    rows_new, n_current, n_reference = int(data.current.bins[-1]), data.current.valid, data.reference.valid
    if data.layout.kind != "categorical" or not rows_new or not data.layout.complete:
        return None
    once = int((data.reference.bins == 1).sum())
    if once == n_reference:
        return None
    share = rows_new / n_current
    usual, chunk_shares = _chunk_shares(data)
    pooled = (rows_new + usual * n_reference) / (n_current + n_reference)
    variance = max(pooled * (1 - pooled), 1 / (n_current + n_reference) ** 2)
    return Measured(
        test="unseen_categories",
        statistic=share,
        evidence=Evidence(
            law=chi_squared_law(1),
            square=max(share - usual, 0.0) ** 2 / variance,
            scale=data.scale,
            chunk_squares=(chunk_shares - usual) ** 2 / variance,
            chunk_scales=data.chunk_scales,
            to_statistic=lambda square: usual + math.sqrt(square * variance),
            least_p=float(binomial_more(rows_new - 1, rows_new + once, n_current / (n_current + n_reference))),
        ),
        effect=share,
        minimum_effect=minimum,
        direction="up",
        n_reference=n_reference,
        n_current=n_current,
        text=f"{share:.1%} of the rows hold values that the reference did not have: {', '.join(data.current.unseen)}",
    )


def _chunk_shares(data: ColumnData) -> tuple[float, Floats]:
    """Share of the rows of each chunk in categories that no other chunk has, and the mean of these shares."""
    if not len(data.chunk_bins):
        return 0.0, np.empty(0)
    alone = np.where(data.chunk_bins == data.reference.bins, data.chunk_bins, 0)
    shares = alone.sum(axis=1) / data.chunk_bins.sum(axis=1)
    return float(shares.mean()), np.asarray(shares)
