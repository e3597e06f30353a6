"""Jensen-Shannon distance between two sets of shares."""

import math

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.divergence import compare
from include.retraining.drift.measured import Measured

_CURVATURE = 8.0
"""The divergence is an eighth of the chi-squared distance near 0, in natural units."""


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare shares by the root of the divergence in bits, from 0 to 1; None when there is only one group.

    References
    ----------
    J. Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory 37 (1991).
    """
    compared = compare(data, divergence, _CURVATURE, to_statistic=lambda square: _in_bits(square / _CURVATURE))
    if compared is None:
        return None
    distance = _in_bits(compared.found)
    return Measured(
        test="jensen_shannon",
        statistic=distance,
        evidence=compared.evidence,
        effect=compared.moved,
        minimum_effect=minimum,
        direction="changed",
        n_reference=data.reference.valid,
        n_current=data.current.valid,
        text=f"Jensen-Shannon distance {distance:.3f}; {compared.moved:.0%} of the rows changed group",
    )


def divergence(first: Floats, second: Floats) -> Floats:
    """Jensen-Shannon divergence in natural units along the last axis; no share may be 0."""
    middle = (first + second) / 2
    halves = first * np.log(first / middle) + second * np.log(second / middle)
    return np.asarray(np.maximum(halves.sum(axis=-1) / 2, 0.0))


def _in_bits(divergence_in_nats: float) -> float:
    return math.sqrt(divergence_in_nats / math.log(2))
