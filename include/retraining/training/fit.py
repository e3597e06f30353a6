"""Fit a planned challenger and measure it on its holdout. Nothing is written here."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.columns import encode_target
from include.retraining.errors import DataError, TrainingError
from include.retraining.metrics.bootstrap import bootstrap_estimate, time_blocks
from include.retraining.metrics.catalogue import get_metric, metrics_for, score_all
from include.retraining.registry import resolve
from include.retraining.results import Estimate, Training, WindowTrial
from include.retraining.spec.model import ModelSpec
from include.retraining.training.importance import feature_importance
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.predict import predict
from include.retraining.training.threads import limited_threads
from include.retraining.training.tournament import pick_winner
from include.retraining.training.windows import narrow, sliding_length, with_holdout


@dataclass(frozen=True)
class Trained:
    """A fitted challenger with its record, and truth and prediction of each row of `plan.split.holdout_rows`.

    `rows` are those that the estimator has learned. The predictions are of the model that was compared, which has not
    learned the holdout, also where the estimator has. `holdout_y` is -1 where the class was never seen in training.
    """

    record: Training
    estimator: Any
    rows: pd.DataFrame
    holdout_y: np.ndarray
    holdout_prediction: np.ndarray


def fit(plan: TrainingPlan, spec: ModelSpec) -> Trained:
    """Train a model on each candidate window, choose one by the holdout, and let it learn the holdout too.

    Raises
    ------
    TrainingError
        When the trainer fails or returns something that cannot predict, or the metric is not defined on the holdout.
    """
    started = time.monotonic()
    holdout_rows = plan.split.holdout_rows
    try:
        y = encode_target(holdout_rows[spec.data.target], plan.classes)
        estimators, predictions = {}, {}
        for name, start in plan.starts.items():
            rows = narrow(plan.split, spec.data.time, start).train_rows
            estimators[name] = fit_rows(plan, spec, rows)
            predictions[name] = predict(estimators[name], holdout_rows, plan.columns, spec.task)
        chosen = _choose(plan, spec, y, predictions)
        estimate, figures = _measure(spec, y, predictions[chosen])
        trials = _trials(plan, spec, y, predictions, chosen)
    except DataError as error:
        message = f"holdout {plan.split.holdout}: {error}; a longer `retrain.window.holdout` may help"
        raise TrainingError(message) from error
    estimator, split = estimators[chosen], narrow(plan.split, spec.data.time, plan.starts[chosen])
    importance = _importance(plan, spec, estimator, y)
    if spec.retrain.window.refit:
        split = with_holdout(plan.split, spec.data.time, _refit_start(plan, spec, chosen))
        estimator = fit_rows(plan, spec, split.train_rows)
    record = Training(
        training_id=plan.training_id,
        folder=f"trainings/{plan.training_id}",
        trained_at=datetime.now(UTC),
        window=plan.window,
        train=split.train,
        holdout=split.holdout,
        train_rows=len(split.train_rows),
        holdout_rows=len(holdout_rows),
        excluded_rows=plan.excluded_rows,
        data_sha256=plan.data_sha256,
        numeric=plan.columns.numeric,
        categorical=plan.columns.categorical,
        classes=plan.classes,
        trainer=spec.trainer.use,
        params=spec.trainer.params,
        seed=spec.trainer.seed,
        seconds=time.monotonic() - started,
        metric=spec.metric,
        holdout_metric=estimate,
        holdout_metrics=figures,
        versions=plan.versions,
        importance=importance,
        refitted=spec.retrain.window.refit,
        trials=trials,
    )
    return Trained(record, estimator, split.train_rows, y, predictions[chosen])


def _refit_start(plan: TrainingPlan, spec: ModelSpec, chosen: str) -> datetime:
    """A sliding window keeps its length when it takes in the holdout; the others keep their start."""
    length = sliding_length(spec, plan.length)
    if chosen != "sliding" or length is None:
        return plan.starts[chosen]
    return max(plan.split.train.start, plan.split.holdout.end - length)


def _choose(plan: TrainingPlan, spec: ModelSpec, y: np.ndarray, predictions: dict[str, np.ndarray]) -> str:
    if len(predictions) == 1:
        return next(iter(predictions))
    known = _known(y, spec)
    return pick_winner(
        get_metric(spec.metric, spec.task),
        y[known],
        {name: prediction[known] for name, prediction in predictions.items()},
        blocks=time_blocks(event_times(plan.split.holdout_rows, spec)[known]),
        seed=spec.trainer.seed,
    )


def _trials(
    plan: TrainingPlan, spec: ModelSpec, y: np.ndarray, predictions: dict[str, np.ndarray], chosen: str
) -> tuple[WindowTrial, ...]:
    """What was tried, the chosen window first; nothing when there was no choice."""
    if len(predictions) == 1:
        return ()
    names = [chosen, *(name for name in predictions if name != chosen)]
    return tuple(
        WindowTrial(
            name=name,
            start=plan.starts[name],
            rows=len(narrow(plan.split, spec.data.time, plan.starts[name]).train_rows),
            figure=_measure(spec, y, predictions[name])[0],
        )
        for name in names
    )


def event_times(rows: pd.DataFrame, spec: ModelSpec) -> np.ndarray:
    """When each row happened, datetime64, UTC."""
    return np.asarray(rows[spec.data.time].dt.tz_convert(None).to_numpy("datetime64[us]"))


def fit_rows(plan: TrainingPlan, spec: ModelSpec, rows: pd.DataFrame) -> Any:
    """Fit the declared trainer to rows; those whose class the plan does not know are left out.

    Raises
    ------
    TrainingError
        When the trainer fails or returns something that cannot predict.
    """
    name = spec.trainer.use
    y = encode_target(rows[spec.data.target], plan.classes)
    known = _known(y, spec)  # a refit meets classes that only the holdout has
    rows, y = rows[known], y[known]
    build = resolve("trainer", name)
    try:
        estimator = build(plan.columns, spec.task, dict(spec.trainer.params), spec.trainer.seed)
        with limited_threads():
            estimator.fit(rows[plan.columns.features], y)
    except TrainingError:
        raise
    except Exception as error:  # a trainer may be the user's own code: whatever it raises names the trainer
        message = f"trainer {name!r} failed on {len(rows):,} rows of {plan.window}: {type(error).__name__}: {error}"
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
