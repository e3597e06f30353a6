"""Did the mean of any of several columns change? Rows are dealt anew to then and now, to see what chance does.

Without weights the test is exact. With weights the earlier rows stand for what the current ones would look like
if nothing but the features had moved; differences are then studentised by the spread expected under just that, so
that the test holds for many rows (E. Chung and J. P. Romano, "Exact and asymptotically robust permutation tests",
Annals of Statistics 41, 2013). The largest difference is compared with the largest of each deal, which accounts for the
number of columns (P. H. Westfall and S. S. Young, "Resampling-based multiple testing", 1993).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

# Smallest p-value 1/2,000: after Holm's correction enough for a hundred tests at 5%.
PERMUTATIONS = 1_999
# Deals are made in portions, to bound memory; once so many of them reach the observed difference,
# it is no more than chance, and dealing ends (J. Besag and P. Clifford, "Sequential Monte Carlo p-values", 1991).
PORTION = 50
ENOUGH = 20
# Least variance of the earlier rows, that of all rows being 1: losses that were all 0 may well not be so any more.
LEAST_VARIANCE = 0.01
# Level at which neighbours are taken to share their errors: a stormy day delays all its flights.
SHARED_LEVEL = 0.05
# Below this share of the spread a difference is rounding.
_TINY = 1e-12


@dataclass(frozen=True)
class Change:
    """The largest studentised difference, now minus then, its column, and its p-value over all columns."""

    statistic: float
    column: int
    p_value: float


def change_of_means(
    then: np.ndarray,
    now: np.ndarray,
    weights: np.ndarray,
    *,
    blocks: np.ndarray | None = None,
    seed: int,
    permutations: int = PERMUTATIONS,
) -> Change:
    """Test whether the columns' means are the same in both samples.

    Parameters
    ----------
    then, now
        Shape (rows, columns), finite; at least two rows each.
    weights
        How much each row of `then` counts, not negative.
    blocks
        Of each row of `then` the day, or another block whose rows may share their errors. Differences count for as
        much less as that makes means vary more. None: rows are independent.
    """
    values, places = _pool(then, now, weights)
    observed = studentised(values, places[None, :])[0]
    if blocks is not None:
        observed = observed / np.sqrt(design_effect(then, blocks))
    column = int(np.argmax(np.abs(observed)))
    generator = np.random.default_rng(seed)
    reached, dealt = 0, 0
    while dealt < permutations and reached < ENOUGH:
        size = min(permutations - dealt, PORTION)
        deals = generator.permuted(np.tile(places, (size, 1)), axis=1)
        largest = np.abs(studentised(values, deals)).max(axis=1)
        reached += int((largest >= abs(observed[column]) - _TINY).sum())
        dealt += size
    return Change(float(observed[column]), column, (1 + reached) / (1 + dealt))


def design_effect(values: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """How much more the means of columns vary because rows of a block are alike; 1 where that is not shown.

    Mean square between blocks over that of all rows (L. Kish, Survey Sampling, 1965, section 5.4: the design effect of
    clusters). The F test against the mean square within blocks decides whether it counts, so that independent rows
    lose nothing.

    Parameters
    ----------
    values
        Shape (rows, columns), of a time in which nothing changed: a change would count as difference between blocks.
    blocks
        The block of each row.

    Returns
    -------
    ndarray of shape (columns,)
        At least 1.
    """
    _, block, rows = np.unique(blocks, return_inverse=True, return_counts=True)
    free_between, free_within = len(rows) - 1, len(values) - len(rows)
    if free_between < 1 or free_within < 1:
        return np.ones(values.shape[1])
    means = np.stack([np.bincount(block, column) for column in values.T], axis=1) / rows[:, None]
    between = (rows[:, None] * (means - values.mean(axis=0)) ** 2).sum(axis=0)
    within = ((values - means[block]) ** 2).sum(axis=0)
    ratio = (between / free_between) / np.maximum(within / free_within, _TINY)
    shared = (fdtrc(free_between, free_within, ratio) <= SHARED_LEVEL) & (within > 0)
    overall = np.maximum((between + within) / (free_between + free_within), _TINY)
    effect: np.ndarray = np.where(shared, np.maximum(between / free_between / overall, 1.0), 1.0)
    return effect


def differences(then: np.ndarray, now: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Studentised difference of each column's mean; arguments as in `change_of_means`."""
    values, places = _pool(then, now, weights)
    found: np.ndarray = studentised(values, places[None, :])[0]
    return found


def _pool(then: np.ndarray, now: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All rows, scaled, and their places: the weight of an earlier row, -1 for a current one."""
    values = np.concatenate([then, now])
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > _TINY, spread, 1.0)
    return values, np.r_[weights / weights.mean(), np.full(len(now), -1.0)]


def studentised(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Difference of each column's mean, now minus then, over its standard error if nothing had changed.

    Parameters
    ----------
    places
        Shape (deals, rows): the weight of a row in the earlier sample, or -1 where it is in the current one.

    Returns
    -------
    ndarray of shape (deals, columns)
    """
    weights = np.where(places < 0, 0.0, places)
    total = weights.sum(axis=1, keepdims=True)
    rows = (places < 0).sum(axis=1, keepdims=True)
    now, then = (places < 0).astype(float) @ values / rows, weights @ values / total
    variance = np.maximum(weights @ values**2 / total - then**2, LEAST_VARIANCE)
    error = np.sqrt(variance * (1 / rows + (weights**2).sum(axis=1, keepdims=True) / total**2))
    result: np.ndarray = (now - then) / error
    return result


def weighted_mean(values: np.ndarray, weights: np.ndarray | None = None) -> tuple[float, float]:
    """Mean and its standard error; rows of weights that were fixed beforehand."""
    weights = np.ones(len(values)) if weights is None else weights
    share = weights / weights.sum()
    mean = float((share * values).sum())
    bias = max(1.0 - float((share**2).sum()), _TINY)
    return mean, float(np.sqrt((share**2 * (values - mean) ** 2).sum() / bias))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that any false alarm among them is as rare as each claims.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, position in enumerate(order.tolist()):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = largest
    return adjusted
