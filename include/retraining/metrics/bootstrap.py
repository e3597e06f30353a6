"""Intervals by the bootstrap: rows are drawn again with replacement, as counts that serve as weights.

Percentile intervals after Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
Rows count as independent: where rows come in clusters (flights of one stormy day), true intervals are wider.

A resample on which the metric is not defined (only one class was drawn) is left out; when fewer than
half of the resamples remain, the metric counts as not defined on these rows.
"""

from collections.abc import Callable

import numpy as np

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.results import Estimate

# At least 1000 for percentile limits: Efron and Tibshirani (1993), chapter 19.
RESAMPLES = 1000
# With many rows intervals are narrow, and time is better spent: at most so many drawn rows ...
MAXIMUM_DRAWS = 50_000_000
# ... but never fewer resamples than this: ample for a standard error (Efron and Tibshirani 1993, chapter 6).
MINIMUM_RESAMPLES = 200
# Share of the resamples on which the metric must be defined.
MINIMUM_DEFINED = 0.5

Rows = tuple[np.ndarray, np.ndarray]


def bootstrap_estimate(
    metric: Metric, y: np.ndarray, prediction: np.ndarray, *, confidence: float, seed: int, resamples: int = RESAMPLES
) -> Estimate:
    """Estimate a metric on rows with its percentile interval.

    Raises
    ------
    DataError
        When the metric is not defined on these rows.
    """
    evaluate = metric.evaluator(y, prediction)
    return _estimate(metric, lambda draw: evaluate(draw(len(y))), len(y), len(y), confidence, seed, resamples)


def bootstrap_gain(
    metric: Metric,
    y: np.ndarray,
    old: np.ndarray,
    new: np.ndarray,
    *,
    confidence: float,
    seed: int,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Estimate how much better `new` predicts than `old`, paired: both see the same resampled rows.

    Positive is better, whichever way the metric points.

    Raises
    ------
    DataError
        When the metric is not defined on these rows.
    """
    evaluate_old, evaluate_new = metric.evaluator(y, old), metric.evaluator(y, new)

    def gain(draw: Callable[[int], np.ndarray]) -> float:
        weights = draw(len(y))
        return metric.gain(evaluate_old(weights), evaluate_new(weights))

    return _estimate(metric, gain, len(y), len(y), confidence, seed, resamples)


def bootstrap_drop(
    metric: Metric, reference: Rows, current: Rows, *, confidence: float, seed: int, resamples: int = RESAMPLES
) -> Estimate:
    """Estimate how much worse a metric is on `current` rows than on `reference` rows.

    Both are (y, prediction); the samples are independent, so each is resampled by itself
    (Efron and Tibshirani 1993, chapter 8). Positive is worse; `n` counts the current rows.

    Raises
    ------
    DataError
        When the metric is not defined on one of the samples.
    """
    evaluate_reference, evaluate_current = metric.evaluator(*reference), metric.evaluator(*current)
    n_reference, n_current = len(reference[0]), len(current[0])

    def drop(draw: Callable[[int], np.ndarray]) -> float:
        return metric.gain(evaluate_current(draw(n_current)), evaluate_reference(draw(n_reference)))

    return _estimate(metric, drop, n_current, n_current + n_reference, confidence, seed, resamples)


def _estimate(
    metric: Metric,
    statistic: Callable[[Callable[[int], np.ndarray]], float],
    n: int,
    drawn: int,
    confidence: float,
    seed: int,
    resamples: int,
) -> Estimate:
    """Evaluate a statistic on the rows themselves and on resamples of them."""
    resamples = min(resamples, max(MINIMUM_RESAMPLES, MAXIMUM_DRAWS // drawn))
    generator = np.random.default_rng(seed)

    def draw(size: int) -> np.ndarray:
        return np.bincount(generator.integers(0, size, size), minlength=size).astype(float)

    value = statistic(np.ones)
    values = np.array([statistic(draw) for _ in range(resamples)])
    values = values[np.isfinite(values)]
    if not np.isfinite(value) or len(values) < MINIMUM_DEFINED * resamples:
        message = f"{metric.label} is not defined on these {n} rows: {metric.undefined}"
        raise DataError(message)
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), confidence=confidence, n=n)
