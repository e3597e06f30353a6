"""Rules of thumb on the same history: retrain by the clock or by a detector of the error, and promote whatever comes.

They see what the first policy saw: the same sound rows in each interval, the same labels at the same time, the same
first champion. Nothing else of production runs for them, so they cost little more than their trainings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.backtest.ground import Fitted, Ground
from include.retraining.backtest.policies import Rule
from include.retraining.columns import encode_target
from include.retraining.performance.rows import DECISION_THRESHOLD
from include.retraining.results.columns import Columns
from include.retraining.results.run import Interval, Run
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.workplace import HOLDOUT_FILE, TRUTH
from include.retraining.training.predict import predict

# A detector of right and wrong takes an error as wrong when it exceeds this quantile of the champion's holdout errors.
LARGE = 0.8


@dataclass(frozen=True)
class Step:
    """What a rule did in one interval: whose predictions, and what it trained at the interval's end, if anything."""

    interval: Interval
    model_id: str
    keys: np.ndarray
    prediction: np.ndarray
    classes: tuple[str, ...]
    trained: Fitted | None = None


def follow(rule: Rule, ground: Ground) -> list[Step]:
    """Replay a rule of thumb over all intervals after the first champion's promotion."""
    spec = ground.place.spec
    model_id, (columns, classes, estimator) = ground.first.training_id, ground.model(ground.first.training_id)
    asks = _asker(rule, ground)
    steps = []
    for number, run in enumerate(ground.batches):
        folder = ground.place.of(run)
        batch = folder.read_frame("sound.parquet")
        prediction = predict(estimator, batch, columns, spec.task)
        trained = None
        if asks(number, run, columns, classes, estimator):
            trained = ground.learn(run, sliding=rule.sliding)
        steps.append(Step(run.interval, model_id, batch[spec.data.key_column].to_numpy(), prediction, classes, trained))
        if trained is not None and trained.model_id != model_id:
            model_id, (columns, classes, estimator) = trained.model_id, ground.model(trained.model_id)
            asks = _asker(rule, ground) if rule.detector else asks
    return steps


_Asks = Callable[[int, Run, Columns, tuple[str, ...], Any], bool]


def _asker(rule: Rule, ground: Ground) -> _Asks:
    """What decides about retraining at the end of an interval."""
    if rule.detector is None:
        return lambda number, *_: rule.every > 0 and (number + 1) % rule.every == 0
    detector, limit = _detector(rule.detector), _usual(ground)

    def alarmed(number: int, run: Run, columns: Columns, classes: tuple[str, ...], estimator: Any) -> bool:  # noqa: ARG001
        rows = ground.place.of(run).read_frame("labelled_sound.parquet")
        errors = _errors(rows, predict(estimator, rows, columns, ground.place.spec.task), classes, ground)
        found = False
        for error in errors:
            detector.update(error > limit if rule.detector == "ddm" else error)
            found = found or bool(detector.drift_detected)
        return found

    return alarmed


def _detector(name: str) -> Any:
    """One of river's detectors, as it comes."""
    from river.drift import ADWIN, KSWIN, PageHinkley
    from river.drift.binary import DDM

    made: dict[str, Callable[[], Any]] = {
        "adwin": ADWIN, "page_hinkley": PageHinkley, "ddm": DDM, "kswin": lambda: KSWIN(seed=0),
    }  # fmt: skip
    return made[name]()


def _usual(ground: Ground) -> float:
    """Above which error a prediction counts as wrong."""
    if ground.place.spec.task != "regression":
        return DECISION_THRESHOLD
    holdout = ground.place.trained(ground.first.training_id).read_frame(HOLDOUT_FILE)
    errors = np.abs(holdout[TRUTH].to_numpy() - from_columns(holdout))
    return float(np.quantile(errors[np.isfinite(errors)], LARGE))


def _errors(rows: pd.DataFrame, prediction: np.ndarray, classes: tuple[str, ...], ground: Ground) -> np.ndarray:
    """Error of each labelled row in time order: 1 for a wrong class, or the absolute error of a number."""
    spec = ground.place.spec
    truth = encode_target(rows[spec.data.target], classes)
    if spec.task == "regression":
        errors = np.abs(truth - prediction)
        known = np.isfinite(errors)
    else:
        called = prediction > DECISION_THRESHOLD if prediction.ndim == 1 else prediction.argmax(axis=1)
        errors, known = (called != truth).astype(float), truth >= 0
    found: np.ndarray = errors[known]
    return found
