"""Mood's test from binned counts: do the values spread wider or narrower?"""

from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.linear import measure_scores
from include.retraining.drift.measured import Measured
from include.retraining.drift.quantiles import describe_spreads
from include.retraining.drift.scores import scale_scores


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare squared distances of the ranks from the middle; None for categories and for two values or fewer.

    Sees changes of scale and of the tails to which the Kolmogorov-Smirnov test is nearly blind.

    References
    ----------
    A. M. Mood, "On the asymptotic efficiency of certain nonparametric two-sample tests", Annals of Mathematical
    Statistics 25 (1954).
    """
    if data.layout.kind != "numeric":
        return None
    return measure_scores(
        "mood", data, scale_scores(data.shares_reference), minimum, describe_spreads(data)
    )
