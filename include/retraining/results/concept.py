"""How the relation between features and target changed: when, where, and what it did to the metric."""

from typing import Literal

from include.retraining.results.audit import HeldLabels, LabelAudit
from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record, UtcDatetime
from include.retraining.results.run import Interval


class ChangePoint(Record):
    """When the loss changed: the first row after the change, and the interval in which it lies.

    `before` and `after` are mean losses of the rows on both sides; `detectors` names those that alarmed.
    """

    date: UtcDatetime
    low: UtcDatetime
    high: UtcDatetime
    confidence: float
    before: Estimate
    after: Estimate
    detectors: tuple[str, ...]

    @property
    def worse(self) -> bool:
        """Whether the loss rose."""
        return self.after.value > self.before.value


class Relation(Record):
    """Rank correlation between a feature and the target, then and now."""

    feature: str
    then: Estimate
    now: Estimate


class LocalDrift(Record):
    """A part of the rows in which the relation between features and target changed.

    `region` says in words which rows; `origin` whether these are all rows, the value of a declared segment, a category
    of a feature, or a range that a tree found. `share` is that of the current rows; `then` and `now` are mean losses
    there, `elsewhere` the rise of the mean loss in all other rows. `evidence` names what changed most: the loss, the
    level of the errors, or the feature on which these depend. `relations` holds those that changed most, most first.
    """

    region: str
    origin: Literal["all", "declared", "category", "tree"]
    columns: tuple[str, ...]
    rows: int
    share: float
    then: Estimate
    now: Estimate
    elsewhere: Estimate | None
    p_value: float
    p_adjusted: float
    evidence: str
    relations: tuple[Relation, ...] = ()

    @property
    def worse(self) -> bool:
        """Whether the loss rose."""
        return self.now.value > self.then.value


class Overlap(Record):
    """How well the reference can be weighted to look like the current rows.

    `effective_rows` is the number of unweighted rows that would be as informative (Kish 1965); `outside` the share of
    current rows with a value that the reference does not know; `imbalance` the largest difference that
    weighting left, in standard deviations.
    """

    effective_rows: float
    outside: float
    imbalance: float
    poor: bool
    text: str


class FeatureCause(Record):
    """What one feature has to do with a change of the metric.

    `data` is what weighting the reference by this feature alone does to the metric, in metric points; `concept` its
    share of the change of the errors that the features can tell apart, 0 to 1, with `p_value` adjusted by Holm.
    """

    feature: str
    data: float | None
    concept: float
    p_value: float


class Attribution(Record):
    """Why the metric changed, in metric points: total = data + concept + labels + noise, exactly.

    `data`: the rows moved; `concept`: the relation moved; `labels`: suspect labels; `noise`: what of the change is
    no more than the sampling error of the parts. `total` is current minus reference, whichever way is better.
    With verdict `not_enough` no part is given, and `text` says why; `uncertain` means poor overlap.
    """

    verdict: Literal["split", "uncertain", "not_enough"]
    metric: str
    greater_is_better: bool
    total: Estimate | None = None
    data: Estimate | None = None
    concept: Estimate | None = None
    labels: Estimate | None = None
    noise: Estimate | None = None
    concept_p_value: float | None = None
    overlap: Overlap | None = None
    features: tuple[FeatureCause, ...] = ()
    text: str


class SegmentConcept(Record):
    """Test of one segment for a change of the relation; `p_adjusted` is Holm's over all segments."""

    column: str
    value: str
    rows: int
    rise: Estimate
    p_value: float
    p_adjusted: float


class ConceptTest(Record):
    """Whether losses changed beyond what the moved features explain; `rise` is that of the mean loss.

    Without enough rows there is no p-value, and `text` says why.
    """

    p_value: float | None
    rise: Estimate | None
    segments: tuple[SegmentConcept, ...] = ()
    text: str


class Recovery(Record):
    """Share of the rise of the error that a model trained afresh takes back, 0 to 1: a new relation, or noise."""

    share: float
    labels: int
    text: str


class FeatureModel(Record):
    """Cross-fitted small models, then and now: of one feature alone, and of all features but this one.

    Figures are of the metric; None where it is not defined.
    """

    feature: str
    alone_then: float | None
    alone_now: float | None
    without_then: float | None
    without_now: float | None


class RootCause(Record):
    """Evidence from models fitted to each time by itself; `all_then` and `all_now` use all features."""

    metric: str
    all_then: float | None
    all_now: float | None
    features: tuple[FeatureModel, ...] = ()
    text: str


class Explanation(Record):
    """What each feature told about the target on the champion's holdout, and tells on the newest labels.

    `interval` is the one whose check has looked at these labels; held ones are left out.
    """

    model: str
    interval: Interval
    champion_id: str
    champion_version: str | None
    rows_then: int
    rows_now: int
    cause: RootCause


class ConceptResult(Record):
    """What recent labels say about the relation between features and target, and about the labels themselves.

    `labels` are those looked at, `held` how many of them are kept out of the error; `ongoing` says that the newest ones
    are among those that look wrong. `waiting` are findings of earlier intervals whose labels are not looked at any
    more; they wait for labels made again, or were settled by them now. Without enough labels there is only `text`.
    """

    labels: int
    audit: LabelAudit | None = None
    held: int = 0
    waiting: tuple[HeldLabels, ...] = ()
    ongoing: bool = False
    change: ChangePoint | None = None
    test: ConceptTest | None = None
    recovery: Recovery | None = None
    local: tuple[LocalDrift, ...] = ()
    attribution: Attribution | None = None
    text: str

    @property
    def findings(self) -> tuple[HeldLabels, ...]:
        """All findings against labels: those of this interval, those cleared by labels made again, those waiting."""
        audit = self.audit
        return self.waiting if audit is None else (*audit.held, *audit.released, *self.waiting)
