"""What is the matter, in one word, with the evidence for and against it."""

from typing import Literal

from include.retraining.results.record import Record, UtcDatetime

DiagnosisKind = Literal[
    "healthy",
    "benign_data_drift",
    "harmful_data_drift",
    "concept_drift",
    "local_concept_drift",
    "suspect_labels",
    "broken_feed",
    "not_enough_evidence",
]
Confidence = Literal["high", "medium", "low"]


class Diagnosis(Record):
    """What is the matter. `segment` names the part of the rows concerned, `since` when it began, where known."""

    kind: DiagnosisKind
    confidence: Confidence
    text: str
    evidence: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    segment: str | None = None
    since: UtcDatetime | None = None
    advice: str
