"""Fit a planned challenger and measure it on its holdout. Nothing is written here."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from include.retraining.columns import encode_target
from include.retraining.errors import DataError, TrainingError
from include.retraining.metrics.bootstrap import bootstrap_estimate
from include.retraining.metrics.catalogue import get_metric, metrics_for, score_all
from include.retraining.registry import resolve
from include.retraining.results import Estimate, Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.importance import feature_importance
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.predict import predict
from include.retraining.training.threads import limited_threads


@dataclass(frozen=True)
class Trained:
    """A fitted challenger with its record, and truth and prediction of each row of `plan.split.holdout_rows`.

    `holdout_y` is -1 where the class was never seen in training.
    """

    record: Training
    estimator: Any
    holdout_y: np.ndarray
    holdout_prediction: np.ndarray


def fit(plan: TrainingPlan, spec: ModelSpec) -> Trained:
    """Train the challenger that a plan describes.

    Raises
    ------
    TrainingError
        When the trainer fails or returns something that cannot predict, or the metric is not defined on the holdout.
    """
    started = time.monotonic()
    estimator = _build_and_fit(plan, spec)
    seconds = time.monotonic() - started
    holdout_rows = plan.split.holdout_rows
    try:
        y = encode_target(holdout_rows[spec.data.target], plan.classes)
        prediction = predict(estimator, holdout_rows, plan.columns, spec.task)
        estimate, figures = _measure(spec, y, prediction)
    except DataError as error:
        message = f"holdout {plan.split.holdout}: {error}; a longer `retrain.window.holdout` may help"
        raise TrainingError(message) from error
    record = Training(
        training_id=plan.training_id,
        folder=f"trainings/{plan.training_id}",
        trained_at=datetime.now(UTC),
        window=plan.window,
        train=plan.split.train,
        holdout=plan.split.holdout,
        train_rows=len(plan.split.train_rows),
        holdout_rows=len(holdout_rows),
        excluded_rows=plan.excluded_rows,
        data_sha256=plan.data_sha256,
        numeric=plan.columns.numeric,
        categorical=plan.columns.categorical,
        classes=plan.classes,
        trainer=spec.trainer.use,
        params=spec.trainer.params,
        seed=spec.trainer.seed,
        seconds=seconds,
        metric=spec.metric,
        holdout_metric=estimate,
        holdout_metrics=figures,
        versions=plan.versions,
        importance=_importance(plan, spec, estimator, y),
    )
    return Trained(record, estimator, y, prediction)


def _build_and_fit(plan: TrainingPlan, spec: ModelSpec) -> Any:
    rows, name = plan.split.train_rows, spec.trainer.use
    y = encode_target(rows[spec.data.target], plan.classes)
    build = resolve("trainer", name)
    try:
        estimator = build(plan.columns, spec.task, dict(spec.trainer.params), spec.trainer.seed)
        with limited_threads():
            estimator.fit(rows[plan.columns.features], y)
    except TrainingError:
        raise
    except Exception as error:  # a trainer may be the user's own code: whatever it raises names the trainer
        message = (
            f"trainer {name!r} failed on {len(rows):,} rows of {plan.split.train}: {type(error).__name__}: {error}"
        )
        raise TrainingError(message) from error
    needed = "predict" if spec.task == "regression" else "predict_proba"
    if not hasattr(estimator, needed):
        message = f"trainer {name!r} returned a {type(estimator).__name__} without `{needed}`, which {spec.task} needs"
        raise TrainingError(message)
    return estimator


def _measure(spec: ModelSpec, y: np.ndarray, prediction: np.ndarray) -> tuple[Estimate, dict[str, float]]:
    """Evaluate on the rows whose class is known."""
    known = _known(y, spec)
    metric = get_metric(spec.metric, spec.task)
    estimate = bootstrap_estimate(
        metric, y[known], prediction[known], confidence=spec.performance.confidence, seed=spec.trainer.seed
    )
    figures = score_all({metric, *metrics_for(spec.task)}, y[known], prediction[known])
    return estimate, dict(sorted(figures.items()))


def _importance(plan: TrainingPlan, spec: ModelSpec, estimator: Any, y: np.ndarray) -> dict[str, float]:
    known, metric = _known(y, spec), get_metric(spec.metric, spec.task)
    rows = plan.split.holdout_rows[known]
    return feature_importance(
        estimator, rows, y[known], plan.columns, task=spec.task, metric=metric, seed=spec.trainer.seed
    )


def _known(y: np.ndarray, spec: ModelSpec) -> np.ndarray:
    """Which rows have a target that the model knows."""
    return np.isfinite(y) if spec.task == "regression" else y >= 0
