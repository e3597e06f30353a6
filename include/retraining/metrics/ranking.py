"""Metrics of how well a score ranks two classes.

Each function sorts once and returns an evaluator that takes row weights, so that
a bootstrap pays for the sorting only once. Sums of products are written out in all metrics: `@` would
share them among BLAS threads, which at these sizes costs twice the CPU time and waits for busy cores.
"""

from collections.abc import Callable

import numpy as np

Evaluate = Callable[[np.ndarray], float]


def roc_auc(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Chance that a positive row scores above a negative one, ties counted half.

    The Mann-Whitney statistic over the number of pairs: Hanley and McNeil (1982),
    Radiology 143(1), 29-36. NaN when one class has no weight.
    """
    positive, negative = np.flatnonzero(y == 1), np.flatnonzero(y != 1)
    swapped = len(positive) > len(negative)  # fewer look-ups, when the rarer class is placed among the other
    few, many = (negative, positive) if swapped else (positive, negative)
    many = many[np.argsort(prediction[many], kind="stable")]
    limits = [np.searchsorted(prediction[many], prediction[few], side) for side in ("left", "right")]

    def evaluate(weights: np.ndarray) -> float:
        below = np.zeros(len(many) + 1)
        np.cumsum(weights[many], out=below[1:])
        placed, total = weights[few], below[-1]
        pairs = placed.sum() * total
        if not pairs > 0:
            return float("nan")
        share = float((placed * (below[limits[0]] + below[limits[1]])).sum() / (2 * pairs))
        return 1 - share if swapped else share

    return evaluate


def roc_auc_by_block(y: np.ndarray, prediction: np.ndarray, blocks: np.ndarray) -> Evaluate:
    """The same, by weights of blocks of rows.

    How often positive rows of one block score above negative ones of another is counted once for each pair of blocks:
    a resample of whole blocks then looks at no row.
    """
    count, positive = int(blocks.max()) + 1, y == 1
    order = np.argsort(prediction[~positive], kind="stable")
    ordered, places = prediction[~positive][order], blocks[~positive][order]
    limits = [np.searchsorted(ordered, prediction[positive], side) for side in ("left", "right")]
    wins, below = np.empty((count, count)), np.zeros(len(ordered) + 1)
    for block in range(count):
        np.cumsum(places == block, out=below[1:])
        won = (below[limits[0]] + below[limits[1]]) / 2
        wins[:, block] = np.bincount(blocks[positive], weights=won, minlength=count)
    positives, negatives = (np.bincount(blocks[rows], minlength=count) for rows in (positive, ~positive))

    def evaluate(weights: np.ndarray) -> float:
        pairs = (weights * positives).sum() * (weights * negatives).sum()
        if not pairs > 0:
            return float("nan")
        return float((weights[:, None] * wins * weights).sum() / pairs)

    return evaluate


def average_precision(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Precision averaged over the steps of recall, without interpolation.

    AP = sum over thresholds of (R_n - R_(n-1)) * P_n: Manning, Raghavan and Schütze (2008),
    Introduction to Information Retrieval, section 8.4. NaN without positives.
    """
    order = np.argsort(-prediction, kind="stable")
    positive = (y[order] == 1).astype(float)
    group = _group_sums(prediction[order])

    def evaluate(weights: np.ndarray) -> float:
        sorted_weights = weights[order]
        positives = group(sorted_weights * positive)
        found, seen = np.cumsum(positives), np.cumsum(group(sorted_weights))
        if not found[-1] > 0:
            return float("nan")
        precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
        return float((positives * precision).sum() / found[-1])

    return evaluate


def _group_sums(ordered: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Sum weights over rows of equal score; `ordered` holds the scores, sorted."""
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    if len(starts) == len(ordered):
        return lambda weights: weights
    return lambda weights: np.add.reduceat(weights, starts)
