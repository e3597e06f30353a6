"""Wilcoxon rank-sum test from binned counts: have the values moved up or down?"""

from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.linear import measure_scores
from include.retraining.drift.measured import Measured
from include.retraining.drift.quantiles import describe_medians
from include.retraining.drift.scores import location_scores


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare mean ranks; None for categories and for a reference of a single value.

    Ranks are those in the reference, ties share the middle one. Nearly as strong as the t-test against a shift
    of a normal column, and untouched by outliers.

    References
    ----------
    F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945).
    """
    if data.layout.kind != "numeric":
        return None
    return measure_scores(
        "wilcoxon", data, location_scores(data.shares_reference), minimum, describe_medians(data)
    )
