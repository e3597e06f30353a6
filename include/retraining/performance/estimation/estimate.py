"""Estimated performance of a champion on rows without labels: fit at training, adapt to a batch, estimate."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from include.retraining.metrics.catalogue import Metric
from include.retraining.metrics.figures import write_figure
from include.retraining.performance.estimation.confidence import (
    ConfidenceEstimator,
    expect,
    expected_values,
    fit_confidence,
)
from include.retraining.performance.estimation.intervals import Expected, within_range
from include.retraining.performance.estimation.losses import NEEDED, LossEstimator, expect_losses, fit_losses
from include.retraining.performance.estimation.reweighting import Holdout, reweight
from include.retraining.performance.estimation.support import outside_share
from include.retraining.results.estimation import Estimated
from include.retraining.spec.model import Task

PerformanceEstimator = ConfidenceEstimator | LossEstimator
Method = Literal["calibrated_confidence", "reweighted_confidence", "loss_model"]

# More rows than that beyond the reference may hide a drop that is not tolerated: as many as the default tolerance.
MAXIMUM_OUTSIDE = 0.05
# Standard errors by which the share must exceed it: in a batch of 150 rows chance alone makes 8% of 5%.
CLEARLY = 1.645

ASSUMPTIONS: dict[Method, str] = {
    "calibrated_confidence": "no concept drift: a score means the same chance of each class as on the holdout",
    "reweighted_confidence": "no concept drift: features mean the same chance of each class as on the holdout",
    "loss_model": "no concept drift: errors depend on the features as they did on the holdout",
}


@dataclass(frozen=True)
class Adapted:
    """An estimator made ready for the rows of one batch.

    Where it was weighted, `plain` is the one without weights, and `remaining` the share of the move that weights miss.
    """

    estimator: PerformanceEstimator
    method: Method
    extrapolating_share: float = 0.0
    note: str = ""
    plain: ConfidenceEstimator | None = None
    remaining: float = 0.0


def fit_estimator(
    task: Task, holdout: Holdout, *, metrics: Collection[str] = tuple(NEEDED), seed: int = 0
) -> PerformanceEstimator:
    """Learn on a champion's holdout how its performance can be told without labels.

    Parameters
    ----------
    metrics
        For a regression, names of the metrics that will be estimated; a classifier's estimator serves all.

    Raises
    ------
    DataError
        When the holdout has too few labelled rows, or too few of a class.
    """
    if task == "regression":
        return fit_losses(
            holdout.y,
            holdout.prediction,
            holdout.features,
            categorical=holdout.categorical,
            metrics=metrics,
            seed=seed,
        )
    return fit_confidence(task, holdout.y, holdout.prediction, seed=seed)


def adapt(
    estimator: PerformanceEstimator,
    prediction: np.ndarray,
    features: np.ndarray,
    *,
    holdout: Holdout | None,
    seed: int = 0,
) -> Adapted:
    """Look at where a batch lies before its performance is estimated, once for all metrics.

    With the holdout, rows that lie outside of what the champion has seen are counted, and a classifier's probabilities
    are recalibrated on a holdout weighted to resemble the batch, where that is called for and can be trusted.
    """
    method: Method = "loss_model" if isinstance(estimator, LossEstimator) else "calibrated_confidence"
    finite = _finite(prediction)
    prediction, features = prediction[finite], features[finite]
    if holdout is None or not len(prediction):
        return Adapted(estimator, method)
    known = holdout.features if holdout.known is None else holdout.known
    share = outside_share(known, features, categorical=holdout.categorical, seed=seed)
    if isinstance(estimator, LossEstimator):
        return Adapted(estimator, method, share)
    found = reweight(estimator, holdout, prediction, features, seed=seed)
    if not found.estimator.weighted:
        return Adapted(estimator, method, share, found.note)
    return Adapted(found.estimator, "reweighted_confidence", share, found.note, estimator, found.remaining)


def estimate(
    adapted: Adapted,
    prediction: np.ndarray,
    features: np.ndarray,
    metrics: Sequence[Metric],
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Estimated, ...]:
    """Estimate metrics on rows whose labels are not there yet, in the order given.

    Rows without a finite prediction are left out. What cannot be estimated comes back as such, with the reason.
    """
    finite = _finite(prediction)
    prediction, features = prediction[finite], features[finite]
    if not len(prediction):
        return tuple(_not_estimable(adapted, metric, 0, confidence, "no row has a prediction") for metric in metrics)
    if isinstance(adapted.estimator, LossEstimator):
        found = expect_losses(adapted.estimator, prediction, features, metrics, seed=seed)
    else:
        found = expect(adapted.estimator, prediction, metrics, seed=seed)
        if adapted.plain is not None:
            found = _widened(found, expected_values(adapted.plain, prediction, metrics), adapted.remaining, seed)
    return tuple(
        _estimated(adapted, metric, one, len(prediction), confidence)
        for metric, one in zip(metrics, found, strict=True)
    )


def _widened(found: list[Expected], plain: list[float], remaining: float, seed: int) -> list[Expected]:
    """Count as error what weights moved an estimate by, times the share of the move that they miss."""
    return [
        replace(one, spread=one.spread.widened(abs(one.value - without) * remaining, seed)) if one.spread else one
        for one, without in zip(found, plain, strict=True)
    ]


def _estimated(adapted: Adapted, metric: Metric, found: Expected, n: int, confidence: float) -> Estimated:
    spread = found.spread
    if spread is None or not np.isfinite(found.value):
        if isinstance(adapted.estimator, LossEstimator) and metric.name not in adapted.estimator.bias:
            why = f"expected errors give {', '.join(adapted.estimator.bias)} only"
        else:
            why = f"{metric.undefined} in most draws of {n:,} labels"
        return _not_estimable(adapted, metric, n, confidence, why)
    value = within_range(metric, found.value)
    low, high = (within_range(metric, value + offset) for offset in spread.realised(confidence))
    expected_low, expected_high = (within_range(metric, value + offset) for offset in spread.expected(confidence))
    outside = _clearly_outside(adapted.extrapolating_share, n)
    return Estimated(
        verdict="outside_reference" if outside else "estimated",
        metric=metric.name,
        value=value,
        low=min(low, value),
        high=max(high, value),
        expected_low=min(expected_low, value),
        expected_high=max(expected_high, value),
        error=spread.error,
        confidence=confidence,
        n=n,
        method=adapted.method,
        assumption=ASSUMPTIONS[adapted.method],
        extrapolating_share=adapted.extrapolating_share,
        bias=found.bias,
        text=_outside(metric, adapted) if outside else _sentence(metric, value, low, high, n, adapted),
    )


def _clearly_outside(share: float, n: int) -> bool:
    """Whether more rows lie outside than may be, by more than the sampling error of their share (one-sided 95%)."""
    return share - CLEARLY * float(np.sqrt(share * (1 - share) / n)) > MAXIMUM_OUTSIDE


def _sentence(metric: Metric, value: float, low: float, high: float, n: int, adapted: Adapted) -> str:
    figures = f"{write_figure(value)} ({write_figure(low)} to {write_figure(high)})"
    text = f"{_start(metric)} {figures} estimated on {n:,} rows without labels, assuming {ASSUMPTIONS[adapted.method]}."
    return f"{text} {adapted.note}".strip()


def _outside(metric: Metric, adapted: Adapted) -> str:
    return (
        f"{_start(metric)} cannot be estimated: {adapted.extrapolating_share:.0%} of the rows "
        f"lie where the reference has none, and nothing is known about errors there. {adapted.note}"
    ).strip()


def _not_estimable(adapted: Adapted, metric: Metric, n: int, confidence: float, why: str) -> Estimated:
    return Estimated(
        verdict="not_estimable",
        metric=metric.name,
        value=None,
        low=None,
        high=None,
        expected_low=None,
        expected_high=None,
        error=None,
        confidence=confidence,
        n=n,
        method=adapted.method,
        assumption=ASSUMPTIONS[adapted.method],
        extrapolating_share=adapted.extrapolating_share,
        bias=None,
        text=f"{_start(metric)} cannot be estimated: {why}.",
    )


def _start(metric: Metric) -> str:
    return metric.label[0].upper() + metric.label[1:]


def _finite(prediction: np.ndarray) -> np.ndarray:
    finite = np.isfinite(prediction)
    return np.asarray(finite.all(axis=1) if finite.ndim == 2 else finite)
