"""Intervals by the bootstrap: rows are drawn again with replacement, as counts that serve as weights.

Percentile intervals after Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
Rows count as independent unless blocks are given: where rows come in clusters (flights of one stormy day), blocks of
time are drawn instead of rows, each with all of its rows (the block bootstrap: H. R. Kuensch, Annals of Statistics 17
(1989); Davison and Hinkley 1997, Bootstrap Methods and their Application, section 8.2).

A resample on which the metric is not defined (only one class was drawn) is left out; when fewer than
half of the resamples remain, the metric counts as not defined on these rows.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.results.performance import Estimate

# At least 1000 for percentile limits: Efron and Tibshirani (1993), chapter 19.
RESAMPLES = 1000
# With many rows intervals are narrow, and time is better spent: at most so many drawn rows ...
MAXIMUM_DRAWS = 50_000_000
# ... but never fewer resamples than this: ample for a standard error (Efron and Tibshirani 1993, chapter 6).
MINIMUM_RESAMPLES = 200
# Blocks that a span of time is cut into: the days of two weeks. Fewer say little about their spread, more tear apart
# what belongs together.
TIME_BLOCKS = 14
# Share of the resamples on which the metric must be defined.
MINIMUM_DEFINED = 0.5
# Resampled metrics that a process remembers: a replay asks for the same champion's holdout, and each of its segments,
# with every interval.
MAXIMUM_REMEMBERED = 256

_Statistic = Callable[[Callable[[int], np.ndarray]], float]
"""Takes what draws weights for so many rows, or blocks of them."""


def bootstrap_estimate(
    metric: Metric, y: np.ndarray, prediction: np.ndarray, *, confidence: float, seed: int, resamples: int = RESAMPLES
) -> Estimate:
    """Estimate a metric on rows with its percentile interval.

    Raises
    ------
    DataError
        When the metric is not defined on these rows.
    """
    return resample(metric, y, prediction, seed=seed, resamples=resamples).estimate(confidence)


def bootstrap_all(
    metrics: Iterable[Metric],
    y: np.ndarray,
    prediction: np.ndarray,
    *,
    confidence: float,
    seed: int,
    resamples: int = MINIMUM_RESAMPLES,
) -> dict[str, Estimate]:
    """Estimate several metrics on the same resamples, by name; those not defined on these rows are left out."""
    chosen = list(metrics)
    evaluators = [metric.evaluator(y, prediction) for metric in chosen]
    generator, n = np.random.default_rng(seed), len(y)
    draws = (_weights(generator, n) for _ in range(resamples))
    values = np.array([[evaluate(weights) for evaluate in evaluators] for weights in draws])
    found = {}
    for metric, evaluate, drawn in zip(chosen, evaluators, values.T, strict=True):
        try:
            found[metric.name] = _interval(metric, evaluate(np.ones(n)), drawn, n, confidence)
        except DataError:  # one class only, for example
            continue
    return found


def bootstrap_gain(
    metric: Metric,
    y: np.ndarray,
    old: np.ndarray,
    new: np.ndarray,
    *,
    confidence: float,
    seed: int,
    resamples: int = RESAMPLES,
    blocks: np.ndarray | None = None,
) -> Estimate:
    """Estimate how much better `new` predicts than `old`, paired: both see the same resampled rows.

    Positive is better, whichever way the metric points.

    Parameters
    ----------
    blocks
        Number of each row's block, from 0, as `time_blocks` gives it; rows of a block are drawn together.

    Raises
    ------
    DataError
        When the metric is not defined on these rows.
    """
    if blocks is None:
        drawn, (evaluate_old, evaluate_new) = len(y), (metric.evaluator(y, one) for one in (old, new))
    else:
        drawn = int(blocks.max()) + 1
        evaluate_old, evaluate_new = (metric.block_evaluator(y, one, blocks) for one in (old, new))

    def gain(draw: Callable[[int], np.ndarray]) -> float:
        weights = draw(drawn)
        return metric.gain(evaluate_old(weights), evaluate_new(weights))

    found = _interval(metric, *_evaluate(gain, _count(len(y), resamples), seed), len(y), confidence)
    if blocks is None:
        return found
    # few blocks vary less among themselves than their source does, by (B - 1) / B in variance
    count = max(drawn, 2)
    wider = float(np.sqrt(count / (count - 1)))
    low, high = (found.value + wider * (bound - found.value) for bound in (found.low, found.high))
    return found.model_copy(update={"low": low, "high": high})


def widen_for_blocks(gain: Estimate, blocks: np.ndarray) -> Estimate:
    """Limits of Student's t in the place of the normal ones: the spread itself is estimated from few blocks.

    With 14 blocks percentile limits of 95% call one of 16 pairs of equal models better, these one of 40
    (R. Ibragimov and U. K. Mueller, Journal of Business and Economic Statistics 28 (2010), for t with few groups).
    """
    freedom, quantile = max(int(blocks.max()), 1), (1 + gain.confidence) / 2
    wider = float(stdtrit(freedom, quantile) / ndtri(quantile))
    low, high = (gain.value + wider * (bound - gain.value) for bound in (gain.low, gain.high))
    return gain.model_copy(update={"low": low, "high": high})


def time_blocks(times: np.ndarray, count: int = TIME_BLOCKS) -> np.ndarray:
    """Cut rows into blocks of equal spans of time; blocks without a row have no number.

    Parameters
    ----------
    times
        datetime64 of each row, in any order.

    Examples
    --------
    >>> time_blocks(np.array(["2024-01-01", "2024-01-02", "2024-01-08"], "datetime64[s]"), count=7).tolist()
    [0, 1, 2]
    """
    moments = times.astype("datetime64[us]").astype(np.int64)
    span = max(int(moments.max() - moments.min()), 1)
    places = np.minimum((moments - moments.min()) * count // span, count - 1)
    found: np.ndarray = np.unique(places, return_inverse=True)[1]
    return found


@dataclass(frozen=True)
class Resampled:
    """A metric on rows, and on resamples of them; `n` is the number of rows."""

    metric: Metric
    value: float
    values: np.ndarray
    n: int

    def estimate(self, confidence: float) -> Estimate:
        """The metric with its percentile interval.

        Raises
        ------
        DataError
            When the metric is not defined on these rows.
        """
        return _interval(self.metric, self.value, self.values, self.n, confidence)


_remembered: dict[tuple[Metric, bytes, bytes, int, int], Resampled] = {}


def resample(
    metric: Metric, y: np.ndarray, prediction: np.ndarray, *, seed: int, resamples: int = RESAMPLES
) -> Resampled:
    """Evaluate a metric on rows and on resamples of them, NaN where it is not defined; remembered by content."""
    key = metric, _digest(y), _digest(prediction), seed, resamples
    if key not in _remembered:
        evaluate, n = metric.evaluator(y, prediction), len(y)
        value, values = _evaluate(lambda draw: evaluate(draw(n)), _count(n, resamples), seed)
        values.flags.writeable = False
        if len(_remembered) == MAXIMUM_REMEMBERED:
            _remembered.pop(next(iter(_remembered)))
        _remembered[key] = Resampled(metric, value, values, n)
    return _remembered[key]


def drop_between(reference: Resampled, current: Resampled, confidence: float) -> Estimate:
    """Estimate how much worse a metric is on current rows than on reference rows.

    The samples are independent, so each is resampled by itself (Efron and Tibshirani 1993, chapter 8), with a seed of
    its own. Positive is worse; `n` counts the current rows.

    Raises
    ------
    DataError
        When the metric is not defined on one of the samples.
    """
    metric, pairs = current.metric, zip(current.values, reference.values, strict=False)
    values = np.array([metric.gain(now, then) for now, then in pairs])
    return _interval(metric, metric.gain(current.value, reference.value), values, current.n, confidence)


def _count(n: int, resamples: int) -> int:
    return min(resamples, max(MINIMUM_RESAMPLES, MAXIMUM_DRAWS // n))


def _evaluate(statistic: _Statistic, resamples: int, seed: int) -> tuple[float, np.ndarray]:
    """Evaluate a statistic on the rows, or blocks of them, and on resamples of these."""
    generator = np.random.default_rng(seed)

    def draw(size: int) -> np.ndarray:
        return _weights(generator, size)

    return statistic(np.ones), np.array([statistic(draw) for _ in range(resamples)])


def _weights(generator: np.random.Generator, size: int) -> np.ndarray:
    """How often each row, or block, is drawn."""
    return np.bincount(generator.integers(0, size, size), minlength=size).astype(float)


def _interval(metric: Metric, value: float, values: np.ndarray, n: int, confidence: float) -> Estimate:
    known = values[np.isfinite(values)]
    if not np.isfinite(value) or len(known) < MINIMUM_DEFINED * len(values):
        message = f"{metric.label} is not defined on these {n} rows: {metric.undefined}"
        raise DataError(message)
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), confidence=confidence, n=n)


def _digest(values: np.ndarray) -> bytes:
    plain = np.ascontiguousarray(values)
    return hashlib.blake2b(plain.tobytes(), key=f"{plain.dtype} {plain.shape}".encode()).digest()
