"""Population stability index, with the threshold that its sample sizes call for."""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.divergence import compare
from include.retraining.drift.measured import Measured


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare shares by the sum of (q - p) log(q / p) over groups; None when there is only one group.

    The usual limits of 0.1 and 0.2 ignore the sample sizes: by chance alone the index is about
    (1/n + 1/m) (groups - 1).
    """
    compared = compare(data, index, 1.0, to_statistic=float)
    if compared is None:
        return None
    return Measured(
        test="population_stability",
        statistic=compared.found,
        evidence=compared.evidence,
        effect=compared.moved,
        minimum_effect=minimum,
        direction="changed",
        n_reference=data.reference.valid,
        n_current=data.current.valid,
        text=f"population stability index {compared.found:.3f}; {compared.moved:.0%} of the rows changed group",
    )


def index(expected: Floats, actual: Floats) -> Floats:
    """Population stability index along the last axis; no share may be 0."""
    return np.asarray(((actual - expected) * np.log(actual / expected)).sum(axis=-1))
