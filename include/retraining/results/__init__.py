"""The records that one step leaves for the next: frozen, small, JSON in and JSON out.

Times are timezone-aware UTC. A figure that does not exist is None; NaN and infinity are refused.
"""

from include.retraining.results.audit import HeldLabels, LabelAudit, Settled
from include.retraining.results.candidate import Candidate, Learning, Trial, Tried
from include.retraining.results.columns import Columns
from include.retraining.results.concept import (
    Attribution,
    ChangePoint,
    ConceptResult,
    ConceptTest,
    Explanation,
    LocalDrift,
    Recovery,
)
from include.retraining.results.diagnosis import Diagnosis, DiagnosisKind
from include.retraining.results.drift import ColumnDrift, Distribution, DriftResult, Finding, NotJudged
from include.retraining.results.estimation import Estimated, Gap
from include.retraining.results.guardrails import Cost, Guardrail, SegmentGain
from include.retraining.results.lineage import Difference, Lineage, PredictionsAgain, Reproduction, RowsAgain
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.performance import Estimate, PerformanceResult, SegmentPerformance
from include.retraining.results.probe import Probe
from include.retraining.results.record import Action, Kind, Record, Role, Severity, UtcDatetime
from include.retraining.results.run import (
    Delays,
    Interval,
    JoinHealth,
    LabelMaturity,
    Launch,
    Run,
    Snapshot,
    StoredFile,
)
from include.retraining.results.search import Attempt, Search
from include.retraining.results.succession import Approval, Promotion, Ruling, SuccessionKind, Watch
from include.retraining.results.training import Comparison, Decision, Gate, Reason, Training
from include.retraining.results.validation import Check, ColumnSchema, Family, ReferenceSchema, ValidationResult

__all__ = [
    "Action",
    "Approval",
    "Attempt",
    "Attribution",
    "Candidate",
    "ChangePoint",
    "Check",
    "ColumnDrift",
    "ColumnSchema",
    "Columns",
    "Comparison",
    "ConceptResult",
    "ConceptTest",
    "Cost",
    "Decision",
    "Delays",
    "Diagnosis",
    "DiagnosisKind",
    "Difference",
    "Distribution",
    "DriftResult",
    "Estimate",
    "Estimated",
    "Explanation",
    "Family",
    "Finding",
    "Gap",
    "Gate",
    "Guardrail",
    "HeldLabels",
    "HistoryPoint",
    "Interval",
    "JoinHealth",
    "Kind",
    "LabelAudit",
    "LabelMaturity",
    "Launch",
    "Learning",
    "Lineage",
    "LocalDrift",
    "NotJudged",
    "Outcome",
    "PerformanceResult",
    "PredictionsAgain",
    "Probe",
    "Promotion",
    "Reason",
    "Record",
    "Recovery",
    "ReferenceSchema",
    "Reproduction",
    "Role",
    "RowsAgain",
    "Ruling",
    "Run",
    "Search",
    "SegmentGain",
    "SegmentPerformance",
    "Settled",
    "Severity",
    "Snapshot",
    "StoredFile",
    "SuccessionKind",
    "Training",
    "Trial",
    "Tried",
    "UtcDatetime",
    "ValidationResult",
    "Watch",
]
