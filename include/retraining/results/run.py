"""One run: which model, which interval, who asked, and what was read."""

from datetime import datetime
from pathlib import PurePosixPath

from include.retraining.results.record import Record, UtcDatetime

PLAIN = "plain"  # label of the runs that do just what the schedule would do
_KEY = "%Y%m%dT%H%M%SZ"


class Interval(Record):
    """A half-open span of time, `[start, end)`."""

    start: UtcDatetime
    end: UtcDatetime

    @property
    def key(self) -> str:
        """Name of the interval in paths and tags; sorts in time order."""
        return f"{self.start:{_KEY}}_{self.end:{_KEY}}"

    def __str__(self) -> str:
        form = "%Y-%m-%d" if self.start.time() == self.end.time() == datetime.min.time() else "%Y-%m-%d %H:%M"
        return f"{self.start:{form}} to {self.end:{form}}"


class Launch(Record):
    """Who asked for this run and how: Airflow's run type or `backtest`; `url` leads back to Airflow.

    `release_labels` says that a person vouches for the labels held so far, `rollback` that the champion before the
    present one is to come back; `user` is who started the run by hand.
    """

    kind: str
    force_retrain: bool = False
    dry_run: bool = False
    release_labels: bool = False
    rollback: bool = False
    user: str | None = None
    dag_id: str | None = None
    run_id: str | None = None
    url: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the run does just what the schedule would do."""
        return not (self.force_retrain or self.dry_run or self.release_labels or self.rollback)


class Run(Record):
    """What travels through XCom: which model, which interval, and where its files lie.

    `folder` is relative to the model's folder in the store. `ledger` is the number of the ledger's last entry when the
    run began: it sees no later ones, so that all its steps meet the same champion.
    """

    model: str
    interval: Interval
    folder: str
    launch: Launch
    ledger: int | None = None

    @property
    def label(self) -> str:
        """Identity beside other runs of the same interval: `plain`, unless a person asked for more."""
        return PLAIN if self.launch.is_plain else PurePosixPath(self.folder).name


class StoredFile(Record):
    """One line of a manifest."""

    name: str
    sha256: str
    bytes: int
    rows: int | None = None


class JoinHealth(Record):
    """How labels and feature rows met by key."""

    labels: int
    matched: int
    duplicate_keys: int
    conflicting_keys: int
    orphans: int
    usable: bool
    note: str

    @property
    def rate(self) -> float | None:
        """Share of arrived labels that found their row; None without labels."""
        return self.matched / self.labels if self.labels else None


class Delays(Record):
    """How long labels took, in days: half of them, nine of ten, and all came within."""

    median: float
    most: float
    longest: float


class LabelMaturity(Record):
    """Where the predictions since a moment stand at the end of an interval; each is counted once.

    `pending`: not of age yet, labelled or not; `joined`: of age, and its label has come; `matured`: of age without a
    label, which may still come; `orphaned`: so old that a label would find it no more; `excluded`: quarantined, or
    its label is held. `delays` are those of the labels that came of age in the interval; None where none did, or
    no time of arrival is known.
    """

    since: UtcDatetime
    pending: int
    joined: int
    matured: int
    orphaned: int
    excluded: int
    delays: Delays | None = None

    @property
    def predictions(self) -> int:
        """All predictions."""
        return self.pending + self.joined + self.matured + self.orphaned + self.excluded

    @property
    def labelled(self) -> float | None:
        """Share of the predictions of age whose label has come, excluded ones aside; None without any."""
        of_age = self.joined + self.matured + self.orphaned
        return self.joined / of_age if of_age else None


class Snapshot(Record):
    """What `extract` read, sealed: the files never change after this record exists."""

    interval: Interval
    files: tuple[StoredFile, ...]
    rows: int
    labelled_rows: int
    columns: dict[str, str]
    join: JoinHealth | None = None
    sha256: str
