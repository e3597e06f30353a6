"""Sampling noise of binned distribution functions, simulated: Brownian bridges at the reference's shares."""

from functools import cache

import numpy as np

from include.retraining.drift.arrow import Floats
from include.retraining.drift.sample import row_keys

PATHS = 400
"""Simulated paths: a mean square is then known to within about 5%."""
_WIDTH = 256
"""Bins by which the table of normal numbers grows."""
_DIGITS = 11
"""Bits of a key beyond the 53 of a float."""


def bridge_steps(shares: Floats) -> Floats:
    """Noise of the shares themselves, in units of the root of 1/n + 1/m; shape (paths, bins), rows sum to 0."""
    steps = _normals(-(-len(shares) // _WIDTH))[:, : len(shares)] * np.sqrt(shares)
    return np.asarray(steps - steps.sum(axis=1, keepdims=True) * shares)


@cache
def _normals(blocks: int) -> Floats:
    """Standard normal numbers, always the same, by G. E. P. Box and M. E. Muller (1958).

    numpy.random has them, too, but takes longer to load than the columns of a batch take to be judged.
    """
    keys = row_keys(np.arange(PATHS * blocks * _WIDTH, dtype=np.uint64))
    shares = ((keys >> np.uint64(_DIGITS)) + 0.5) * 2.0 ** (_DIGITS - 64)
    radius, angle = np.sqrt(-2 * np.log(shares[::2])), 2 * np.pi * shares[1::2]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)]).reshape(PATHS, -1)
