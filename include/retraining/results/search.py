"""A search for parameters: what was tried, and what it led to."""

from include.retraining.results.record import Record


class Attempt(Record):
    """One combination of parameters: the most rows that it was tried on, and its score there; more is better.

    Without a score it failed, for the reason in `error`, or the time was up.
    """

    params: dict[str, object]
    rows: int
    score: float | None
    error: str | None = None


class Search(Record):
    """What a search found, the best attempt first; `stopped` when the time was up before all rounds were through.

    `params` is empty when the time did not suffice for a single score: then the declared ones stand alone.
    """

    params: dict[str, object]
    attempts: tuple[Attempt, ...]
    rows: int
    stopped: bool
    seconds: float
