"""One false-alarm rate for all tests on a batch together.

Each column, and each relation between columns, has an equal share of the rate. A column divides its own among its
tests by what they are for: most goes to a shift, the commonest change, and little to findings that are either
absent or plain. In 50 columns, the critical value of a shift is then 3.77 standard deviations instead of 3.72 if
nothing else were tested; with four equal tests it would be 4.06.
"""

from collections.abc import Sequence

import numpy as np

from include.retraining.results.record import Kind

CORRECTION = "Holm"
_RARE: dict[Kind, dict[str, float]] = {
    "numeric": {"null_rate": 0.1, "infinite_rate": 0.01},
    "categorical": {"null_rate": 0.1, "unseen_categories": 0.01},
}
"""Shares of findings on rows that are out of the ordinary: kept for them whether they are there or not."""
_WEIGHTS = {"van_der_waerden": 20.0}
"""How the other tests divide the rest: most for a shift; any other test counts 1."""


def level_shares(tests: Sequence[str], kind: Kind | None) -> list[float]:
    """Share of a column's level for each of its tests, by name; at most 1 in sum.

    Parameters
    ----------
    tests
        Names of the tests that said something.
    kind
        Kind of the column; None for a relation between columns, which has no nulls of its own.

    Examples
    --------
    >>> tests = ["null_rate", "van_der_waerden", "klotz", "kolmogorov_smirnov"]
    >>> [round(share, 2) for share in level_shares(tests, "numeric")]
    [0.1, 0.81, 0.04, 0.04]
    """
    rare = {} if kind is None else _RARE[kind]
    weights = [0.0 if test in rare else _WEIGHTS.get(test, 1.0) for test in tests]
    rest = (1 - sum(rare.values())) / max(sum(weights), 1.0)
    return [rare.get(test, rest * weight) for test, weight in zip(tests, weights, strict=True)]


def holm_level(p_values: Sequence[float], shares: Sequence[float], columns: int, rate: float) -> float:
    """Level of a column at which any false alarm has at most probability `rate`.

    A test is judged at its share of the level. Holm's step-down procedure with weights rejects the tests with the
    smallest ratios of p-value to share; the same ones are those at or below their share of the level of its last
    rejecting step, rate / (columns - shares rejected before). Holds for any dependence between the tests.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979),
    section 4.

    Examples
    --------
    >>> holm_level([0.001, 0.004, 0.5], [1.0, 1.0, 1.0], 3, 0.01)
    0.005
    """
    if not len(p_values):
        return rate
    weights = np.asarray(shares, float)
    ratios = np.asarray(p_values, float) / weights
    order = np.argsort(ratios, kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    steps = rate / (columns - before)
    passed = ratios[order] <= steps
    rejected = len(steps) if passed.all() else int(np.argmin(passed))
    return float(steps[max(rejected, 1) - 1])
