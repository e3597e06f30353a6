"""How well the champion probably does where labels are still missing."""

from typing import Literal

from include.retraining.results.record import Record


class Estimated(Record):
    """A metric estimated without labels. Only the verdict `estimated` may be relied on.

    `low` to `high` is where the metric will lie once these rows have their labels; `expected_low` to
    `expected_high` is where its expectation lies, without the chance of single labels. `error` is the
    standard deviation of realised minus estimated. `bias` is by how much the same method missed the
    holdout's own metric when cross-fitted, already subtracted. `extrapolating_share` is the share of the
    rows that lie where the reference has none.
    """

    verdict: Literal["estimated", "outside_reference", "not_estimable"]
    metric: str
    value: float | None
    low: float | None
    high: float | None
    expected_low: float | None
    expected_high: float | None
    error: float | None
    confidence: float
    n: int
    method: Literal["calibrated_confidence", "reweighted_confidence", "loss_model"]
    assumption: str
    extrapolating_share: float
    bias: float | None
    text: str


class Gap(Record):
    """Realised minus estimated: what the rows themselves do not explain, so the concept or the labels did.

    `worse` says whether the metric came out worse than estimated; `low` to `high` is the interval of `difference`.
    """

    metric: str
    difference: float
    low: float
    high: float
    confidence: float
    p_value: float
    worse: bool
