"""Jensen-Shannon distance between two sets of shares."""

import math

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.divergence import Divergence, measure_divergence
from include.retraining.drift.measured import Measured


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare shares by the root of the divergence in bits, from 0 to 1; None when there is only one group.

    Binning changes it by at most 0.005.

    References
    ----------
    J. Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory 37 (1991).
    """
    return measure_divergence("jensen_shannon", _DIVERGENCE, data, minimum)


def divergence(first: Floats, second: Floats) -> Floats:
    """Jensen-Shannon divergence in natural units along the last axis; no share may be 0."""
    middle = (first + second) / 2
    halves = first * np.log(first / middle) + second * np.log(second / middle)
    return np.asarray(np.maximum(halves.sum(axis=-1) / 2, 0.0))


def _root_in_bits(nats: float) -> float:
    return math.sqrt(nats / math.log(2))


_DIVERGENCE = Divergence("Jensen-Shannon distance", divergence, curvature=8.0, to_statistic=_root_in_bits)
