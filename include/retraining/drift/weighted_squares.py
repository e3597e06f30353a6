"""Law of a weighted sum of squared normal variables, as quadratic statistics have it under sampling noise."""

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import NoiseLaw
from include.retraining.drift.mixtures import LEVELS
from include.retraining.drift.squares import weighted_quantiles

_TILTS = 400


def weighted_squares_law(weights: Floats) -> NoiseLaw:
    """Law of the sum of squared standard normal variables, each times its positive weight."""
    quantiles = weighted_quantiles(weights[None], np.ones(len(weights)), LEVELS, _TILTS)[0]
    return NoiseLaw(float(weights.sum()), 2 * float((weights**2).sum()), quantiles, direction=float(weights.max()))
