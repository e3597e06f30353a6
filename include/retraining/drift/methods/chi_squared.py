"""Chi-squared test of homogeneity: have the shares of the categories changed?"""

import numpy as np

from include.retraining.drift.calibration import Evidence, chi_squared_law
from include.retraining.drift.cells import group_rare, sum_cells
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured
from include.retraining.drift.rank import effective_rank


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare two sets of category shares; None for numbers, and when only one category is left to compare.

    The effect is the total variation distance: the share of rows that would have to change category. Rare categories
    are taken together, and rows of the reference counted as in `ColumnData.left_out`, so that many categories differ
    no more by chance than few.

    References
    ----------
    K. Pearson, "On the criterion that a given system of deviations ...", Philosophical Magazine 50 (1900); for two
    samples H. Cramér, "Mathematical Methods of Statistics" (1946), section 30.6.
    """
    if data.layout.kind != "categorical":
        return None
    given, data = data, data.left_out
    n_reference, n_current = data.reference.valid, data.current.valid
    pooled = (data.reference.bins + data.current.bins) / (n_reference + n_current)
    cells = group_rare(pooled * min(n_reference, n_current))
    shares = sum_cells(pooled, cells)
    if len(shares) < 2:
        return None
    change = sum_cells(data.shares_current - data.shares_reference, cells)
    square = float((change**2 / shares).sum())
    chunk_differences = sum_cells(data.chunk_differences, cells) / np.sqrt(shares)
    effect = float(np.abs(change).sum() / 2)
    return Measured(
        test="chi_squared",
        statistic=square / data.scale,
        evidence=Evidence(
            law=chi_squared_law(len(shares) - 1),
            square=square,
            scale=data.scale,
            chunk_squares=(chunk_differences**2).sum(axis=1),
            chunk_scales=data.chunk_scales,
            rank=effective_rank(chunk_differences, data.chunk_scales),
            to_statistic=lambda bound: bound / data.scale,
            shared=True,
        ),
        effect=effect,
        minimum_effect=minimum,
        direction="changed",
        n_reference=n_reference,
        n_current=n_current,
        text=f"{effect:.0%} of the rows changed category; {describe_most_changed(given)}",
    )


def describe_most_changed(data: ColumnData) -> str:
    """The category whose share changed most, then and now, in words."""
    names = [*data.layout.categories, "other values"]
    most = int(np.argmax(np.abs(data.left_out.shares_current - data.left_out.shares_reference)))
    before, now = data.shares_reference[most], data.shares_current[most]
    return f"most: {names[most]!r}, {before:.1%} before, {now:.1%} now"
