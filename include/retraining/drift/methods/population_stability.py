"""Population stability index, with the threshold that its sample sizes call for."""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.divergence import Divergence, measure_divergence
from include.retraining.drift.measured import Measured


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare shares by the sum of (q - p) log(q / p) over groups; None when there is only one group.

    The usual limits of 0.1 and 0.2 ignore the sample sizes: by chance alone the index is about
    (1/n + 1/m) (groups - 1). Binning changes it by at most 0.005 and 0.5%, 0.01 and 5% where values are heavy.
    """
    return measure_divergence("population_stability", _DIVERGENCE, data, minimum)


def index(expected: Floats, actual: Floats) -> Floats:
    """Population stability index along the last axis; no share may be 0."""
    return np.asarray(((actual - expected) * np.log(actual / expected)).sum(axis=-1))


_DIVERGENCE = Divergence("population stability index", index, curvature=1.0, to_statistic=float)
