"""Scores of bins by which location and scale are compared."""

import numpy as np

from include.retraining.drift.arrow import Floats


def location_scores(shares: Floats) -> Floats:
    """Mid-ranks of the bins, with mean 0 and variance 1 under `shares`; zero when there is only one bin in use."""
    return _standardised(_middles(shares), shares)


def scale_scores(shares: Floats) -> Floats:
    """Squared distance of the mid-ranks from the middle, uncorrelated with location; mean 0, variance 1."""
    location = location_scores(shares)
    squared = (_middles(shares) - 0.5) ** 2
    return _standardised(squared - (squared * location * shares).sum() * location, shares)


def _middles(shares: Floats) -> Floats:
    return np.asarray(np.cumsum(shares) - shares / 2)


_DEGENERATE = 1e-9
"""Below this variance scores do not tell the bins apart."""


def _standardised(scores: Floats, shares: Floats) -> Floats:
    centred = scores - (scores * shares).sum()
    variance = float((centred**2 * shares).sum())
    return centred / np.sqrt(variance) if variance > _DEGENERATE else np.zeros_like(centred)
