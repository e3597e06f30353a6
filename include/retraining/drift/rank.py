"""Over how many directions the chunks of the reference vary."""

import numpy as np

from include.retraining.drift.arrow import Floats


def effective_rank(differences: Floats, scales: Floats) -> float:
    """Total variance beyond noise over the largest variance in any one direction.

    That ratio sets how fast the tail of the sum of squares falls. The largest variance is estimated too high
    rather than too low, so the rank is rather too low, which is on the safe side.

    Parameters
    ----------
    differences
        Differences of each chunk from the rest in units of noise, shape (chunks, cells); cells are one more than
        the directions in which they can vary.
    scales
        Variance of the noise of each chunk in any direction, shape (chunks,).

    Returns
    -------
    float
        Between 1 and the number of directions; 1 where the chunks vary no more than by noise.
    """
    chunks, cells = differences.shape
    if chunks < 2:
        return 1.0
    noise = float(scales.mean())
    beyond = float((differences**2).sum(axis=1).mean()) - noise * (cells - 1)
    largest = float(np.linalg.eigvalsh(differences @ differences.T)[-1]) / chunks - noise
    return float(np.clip(beyond / largest, 1, cells - 1)) if beyond > 0 and largest > 0 else 1.0
