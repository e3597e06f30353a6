"""Sampling noise of binned distribution functions, simulated: Brownian bridges at the reference's shares."""

import numpy as np

from include.retraining.drift.arrow import Floats

PATHS = 400
"""Simulated paths: a mean square is then known to within about 5%."""


def bridge_steps(shares: Floats) -> Floats:
    """Noise of the shares themselves, in units of the root of 1/n + 1/m; shape (paths, bins), rows sum to 0."""
    steps = np.random.default_rng(0).normal(size=(PATHS, len(shares))) * np.sqrt(shares)
    return np.asarray(steps - steps.sum(axis=1, keepdims=True) * shares)
