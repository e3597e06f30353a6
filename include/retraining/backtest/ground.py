"""What rules of thumb stand on: the runs of a policy, the labelled rows of all history, and the models made of them."""

import io
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import joblib
import pandas as pd

from include.retraining.backtest.replay import finished_point
from include.retraining.data.labels import label_time_name
from include.retraining.data.snapshot import read_training_rows
from include.retraining.data.store import Folder
from include.retraining.data.validation import validate_rows
from include.retraining.errors import TrainingError
from include.retraining.results.columns import Columns
from include.retraining.results.record import Record
from include.retraining.results.run import Interval, Run
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Training
from include.retraining.steps.workplace import TRAINING_FILE, Workplace
from include.retraining.training.learn import fit_rows
from include.retraining.training.plan import TrainingPlan, plan_training
from include.retraining.training.windows import choose_window

_RECORD, _ESTIMATOR = "model.json", "model.joblib"
# Runs whose rows are read at once: of fewer, reading takes its time; of more, trainings wait for the policy.
PART = 20
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
    """The runs of a policy in some intervals, and what is kept of rows and models."""

    place: Workplace
    models: Folder
    intervals: tuple[Interval, ...]

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

    @cached_property
    def batches(self) -> tuple[Run, ...]:
        """The runs of the intervals in which there was a champion and the batch was sound."""
        return tuple(self._runs())

    def _runs(self) -> Iterator[Run]:
        for interval in self.intervals:
            point = finished_point(self.place.folder, interval)
            if point is not None and point.action != "reject" and interval.start >= self.first.effective:
                yield Run(model=self.place.spec.name, interval=interval, folder=point.folder, launch=point.launch)

    def parts(self, *, whole: bool) -> int:
        """How many parts of the runs so far can be gathered; once there are no more runs, the last one may be short."""
        if not whole and not self.place.ledger.entries():
            return 0  # a first champion may still come
        runs = len(self.batches)
        return -(-runs // PART) if whole else runs // PART

    def gather(self, part: int) -> None:
        """Read and check the labelled rows that the trainings at the end of some consecutive runs learn from, once.

        They are read as of the last of these runs, however far the policy has come. A key whose labels contradict each
        other by then is left out for all of them.
        """
        runs = self.batches[part * PART : (part + 1) * PART]
        if not runs or self.models.exists(_rows_name(part)):
            return
        spec, last = self.place.spec, runs[-1]
        start = choose_window(spec, runs[0].interval).start
        window = Interval(start=start, end=last.interval.end)
        rows = read_training_rows(spec, window, last.interval.end, self.place.quarantined_keys(last))
        self.models.write_frame(_rows_name(part), validate_rows(rows, spec)[0])

    def known(self, run: Run) -> pd.DataFrame:
        """The labelled rows that a training at the end of an interval may learn."""
        part = self.batches.index(run) // PART
        self.gather(part)
        spec, end = self.place.spec, run.interval.end
        rows, window = self.models.read_frame(_rows_name(part)), choose_window(spec, run.interval)
        made, key = rows[spec.data.time], rows[spec.data.key_column]
        inside = (made >= window.start) & (made < window.end) & (rows[label_time_name(spec.data)] <= end)
        return rows[inside & ~key.isin(self.place.held_keys(run))].reset_index(drop=True)

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
        spec, times, rows = self.place.spec, self.place.spec.data.time, self.known(run)
        if sliding and len(rows):
            first = self.place.training(self.first.training_id)
            rows = rows[rows[times] > rows[times].max() - (first.holdout.end - first.train.start)]
        try:
            plan = plan_training(rows, spec, run.interval)
        except TrainingError as error:
            _LOG.warning("a rule of thumb could not train at the end of %s: %s", run.interval, error)
            return None
        return self._of_policy(plan, run) or self._kept(plan)

    def _of_policy(self, plan: TrainingPlan, run: Run) -> Fitted | None:
        """What the policy itself has trained on the very same rows in that interval, if anything."""
        folder = self.place.of(run)
        if not folder.exists(TRAINING_FILE):
            return None
        found = folder.read_record(TRAINING_FILE, Training)
        return _record(found.training_id, plan, _seconds_of_a_fit(found)) if self._alike(found, plan) else None

    def _alike(self, training: Training, plan: TrainingPlan) -> bool:
        """Whether a training has learned all rows of a plan, all counting alike, in the plan's way.

        The hash of the data is of the rows before the holdout and in it, in their order, wherever the cut was.
        """
        trainer, rows = self.place.spec.trainer, len(plan.split.train_rows) + len(plan.split.holdout_rows)
        columns = Columns(numeric=training.numeric, categorical=training.categorical)
        theirs = (training.data_sha256, training.train_rows, columns, training.classes)
        same = theirs == (plan.data_sha256, rows, plan.columns, plan.classes)
        how = (training.trainer, training.params, training.seed) == (trainer.use, plan.params, trainer.seed)
        return same and how and training.learned is not None and training.learned.kind == "equal"

    def _kept(self, plan: TrainingPlan) -> Fitted:
        model_id = f"rule-{plan.training_id}"  # fitted to the holdout too, as the training of that name need not be
        folder = self.models.child(model_id)
        if not folder.exists(_RECORD):
            started, buffer = time.monotonic(), io.BytesIO()
            twin = next((one for one in self.place.trainings() if self._alike(one, plan)), None)
            if twin is None:
                rows = pd.concat([plan.split.train_rows, plan.split.holdout_rows])
                estimator = fit_rows(plan, self.place.spec, rows)
            else:  # another policy has learned the same
                estimator = self.place.estimator(twin.training_id)
            joblib.dump(estimator, buffer)
            folder.write_bytes(_ESTIMATOR, buffer.getvalue())
            seconds = time.monotonic() - started if twin is None else _seconds_of_a_fit(twin)
            folder.write_record(_RECORD, _record(model_id, plan, seconds))
        return folder.read_record(_RECORD, Fitted)


def _seconds_of_a_fit(training: Training) -> float:
    """A training's time, shared evenly by its fits."""
    return training.seconds / (max(len(training.trials), 1) + training.refitted)


def _record(model_id: str, plan: TrainingPlan, seconds: float) -> Fitted:
    return Fitted(
        model_id=model_id,
        numeric=plan.columns.numeric,
        categorical=plan.columns.categorical,
        classes=plan.classes,
        rows=len(plan.split.train_rows) + len(plan.split.holdout_rows),
        seconds=seconds,
    )


def _rows_name(part: int) -> str:
    return f"rows-{part}.parquet"
