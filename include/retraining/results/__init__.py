"""The records that one step leaves for the next: frozen, small, JSON in and JSON out.

Times are timezone-aware UTC. A figure that does not exist is None; NaN and infinity are refused.
"""

from include.retraining.results.columns import Columns
from include.retraining.results.drift import ColumnDrift, Distribution, DriftResult, Finding, NotJudged
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.performance import Estimate, PerformanceResult, SegmentPerformance
from include.retraining.results.record import Action, Kind, Record, Role, Severity, UtcDatetime
from include.retraining.results.run import Interval, JoinHealth, Launch, Run, Snapshot, StoredFile
from include.retraining.results.training import Comparison, Decision, Promotion, Reason, Training
from include.retraining.results.validation import Check, ColumnSchema, Family, ReferenceSchema, ValidationResult

__all__ = [
    "Action",
    "Check",
    "ColumnDrift",
    "ColumnSchema",
    "Columns",
    "Comparison",
    "Decision",
    "Distribution",
    "DriftResult",
    "Estimate",
    "Family",
    "Finding",
    "HistoryPoint",
    "Interval",
    "JoinHealth",
    "Kind",
    "Launch",
    "NotJudged",
    "Outcome",
    "PerformanceResult",
    "Promotion",
    "Reason",
    "Record",
    "ReferenceSchema",
    "Role",
    "Run",
    "SegmentPerformance",
    "Severity",
    "Snapshot",
    "StoredFile",
    "Training",
    "UtcDatetime",
    "ValidationResult",
]
