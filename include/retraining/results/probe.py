"""What a small model of the newest labels says about the champion."""

from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record, UtcDatetime


class Probe(Record):
    """A small model of recent labels against the champion, on labels that neither has learned from.

    `gain` is how much better the small model predicts, in metric units, whichever way the metric points; None where it
    could not be told, and `text` says why. `since` is the first event time of the rows compared, `rows` how many the
    small model has learned from. It is never a challenger: it is fitted to be compared, and thrown away.
    """

    gain: Estimate | None
    since: UtcDatetime | None
    rows: int
    text: str
