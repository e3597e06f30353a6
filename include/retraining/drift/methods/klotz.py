"""Klotz's test from binned counts: do the values spread wider or narrower?"""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.differences import from_difference
from include.retraining.drift.measured import Measured
from include.retraining.drift.quantiles import describe_spreads


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare the variance of normal scores, each side about its own mean, so that a mere shift does not count.

    The statistic is in standard deviations of a squared score. As strong as the F-test against a change of scale of
    a normal column, to which the Kolmogorov-Smirnov test is nearly blind. None for categories, and for a reference
    of fewer than three values. Binning changes it by at most 0.015 and 2%, or 0.05 and 15% where values left the
    reference's range.

    References
    ----------
    J. Klotz, "Nonparametric tests for scale", Annals of Mathematical Statistics 33 (1962).
    """
    if data.layout.kind != "numeric" or np.count_nonzero(data.reference.bins) < _FEWEST_VALUES:
        return None
    scores = data.scores
    unit = float(np.sqrt(_variance(data.shares_reference, scores**2)))
    if not unit:
        return None
    difference = _variance(data.shares_current, scores) - _variance(data.shares_reference, scores)
    chunks = _variance(data.shares_chunks, scores) - _variance(data.shares_rest, scores)
    return from_difference("klotz", data, float(difference) / unit, chunks / unit, minimum, describe_spreads(data))


_FEWEST_VALUES = 3
"""With two values the variance follows from the mean."""


def _variance(shares: Floats, scores: Floats) -> Floats:
    return np.asarray(shares @ scores**2 - (shares @ scores) ** 2)
