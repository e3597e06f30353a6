"""Candidates of a training: from which rows each learned and how, and what came of it."""

from datetime import timedelta
from typing import Literal

from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record, UtcDatetime

Learning = Literal["equal", "recent", "update"]
"""How rows are learned: all alike, the newer ones counting more, or only the new ones, by the champion itself."""


class Candidate(Record):
    """One of the models that a training chooses from: rows from `start` on, learned in this way.

    With `half_life` a row counts half as much as one that is younger by that much.
    """

    name: str
    start: UtcDatetime
    kind: Learning = "equal"
    half_life: timedelta | None = None


class Trial(Record):
    """A candidate that was trained: on how many rows, in how many seconds, and how it did on the holdout."""

    candidate: Candidate
    rows: int
    seconds: float
    figure: Estimate


class Tried(Record):
    """What is kept of a trained candidate beside its model and its predictions; written last, it makes them valid."""

    candidate: Candidate
    rows: int
    seconds: float
