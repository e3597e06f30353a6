"""How well the champion does on labels that have arrived."""

from statistics import NormalDist
from typing import Literal

from include.retraining.results.estimation import Estimated, Gap
from include.retraining.results.record import Record

# Standard errors from which on a drop needs no support: by chance one look in two thousand falls that far.
CLEAR = 3.29


class Estimate(Record):
    """A figure with its interval. `n` is the number of rows behind it."""

    value: float
    low: float
    high: float
    confidence: float
    n: int


class SegmentPerformance(Record):
    """The metric in one segment, on arrived labels, beside the same segment of the reference."""

    column: str
    value: str
    n: int
    realised: Estimate
    reference: Estimate | None = None


class PerformanceResult(Record):
    """Realised performance of the champion on the labels that came of age in this interval.

    `estimated` is the metric of the batch itself, whose labels are missing; `gap` is realised minus estimated on the
    rows that now have labels: what the rows themselves do not explain.
    """

    verdict: Literal["steady", "dropped", "too_few_labels", "no_labels", "not_joinable"]
    metric: str
    greater_is_better: bool
    reference: Estimate | None
    realised: Estimate | None
    drop: Estimate | None
    maximum_drop: float
    metrics: dict[str, Estimate]
    segments: tuple[SegmentPerformance, ...] = ()
    estimated: Estimated | None = None
    gap: Gap | None = None
    text: str

    @property
    def clear(self) -> bool:
        """Whether a drop is larger than chance gives once in two thousand looks, so that it needs no support."""
        if self.verdict != "dropped" or self.drop is None:
            return False
        error = (self.drop.high - self.drop.low) / 2 / NormalDist().inv_cdf((1 + self.drop.confidence) / 2)
        return self.drop.value >= CLEAR * error
