"""Who reigns and how that came about: ledger entries, approvals, and the watch over a new champion."""

from datetime import timedelta
from typing import Literal

from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record, UtcDatetime
from include.retraining.results.run import Interval
from include.retraining.results.staleness import Lead
from include.retraining.results.training import Reason

AUTOMATIC = "automatic"  # who decided where no person did
SuccessionKind = Literal["promotion", "rollback"]


class Promotion(Record):
    """One entry of the append-only ledger: from `effective` on, `training_id` reigns in place of `previous_id`.

    `effective` is the end of the interval that decided. A rollback brings a former champion back; `since` is when that
    one had first been promoted. `decided_by` is a rule or a person, `run_id` the Airflow run that wrote the entry.
    """

    number: int
    kind: SuccessionKind = "promotion"
    effective: UtcDatetime
    interval: Interval
    training_id: str
    previous_id: str | None
    version: str | None = None
    reasons: tuple[Reason, ...]
    figures: dict[str, Estimate] = {}
    decided_by: str
    decided_at: UtcDatetime | None = None
    run_id: str | None = None
    since: UtcDatetime | None = None

    @property
    def first_effective(self) -> UtcDatetime:
        """When this model became champion for the first time: its age counts from there."""
        return self.since or self.effective


class Ruling(Record):
    """What came of the wish to change champions: the ledger's entry, or why there is none."""

    entry: Promotion | None
    refusal: Reason | None = None


class Approval(Record):
    """What a person answered about a challenger; nobody answers when the time is up."""

    challenger_id: str
    verdict: Literal["approved", "rejected", "timed_out"]
    by: str | None
    at: UtcDatetime
    comment: str = ""


class Watch(Record):
    """A new champion beside the model that it replaced, on rows that neither had seen, all since the promotion.

    `look` counts how often the two have been compared so far, of `looks` at most. `difference` is positive where the
    champion is better; its interval is as wide as several looks demand. `recent` is the same for the newer half of the
    rows. `newer_by` says how much later the rows end that the champion has learned.
    """

    champion_id: str
    previous_id: str
    since: UtcDatetime
    look: int
    looks: int
    rows: int
    metric: str
    champion: float | None = None
    previous: float | None = None
    difference: Estimate | None = None
    recent: Estimate | None = None
    verdict: Literal["too_few_rows", "not_defined", "holds", "lost"]
    text: str
    newer_by: timedelta | None = None

    @property
    def lead(self) -> Lead | None:
        """What the champion's newer rows are worth; None where nothing was compared, or it has none."""
        if self.difference is None or self.newer_by is None or self.newer_by <= timedelta(0):
            return None
        return Lead(gain=self.difference, newer_by=self.newer_by)
