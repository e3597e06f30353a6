"""The whole interval in one record, and the little of it that later runs need."""

from typing import Self

from include.retraining.results.concept import ConceptResult
from include.retraining.results.diagnosis import Diagnosis, DiagnosisKind
from include.retraining.results.drift import DriftResult
from include.retraining.results.performance import Estimate, PerformanceResult
from include.retraining.results.probe import Probe
from include.retraining.results.record import Action, Record
from include.retraining.results.run import Interval, LabelMaturity, Launch, Snapshot
from include.retraining.results.staleness import Lead
from include.retraining.results.succession import Approval, Ruling, Watch
from include.retraining.results.training import Comparison, Decision, Training
from include.retraining.results.validation import ValidationResult


class Outcome(Record):
    """The whole interval in one record: what the report shows, MLflow tags, and later runs read as history."""

    model: str
    interval: Interval
    launch: Launch
    champion_id: str | None
    champion_version: str | None
    snapshot: Snapshot | None
    validation: ValidationResult
    drift: DriftResult | None
    performance: PerformanceResult | None
    concept: ConceptResult | None = None
    maturity: LabelMaturity | None = None
    diagnosis: Diagnosis | None = None
    probe: Probe | None = None
    decision: Decision
    training: Training | None
    challenger_version: str | None
    comparison: Comparison | None
    promoted: bool
    approval: Approval | None = None
    ruling: Ruling | None = None
    watch: Watch | None = None

    @property
    def rolled_back(self) -> bool:
        """Whether this interval brought the previous champion back."""
        return self.ruling is not None and self.ruling.entry is not None and self.ruling.entry.kind == "rollback"


class HistoryPoint(Record):
    """The little of an earlier Outcome that policies and charts need.

    `reasons` are the codes of the decision's reasons, vetoes included; `labelled` counts the labels that came;
    `proven` says that a challenger was trained and was better, beyond doubt and by enough to matter; `lead` is that of
    the champion over its predecessor, where the two were compared.
    """

    interval: Interval
    folder: str
    launch: Launch
    action: Action
    promoted: bool
    rolled_back: bool = False
    rows: int
    quarantined: int
    drifted_columns: tuple[str, ...]
    realised: Estimate | None
    champion_id: str | None
    champion_version: str | None
    diagnosis: DiagnosisKind | None = None
    held: int = 0
    estimated_value: float | None = None
    reasons: tuple[str, ...] = ()
    probe: Probe | None = None
    labelled: int | None = None
    proven: bool = False
    lead: Lead | None = None

    @classmethod
    def of(cls, outcome: Outcome, folder: str) -> Self:
        """Keep of an outcome what later intervals look back upon; `folder` is where its run's files lie."""
        return cls(
            interval=outcome.interval,
            folder=folder,
            launch=outcome.launch,
            action=outcome.decision.action,
            promoted=outcome.promoted,
            rolled_back=outcome.rolled_back,
            rows=outcome.validation.rows,
            quarantined=outcome.validation.quarantined,
            drifted_columns=outcome.drift.drifted_names if outcome.drift else (),
            realised=outcome.performance.realised if outcome.performance else None,
            champion_id=outcome.champion_id,
            champion_version=outcome.champion_version,
            diagnosis=outcome.diagnosis.kind if outcome.diagnosis else None,
            held=outcome.concept.held if outcome.concept else 0,
            estimated_value=_estimated(outcome.performance),
            reasons=tuple(reason.code for reason in outcome.decision.reasons),
            probe=outcome.probe,
            labelled=outcome.snapshot.labelled_rows if outcome.snapshot else None,
            proven=outcome.comparison is not None and outcome.comparison.proven,
            lead=outcome.watch.lead if outcome.watch else None,
        )


def _estimated(performance: PerformanceResult | None) -> float | None:
    """The estimated metric, where it may be relied on."""
    found = performance.estimated if performance else None
    return found.value if found is not None and found.verdict == "estimated" else None
