"""Where a training came from, so that it can be done again; and what came of doing so."""

from datetime import timedelta

from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record, UtcDatetime
from include.retraining.results.run import Run


class Lineage(Record):
    """What a training needs beside its source, to be done again; the keys of rows left out lie beside its record.

    `rows` were before the holdout in the longest window, `declared` is the model file as it was, `since` when the
    relation had changed, `length` that of the first champion's history, `code` the hash of each part of the code by
    name.
    """

    run: Run
    rows: int
    since: UtcDatetime | None
    length: timedelta | None
    declared: dict[str, object]
    code: dict[str, str]


class RowsAgain(Record):
    """Labelled rows of a training, then and when they were read again."""

    train_then: int
    train_now: int
    holdout_then: int
    holdout_now: int
    sha256_then: str
    sha256_now: str

    @property
    def same(self) -> bool:
        """Whether all rows are as they were."""
        return self.sha256_then == self.sha256_now and self.train_then == self.train_now


class Difference(Record):
    """Something that is not as it was; None: it was, or is, not there."""

    name: str
    then: str | None
    now: str | None


class PredictionsAgain(Record):
    """Predictions of the stored and of the reproduced model on the same rows: the largest difference between them."""

    of: str
    rows: int
    largest: float


class Reproduction(Record):
    """What came of training a model again from its lineage.

    `compared` is empty where the reproduced model answers another question: other columns or classes, which `why_not`
    then says.
    """

    model: str
    training_id: str
    version: str | None
    rows: RowsAgain
    code: tuple[Difference, ...]
    versions: tuple[Difference, ...]
    declared: tuple[Difference, ...]
    metric_then: Estimate
    metric_now: Estimate
    compared: tuple[PredictionsAgain, ...]
    tolerance: float
    why_not: str = ""

    @property
    def agrees(self) -> bool:
        """Whether all predictions are the same, but for the order in which a machine adds numbers."""
        return bool(self.compared) and all(found.largest <= self.tolerance for found in self.compared)
