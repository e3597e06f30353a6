"""What every step needs: the model's specification, its folder in the store, and where to track."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.retraining import settings
from include.retraining.data.ledger import Ledger
from include.retraining.data.store import Folder, open_store
from include.retraining.errors import SpecError
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.run import PLAIN, Interval, Run
from include.retraining.results.succession import Promotion, Watch
from include.retraining.results.training import Training
from include.retraining.spec.loading import load_specs
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.models import read_estimator

HISTORY_LENGTH = 60  # intervals shown and looked back upon: more than a year of weeks
TRAINING_FILE = "training.json"
ESTIMATOR_FILE = "model.joblib"
SCHEMA_FILE = "schema.json"
PROFILE_FILE = "profile.json"
HOLDOUT_FILE = "holdout.parquet"
EXPECTATION_FILE = "expectation.bin"  # how performance is told without labels; not there when the holdout is too small
KNOWN_FILE = "known.parquet"  # features of rows that the champion has seen; beside every EXPECTATION_FILE
LABELLED_FILE = "labelled_predictions.parquet"  # rows whose label came of age, with truth and prediction
HELD_FILE = "held_labels.parquet"  # keys of all labels that are kept out of the error and out of training
WATCH_FILE = "watch.parquet"  # champion and previous one side by side, on rows that neither had seen
WATCH_RECORD = "watch.json"
CONFIRMED_FILE = "wrong_labels.parquet"  # keys of all labels that were found wrong when they were made again
LIST_FILE = "relabel.csv"  # the labels that should be made again, to be filled in; only where any are asked for
TRUTH = "__truth"  # column of encoded targets beside the predictions


@dataclass(frozen=True)
class Workplace:
    """One model's place of work.

    Parameters
    ----------
    folder
        The model's folder in the store.
    tracking_uri
        Address of MLflow; None switches tracking off.
    shared
        Where trainings lie, when several replays of a model share them; else they lie in `folder`.
    """

    spec: ModelSpec
    folder: Folder
    tracking_uri: str | None
    shared: Folder | None = None

    @classmethod
    def from_environment(cls, model: str) -> "Workplace":
        """Find the model file, the store and MLflow where the environment says they are.

        Raises
        ------
        SpecError
            When there is no sound file for this model.
        """
        loaded = load_specs(settings.models_folder(), only=model)
        if model not in loaded.specs:
            message = next(iter(loaded.errors.values()), f"no model file {settings.models_folder() / model}.yaml")
            raise SpecError(message)
        return cls(loaded.specs[model], open_store(settings.store_uri()).child(model), settings.tracking_uri())

    def of(self, run: Run) -> Folder:
        """The folder of one run."""
        return self.folder.child(run.folder)

    @property
    def ledger(self) -> Ledger:
        """All promotions of the model."""
        return Ledger(self.folder)

    def champion(self, run: Run) -> Promotion | None:
        """Who reigned when the interval began; a rerun of an old interval meets its old champion.

        Entries that came while the run was under way are not seen, so that no two of its steps meet different ones.
        """
        return self.ledger.champion(run.interval.start, run.ledger)

    def training(self, training_id: str) -> Training:
        """The record of a training."""
        return self.trained(training_id).read_record(TRAINING_FILE, Training)

    def trained(self, training_id: str) -> Folder:
        """The folder of a training: estimator, schema, reference profile, holdout."""
        return (self.shared or self.folder).child(f"trainings/{training_id}")

    def trainings(self) -> list[Training]:
        """The trainings that are done, of all replays that share them."""
        folder = (self.shared or self.folder).child("trainings")
        return [self.training(name) for name in folder.names() if self.trained(name).exists(TRAINING_FILE)]

    def first_training(self, run: Run) -> Training | None:
        """The training of the model's first champion, if it reigned before the interval began."""
        earliest = min(self.ledger.entries(), key=lambda entry: entry.effective, default=None)
        if earliest is None or earliest.effective > run.interval.start:
            return None
        return self.training(earliest.training_id)

    def estimator(self, training_id: str) -> Any:
        """Load a trained model."""
        return read_estimator(self.trained(training_id), ESTIMATOR_FILE)

    def history(self, before: datetime) -> tuple[HistoryPoint, ...]:
        """What earlier intervals ended with, oldest first: those that ended by `before`."""
        return self._points(before)[-HISTORY_LENGTH:]

    def last_interval(self) -> Interval | None:
        """The newest interval that a plain run has looked at, if any."""
        points = self.folder.child("history")
        names = [name for name in points.names() if name.endswith(f"--{PLAIN}.json")]
        return points.read_record(names[-1], HistoryPoint).interval if names else None

    def all_history(self, before: datetime) -> tuple[HistoryPoint, ...]:
        """What all earlier intervals ended with, oldest first: the pace of trainings follows from them."""
        return self._points(before)

    def quarantined_keys(self, run: Run) -> set[Any]:
        """Keys of all rows set aside by this run and the runs of earlier intervals: they are not learned from."""
        folders = [run.folder, *(point.folder for point in self._points(run.interval.start) if point.quarantined)]
        return {key for name in folders for key in self._keys(self.folder.child(name), "quarantine.parquet")}

    def released_until(self, run: Run) -> datetime | None:
        """The moment up to which a person has vouched for held labels, if ever."""
        moments = [point.interval.end for point in self._points(run.interval.start) if point.launch.release_labels]
        return max([*moments, *([run.interval.end] if run.launch.release_labels else [])], default=None)

    def window_start(self, run: Run, champion: Promotion) -> datetime:
        """From when on labels are examined: not before the champion was promoted."""
        return max(run.interval.end - self.spec.performance.window, champion.effective)

    def watched(self, folder: str, promotion: Promotion | None) -> Watch | None:
        """Give what a run wrote about this very promotion; None where it did not watch it."""
        place = self.folder.child(folder)
        if promotion is None or promotion.kind != "promotion" or not place.exists(WATCH_RECORD):
            return None
        record = place.read_record(WATCH_RECORD, Watch)
        pair = (record.champion_id, record.previous_id, record.since)
        return record if pair == (promotion.training_id, promotion.previous_id, promotion.effective) else None

    def examined_before(self, run: Run) -> Folder | None:
        """Folder of the last run whose findings on labels stand, unless a person has vouched for them since."""
        released = self.released_until(run)
        for point in reversed(self._points(run.interval.start)):
            if released is not None and point.interval.end <= released:
                break
            if self.folder.child(point.folder).exists(HELD_FILE):
                return self.folder.child(point.folder)
        return None

    def held_before(self, run: Run) -> set[Any]:
        """Keys of the labels that were held when the interval began."""
        return self._keys(self.examined_before(run), HELD_FILE)

    def confirmed_before(self, run: Run) -> set[Any]:
        """Keys of the labels that had been found wrong when the interval began."""
        return self._keys(self.examined_before(run), CONFIRMED_FILE)

    def held_keys(self, run: Run) -> set[Any]:
        """Keys of all labels that are held when a run has examined them; before the first champion nobody has."""
        return self._keys(self.of(run), HELD_FILE)

    def confirmed_keys(self, run: Run) -> set[Any]:
        """Keys of all labels that a run knows to be wrong."""
        return self._keys(self.of(run), CONFIRMED_FILE)

    def _keys(self, folder: Folder | None, name: str) -> set[Any]:
        column = self.spec.data.key_column
        return set(folder.read_frame(name, [column])[column]) if folder is not None and folder.exists(name) else set()

    def _points(self, before: datetime) -> tuple[HistoryPoint, ...]:
        points = self.folder.child("history")
        names = [name for name in points.names() if name < f"{before:%Y%m%dT%H%M%SZ}"]
        found = (points.read_record(name, HistoryPoint) for name in names)
        return tuple(point for point in found if point.interval.end <= before)
