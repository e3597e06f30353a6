"""What the columns of one model say about each other's variation.

Thirty chunks leave a variance uncertain by a quarter, and that uncertainty costs power. Where many columns vary
alike, they tell together what each alone cannot; where they differ, nothing is borrowed.
"""

import math
from collections.abc import Sequence

import numpy as np

from include.retraining.drift.calibration import Evidence, Prior

_FEWEST = 8
"""Fewest columns that say something about a further one."""
_UNLIKE = 2
"""Columns unlike all others that are reckoned with beside those seen: two in fifty cost those nearly nothing."""


def shared_prior(columns: Sequence[Evidence]) -> Prior | None:
    """Fit a normal law to the logarithms of the columns' mean squares over noise; None for too few columns.

    The variance beyond what sampling explains is the columns' own; that of the fitted mean is added. The more columns
    there are, the less likely is a further one to be unlike all of them (A. Gelman et al., "Bayesian Data Analysis",
    2013, section 23.2, for such an urn).

    References
    ----------
    G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray
    experiments", Statistical Applications in Genetics and Molecular Biology 3 (2004), section 6.
    """
    usable = [evidence for evidence in columns if evidence.calibrates]
    if len(usable) < _FEWEST:
        return None
    excess = np.array([max(evidence.found - evidence.noise, 0.0) for evidence in usable])
    shapes = np.array([float(evidence.shape(value)) for evidence, value in zip(usable, excess, strict=True)])
    ratios = np.array([evidence.found / evidence.noise for evidence in usable])
    logs = np.log(ratios) + 1 / (2 * shapes)  # the mean of the logarithm of a gamma variable lies below
    sampling = float((1 / shapes + 1 / (2 * shapes**2)).mean())
    own = max(float(logs.var(ddof=1)) - sampling, 0.0)
    return Prior(
        centre=float(logs.mean()),
        spread=math.sqrt(own + 2 * sampling / len(usable)),
        weight=len(usable) / (len(usable) + _UNLIKE),
    )
