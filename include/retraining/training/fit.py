"""Train the candidates of a plan, choose one by the holdout, and let it learn the holdout too. Nothing is written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.columns import encode_target
from include.retraining.errors import DataError, TrainingError
from include.retraining.metrics.bootstrap import bootstrap_estimate, time_blocks
from include.retraining.metrics.catalogue import get_metric, metrics_for, score_all
from include.retraining.results.candidate import Candidate, Trial, Tried
from include.retraining.results.performance import Estimate
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.importance import feature_importance
from include.retraining.training.learn import Load, known, learn
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.predict import predict
from include.retraining.training.tournament import pick_winner
from include.retraining.training.windows import Split, narrow, sliding_length, with_holdout


@dataclass(frozen=True)
class Contestant:
    """A trained candidate: its record, its model, and its predictions of `plan.split.holdout_rows`."""

    record: Tried
    estimator: Any
    prediction: np.ndarray


@dataclass(frozen=True)
class Trained:
    """A fitted challenger with its record, and truth and prediction of each row of `plan.split.holdout_rows`.

    `rows` are those that the estimator has learned, by itself or as the champion that it carries on. The predictions
    are of the model that was compared, which has not learned the holdout, also where the estimator has. `holdout_y` is
    -1 where the class was never seen in training.
    """

    record: Training
    estimator: Any
    rows: pd.DataFrame
    holdout_y: np.ndarray
    holdout_prediction: np.ndarray


def fit(plan: TrainingPlan, spec: ModelSpec, champion: Load | None = None) -> Trained:
    """Train all candidates, one after the other, and make the best one the challenger.

    Raises
    ------
    TrainingError
        When the trainer fails or returns something that cannot predict, or the metric is not defined on the holdout.
    """
    contestants = [contend(plan, spec, candidate, champion) for candidate in plan.candidates]
    return conclude(plan, spec, contestants, champion)


def contend(plan: TrainingPlan, spec: ModelSpec, candidate: Candidate, champion: Load | None = None) -> Contestant:
    """Train one candidate on the rows before the holdout, and let it predict the holdout.

    Raises
    ------
    TrainingError
        When the trainer fails or returns something that cannot predict.
    """
    started = time.monotonic()
    split = narrow(plan.split, spec.data.time, candidate.start)
    estimator = learn(plan, spec, candidate, split, champion)
    try:
        prediction = predict(estimator, plan.split.holdout_rows, plan.columns, spec.task)
    except DataError as error:
        raise _undefined(plan, error) from error
    record = Tried(candidate=candidate, rows=len(split.train_rows), seconds=time.monotonic() - started)
    return Contestant(record, estimator, prediction)


def conclude(
    plan: TrainingPlan, spec: ModelSpec, contestants: Sequence[Contestant], champion: Load | None = None
) -> Trained:
    """Choose among the plan's trained candidates, in its order, and let the chosen one learn the holdout too.

    Raises
    ------
    TrainingError
        When the refit fails, or the metric is not defined on the holdout.
    """
    started = time.monotonic()
    try:
        y = encode_target(plan.split.holdout_rows[spec.data.target], plan.classes)
        chosen = _choose(plan, spec, y, contestants)
        estimate, figures = _measure(spec, y, chosen.prediction)
        trials = _trials(spec, y, contestants, chosen)
    except DataError as error:
        raise _undefined(plan, error) from error
    importance = _importance(plan, spec, chosen.estimator, y)
    parent = plan.champion if chosen.record.candidate.kind == "update" else None
    source = parent or plan  # a champion that goes on learning keeps its parameters
    estimator, split = _final(plan, spec, chosen, champion)
    record = Training(
        training_id=plan.training_id,
        folder=f"trainings/{plan.training_id}",
        trained_at=datetime.now(UTC),
        window=plan.window,
        train=split.train,
        holdout=split.holdout,
        train_rows=len(split.train_rows),
        holdout_rows=len(split.holdout_rows),
        excluded_rows=plan.excluded_rows,
        data_sha256=plan.data_sha256,
        numeric=plan.columns.numeric,
        categorical=plan.columns.categorical,
        classes=plan.classes,
        trainer=spec.trainer.use,
        params=source.params,
        seed=spec.trainer.seed,
        seconds=time.monotonic() - started + sum(one.record.seconds for one in contestants),
        metric=spec.metric,
        holdout_metric=estimate,
        holdout_metrics=figures,
        versions=plan.versions,
        importance=importance,
        refitted=spec.retrain.window.refit,
        learned=chosen.record.candidate,
        trials=trials,
        left_out=plan.left_out,
        parent_id=None if parent is None else parent.training_id,
        search=source.search,
    )
    return Trained(record, estimator, split.train_rows, y, chosen.prediction)


def _final(plan: TrainingPlan, spec: ModelSpec, chosen: Contestant, champion: Load | None) -> tuple[Any, Split]:
    """The model that is to be kept, and the rows that it has learned."""
    candidate = chosen.record.candidate
    if not spec.retrain.window.refit:
        return chosen.estimator, narrow(plan.split, spec.data.time, candidate.start)
    split = with_holdout(plan.split, spec.data.time, _refit_start(plan, spec, candidate))
    return learn(plan, spec, candidate, split, champion), split


def _refit_start(plan: TrainingPlan, spec: ModelSpec, chosen: Candidate) -> datetime:
    """A sliding window keeps its length when it takes in the holdout; the others keep their start."""
    length = sliding_length(spec, plan.length)
    if chosen.name != "sliding" or length is None:
        return chosen.start
    return max(plan.split.train.start, plan.split.holdout.end - length)


def _choose(plan: TrainingPlan, spec: ModelSpec, y: np.ndarray, contestants: Sequence[Contestant]) -> Contestant:
    by_name = {one.record.candidate.name: one for one in contestants}
    if len(by_name) == 1:
        return contestants[0]
    told = known(y, spec)
    winner = pick_winner(
        get_metric(spec.metric, spec.task),
        y[told],
        {name: one.prediction[told] for name, one in by_name.items()},
        blocks=time_blocks(event_times(plan.split.holdout_rows, spec)[told]),
        seed=spec.trainer.seed,
    )
    return by_name[winner]


def _trials(spec: ModelSpec, y: np.ndarray, contestants: Sequence[Contestant], chosen: Contestant) -> tuple[Trial, ...]:
    """What was tried, the chosen one first; nothing when there was no choice."""
    if len(contestants) == 1:
        return ()
    ordered = [chosen, *(one for one in contestants if one is not chosen)]
    return tuple(Trial(**dict(one.record), figure=_measure(spec, y, one.prediction)[0]) for one in ordered)


def _undefined(plan: TrainingPlan, error: DataError) -> TrainingError:
    return TrainingError(f"holdout {plan.split.holdout}: {error}; a longer `retrain.window.holdout` may help")


def event_times(rows: pd.DataFrame, spec: ModelSpec) -> np.ndarray:
    """When each row happened, datetime64, UTC."""
    return np.asarray(rows[spec.data.time].dt.tz_convert(None).to_numpy("datetime64[us]"))


def _measure(spec: ModelSpec, y: np.ndarray, prediction: np.ndarray) -> tuple[Estimate, dict[str, float]]:
    """Evaluate on the rows whose class is known."""
    told = known(y, spec)
    metric = get_metric(spec.metric, spec.task)
    estimate = bootstrap_estimate(
        metric, y[told], prediction[told], confidence=spec.performance.confidence, seed=spec.trainer.seed
    )
    figures = score_all({metric, *metrics_for(spec.task)}, y[told], prediction[told])
    return estimate, dict(sorted(figures.items()))


def _importance(plan: TrainingPlan, spec: ModelSpec, estimator: Any, y: np.ndarray) -> dict[str, float]:
    told, metric = known(y, spec), get_metric(spec.metric, spec.task)
    rows = plan.split.holdout_rows[told]
    return feature_importance(
        estimator, rows, y[told], plan.columns, task=spec.task, metric=metric, seed=spec.trainer.seed
    )
