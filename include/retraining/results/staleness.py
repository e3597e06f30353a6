"""What newer rows are worth: a newer model and an older one on the same rows, which neither has learned."""

from datetime import timedelta

from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record


class Lead(Record):
    """By how much a newer model predicted better than an older one: `gain`, in metric units, more is better.

    `newer_by` says how much later the rows end that the newer one has learned.
    """

    gain: Estimate
    newer_by: timedelta


class Staleness(Record):
    """Whether models of this kind go stale, as the history before the first champion shows.

    `lead` is that of rows from twice the time over equally many older ones, so that it tells newer rows from more rows;
    None where it could not be measured, and `text` says why. `tolerance` is the loss that matters, in metric units.
    """

    lead: Lead | None
    tolerance: float | None = None
    text: str

    @property
    def shown(self) -> bool:
        """Whether newer rows do better beyond doubt."""
        return self.lead is not None and self.lead.gain.low > 0
