"""Rules of thumb on the same history: retrain by the clock or by a detector of the error, and promote whatever comes.

They see what the first policy saw: the same sound rows in each interval, the same labels at the same time, the same
first champion. Nothing else of production runs for them, so they cost little more than their trainings.
"""

import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import joblib
import numpy as np
import pandas as pd

from include.retraining.backtest.policies import Rule
from include.retraining.backtest.replay import finished_point
from include.retraining.columns import encode_target
from include.retraining.data.snapshot import read_training_rows
from include.retraining.data.store import Folder
from include.retraining.data.validation import validate_rows
from include.retraining.errors import TrainingError
from include.retraining.performance.rows import DECISION_THRESHOLD
from include.retraining.results import Columns, Interval, Promotion, Record, Run
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.workplace import HOLDOUT_FILE, TRUTH, Workplace
from include.retraining.training.learn import fit_rows
from include.retraining.training.plan import TrainingPlan, plan_training
from include.retraining.training.predict import predict
from include.retraining.training.windows import choose_window

_RECORD, _ESTIMATOR = "model.json", "model.joblib"
# A detector of right and wrong takes an error as wrong when it exceeds this quantile of the champion's holdout errors.
LARGE = 0.8
_LOG = logging.getLogger(__name__)


class Fitted(Record):
    """A model of a rule of thumb: what it learned from, how to feed it, and what it cost."""

    model_id: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    classes: tuple[str, ...]
    rows: int
    seconds: float

    @property
    def columns(self) -> Columns:
        """The features that it reads."""
        return Columns(numeric=self.numeric, categorical=self.categorical)


@dataclass(frozen=True)
class Ground:
    """What rules of thumb stand on: the runs of a policy, and models kept by what they learned from."""

    place: Workplace
    models: Folder

    @cached_property
    def first(self) -> Promotion:
        """The first promotion: all rules start from its champion.

        Raises
        ------
        TrainingError
            When the policy never promoted any.
        """
        entries = self.place.ledger.entries()
        if not entries:
            message = f"{self.place.spec.name}: no first champion in the whole backtest; see its report for the reasons"
            raise TrainingError(message)
        return min(entries, key=lambda entry: entry.effective)

    def batches(self, intervals: Sequence[Interval]) -> Iterator[Run]:
        """The runs of the intervals in which there was a champion and the batch was sound."""
        for interval in intervals:
            point = finished_point(self.place.folder, interval)
            if point is not None and point.action != "reject" and interval.start >= self.first.effective:
                yield Run(model=self.place.spec.name, interval=interval, folder=point.folder, launch=point.launch)

    def model(self, training_id: str) -> tuple[Columns, tuple[str, ...], Any]:
        """Columns, classes and estimator of a rule's model, or of a training of the policy."""
        kept = self.models.child(training_id)
        if kept.exists(_RECORD):
            record = kept.read_record(_RECORD, Fitted)
            return record.columns, record.classes, joblib.load(io.BytesIO(kept.read_bytes(_ESTIMATOR)))
        training = self.place.training(training_id)
        columns = Columns(numeric=training.numeric, categorical=training.categorical)
        return columns, training.classes, self.place.estimator(training_id)

    def learn(self, run: Run, *, sliding: bool) -> Fitted | None:
        """Fit a model to the labelled rows known at the end of an interval; None where they do not suffice.

        The same rows are fitted once, whichever rule asks.
        """
        name = f"{run.interval.key}-{'sliding' if sliding else 'all'}.json"
        if self.models.exists(name):
            return self.models.read_record(name, Fitted)
        fitted = self._learn(run, sliding=sliding)
        if fitted is not None:
            self.models.write_record(name, fitted)
        return fitted

    def _learn(self, run: Run, *, sliding: bool) -> Fitted | None:
        spec, times = self.place.spec, self.place.spec.data.time
        held = self.place.quarantined_keys(run) | self.place.held_keys(run)
        rows = read_training_rows(spec, choose_window(spec, run.interval), run.interval.end, held)
        if sliding and len(rows):
            first = self.place.training(self.first.training_id)
            rows = rows[rows[times] > rows[times].max() - (first.holdout.end - first.train.start)]
        try:
            plan = plan_training(validate_rows(rows, spec)[0], spec, run.interval)
        except TrainingError as error:
            _LOG.warning("a rule of thumb could not train at the end of %s: %s", run.interval, error)
            return None
        return self._kept(plan)

    def _kept(self, plan: TrainingPlan) -> Fitted:
        model_id = f"rule-{plan.training_id}"  # fitted to the holdout too, as the training of that name need not be
        folder = self.models.child(model_id)
        if not folder.exists(_RECORD):
            started = time.monotonic()
            rows = pd.concat([plan.split.train_rows, plan.split.holdout_rows])
            estimator, buffer = fit_rows(plan, self.place.spec, rows), io.BytesIO()
            joblib.dump(estimator, buffer)
            folder.write_bytes(_ESTIMATOR, buffer.getvalue())
            record = Fitted(
                model_id=model_id,
                numeric=plan.columns.numeric,
                categorical=plan.columns.categorical,
                classes=plan.classes,
                rows=len(rows),
                seconds=time.monotonic() - started,
            )
            folder.write_record(_RECORD, record)
        return folder.read_record(_RECORD, Fitted)


@dataclass(frozen=True)
class Step:
    """What a rule did in one interval: whose predictions, and what it trained at the interval's end, if anything."""

    interval: Interval
    model_id: str
    keys: np.ndarray
    prediction: np.ndarray
    classes: tuple[str, ...]
    trained: Fitted | None = None


def follow(rule: Rule, ground: Ground, intervals: Sequence[Interval]) -> list[Step]:
    """Replay a rule of thumb over all intervals after the first champion's promotion."""
    spec = ground.place.spec
    model_id, (columns, classes, estimator) = ground.first.training_id, ground.model(ground.first.training_id)
    asks = _asker(rule, ground)
    steps = []
    for number, run in enumerate(ground.batches(intervals)):
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
