"""One false-alarm rate for all tests on a batch together."""

from collections.abc import Sequence

import numpy as np

CORRECTION = "Holm"


def holm_level(p_values: Sequence[float], rate: float) -> float:
    """Level at which each p-value is to be judged so that any false alarm has at most probability `rate`.

    Holm's step-down procedure rejects the R smallest p-values; the same ones are those at or below the level
    of its last rejecting step, rate / (number of tests - R + 1). Holds for any dependence between the tests.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> holm_level([0.001, 0.004, 0.5], 0.01)
    0.005
    """
    tests = len(p_values)
    if not tests:
        return rate
    steps = rate / np.arange(tests, 0, -1)
    passed = np.sort(np.asarray(p_values)) <= steps
    rejected = tests if passed.all() else int(np.argmin(passed))
    return float(steps[max(rejected, 1) - 1])
