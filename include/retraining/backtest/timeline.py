"""What a policy or a rule did on history: who predicted each interval, and what was trained when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from include.retraining.backtest.ground import Ground
from include.retraining.backtest.policies import Rule
from include.retraining.backtest.replay import finished, finished_point
from include.retraining.backtest.rules import Step
from include.retraining.results.columns import Columns
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Interval
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.workplace import Workplace

Model = tuple[Columns, tuple[str, ...], Any]
"""How to feed a model, its classes, and the estimator."""


@dataclass(frozen=True)
class Predicted:
    """Predictions of one interval's sound rows, and the model that made them."""

    model_id: str
    keys: np.ndarray
    prediction: np.ndarray
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Trained:
    """A training at the end of an interval; `before` is the model that reigned then."""

    interval: Interval
    model_id: str
    before: str
    why: tuple[str, ...]
    rows: int
    fits: int
    seconds: float
    promoted: bool


@dataclass(frozen=True)
class Timeline:
    """All of it; `load` gives a model by its name."""

    name: str
    kind: Literal["policy", "rule"]
    predicted: Mapping[Interval, Predicted]
    trained: tuple[Trained, ...]
    rejected: int
    load: Callable[[str], Model]


def of_policy(name: str, place: Workplace, intervals: Sequence[Interval]) -> Timeline:
    """Read what the runs of a policy left in its store."""
    predicted, trained, rejected = {}, [], 0
    for interval in intervals:
        outcome, point = finished(place, interval), finished_point(place.folder, interval)
        if outcome is None or point is None:
            continue
        rejected += outcome.validation.verdict == "rejected"
        if outcome.champion_id is None:
            continue
        folder = place.folder.child(point.folder)
        if folder.exists("predictions.parquet"):
            frame, training = folder.read_frame("predictions.parquet"), place.training(outcome.champion_id)
            keys = frame[place.spec.data.key_column].to_numpy()
            predicted[interval] = Predicted(outcome.champion_id, keys, from_columns(frame), training.classes)
        trained += _trained(outcome)
    return Timeline(name, "policy", predicted, tuple(trained), rejected, partial(_load, place))


def of_rule(rule: Rule, ground: Ground, steps: Sequence[Step]) -> Timeline:
    """Put the steps of a rule into the same form."""
    predicted = {step.interval: Predicted(step.model_id, step.keys, step.prediction, step.classes) for step in steps}
    trained = tuple(
        Trained(
            interval=step.interval,
            model_id=step.trained.model_id,
            before=step.model_id,
            why=(rule.reason,),
            rows=step.trained.rows,
            fits=1,
            seconds=step.trained.seconds,
            promoted=step.trained.model_id != step.model_id,
        )
        for step in steps
        if step.trained is not None
    )
    return Timeline(rule.name, "rule", predicted, trained, 0, ground.model)


def _trained(outcome: Outcome) -> list[Trained]:
    training = outcome.training
    if training is None or outcome.champion_id is None:
        return []
    return [
        Trained(
            interval=outcome.interval,
            model_id=training.training_id,
            before=outcome.champion_id,
            why=tuple(reason.text for reason in outcome.decision.reasons if not reason.veto),
            rows=training.train_rows,
            fits=max(len(training.trials), 1) + training.refitted,
            seconds=training.seconds,
            promoted=outcome.promoted,
        )
    ]


def _load(place: Workplace, training_id: str) -> Model:
    training = place.training(training_id)
    columns = Columns(numeric=training.numeric, categorical=training.categorical)
    return columns, training.classes, place.estimator(training_id)
