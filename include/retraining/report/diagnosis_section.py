"""The diagnosis as an analyst would write it: what, where, since when, how sure, why, and what to do."""

from dataclasses import dataclass

from include.retraining.report import words
from include.retraining.results.concept import ChangePoint
from include.retraining.results.diagnosis import Diagnosis, DiagnosisKind
from include.retraining.results.outcome import Outcome
from include.retraining.results.training import Reason

_TITLES: dict[DiagnosisKind, str] = {
    "healthy": "Healthy: the inputs have not moved, and performance holds",
    "benign_data_drift": "Data drift without harm: the inputs moved, and performance holds",
    "harmful_data_drift": "Harmful data drift: the inputs moved, and performance suffers",
    "concept_drift": "Concept drift: the relation between features and target changed",
    "local_concept_drift": "Concept drift in one part of the rows",
    "suspect_labels": "Labels that look wrong",
    "broken_feed": "Broken feed: the data arrives damaged",
    "not_enough_evidence": "Not enough evidence to judge the model",
}
_UNEXPLAINED = "Errors that the features do not explain"
_UNSURE: dict[DiagnosisKind, str] = {  # where performance has not been measured
    "healthy": "Healthy, as far as can be told without labels",
    "benign_data_drift": "Data drift: the inputs moved, and performance is estimated to hold",
    "harmful_data_drift": "Harmful data drift: the inputs moved, and performance is likely to suffer",
}
_NAMES: dict[DiagnosisKind, str] = {
    "benign_data_drift": "harmless data drift",
    "harmful_data_drift": "harmful data drift",
    "local_concept_drift": "local concept drift",
    "not_enough_evidence": "not enough evidence",
}
_TONES: dict[DiagnosisKind, words.Tone] = {
    "healthy": "good",
    "benign_data_drift": "calm",
    "harmful_data_drift": "attention",
    "concept_drift": "attention",
    "local_concept_drift": "attention",
    "suspect_labels": "attention",
    "broken_feed": "bad",
    "not_enough_evidence": "calm",
}
_SURE = {
    "high": "High: the evidence is clear.",
    "medium": "Medium: the evidence points this way, but does not settle it.",
    "low": "Low: a hint, no more.",
}
_CAPPED = "Medium: so many labels look wrong that the world itself may have changed."
_DRIFTS = ("concept_drift", "harmful_data_drift", "suspect_labels")


@dataclass(frozen=True)
class DiagnosisSection:
    """All that the template needs; what is not known is empty."""

    title: str
    tone: words.Tone
    text: str
    where: str
    since: str
    sure: str
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    advice: str


def diagnosis_section(outcome: Outcome) -> DiagnosisSection | None:
    """Write the diagnosis of an interval; None where there is none."""
    found = outcome.diagnosis
    if found is None:
        return None
    text, evidence = _without_repetition(found)
    return DiagnosisSection(
        title=_UNEXPLAINED if words.unexplained(outcome) else title(found),
        tone=_TONES[found.kind],
        text=text,
        where=_where(outcome, found),
        since=_since(outcome, found),
        sure=_sure(outcome, found),
        evidence=evidence,
        against=found.against,
        advice=found.advice,
    )


def title(diagnosis: Diagnosis) -> str:
    """The kind in plain words, with the part of the rows concerned."""
    if diagnosis.kind == "benign_data_drift" and diagnosis.confidence == "low":
        return "Data drift: the inputs moved; what it costs is not known yet"
    if diagnosis.kind == "not_enough_evidence" and diagnosis.confidence == "low":
        return "Performance dropped, and it is not clear why"
    if diagnosis.confidence != "high" and diagnosis.kind in _UNSURE:
        return _UNSURE[diagnosis.kind]
    said = _TITLES[diagnosis.kind]
    return f"{said}: {part(diagnosis.segment)}" if diagnosis.segment else said


def kind_name(kind: DiagnosisKind) -> str:
    """A kind in two or three words.

    Examples
    --------
    >>> kind_name("local_concept_drift"), kind_name("suspect_labels")
    ('local concept drift', 'suspect labels')
    """
    return _NAMES.get(kind, kind.replace("_", " "))


def kind_tone(kind: DiagnosisKind) -> words.Tone:
    """How urgently a person should look at a diagnosis."""
    return _TONES[kind]


def part(segment: str) -> str:
    """A part of the rows as people write it.

    Examples
    --------
    >>> part("station=7"), part("0.3 < moisture ≤ 1.2")
    ('station = 7', '0.3 < moisture ≤ 1.2')
    """
    column, equals, value = segment.partition("=")
    return f"{column.strip()} = {value.strip()}" if equals and column.strip()[-1:] not in "<>≤≥≠!" else segment


def short_reasons(outcome: Outcome) -> tuple[Reason, ...]:
    """Reasons of the decision; one that restates the diagnosis only names it, since it is written out below."""
    found = outcome.diagnosis
    if found is None:
        return outcome.decision.reasons
    named = f"The diagnosis: {kind_name(found.kind)}, {found.confidence} confidence."
    return tuple(
        reason.model_copy(update={"text": named})
        if reason.code.removesuffix("_waits") in _DRIFTS and reason.text.startswith(found.text)
        else reason
        for reason in outcome.decision.reasons
    )


def dated(change: ChangePoint) -> str:
    """When a change happened, with its interval."""
    low, high = words.day(change.low), words.day(change.high)
    about = f"about {words.day(change.date)}"
    return about if low == high else f"{about} ({words.share(change.confidence)} sure: between {low} and {high})"


def _without_repetition(found: Diagnosis) -> tuple[str, tuple[str, ...]]:
    """What the list of evidence says is taken out of the text; a text that needs it keeps it, and the list does not."""
    text = found.text
    for proof in found.evidence:
        text = text.replace(proof, "")
    text = " ".join(text.split())
    if not text or text.endswith("."):
        return text, found.evidence
    return found.text, tuple(proof for proof in found.evidence if proof not in found.text)


def _where(outcome: Outcome, found: Diagnosis) -> str:
    concept = outcome.concept
    if concept is None:
        return ""
    if found.kind == "suspect_labels" and concept.audit is not None and concept.audit.held:
        count = len({key for held in concept.audit.held for key in held.keys})
        source = f"labels of {part(found.segment)}" if found.segment else "labels of all sources alike"
        others = {held.source for held in concept.audit.held} - {found.segment}
        more = f" and {words.count(len(others))} other{'s' if len(others) > 1 else ''}" if others else ""
        return f"{source}{more}: {words.count(count)} of {words.count(concept.audit.labels)} labels examined"
    for local in concept.local:
        if local.region == found.segment:
            return f"{part(local.region)}: {words.share(local.share)} of the recent labelled rows ({local.rows:,})"
    everywhere = "all rows alike" if found.kind in ("concept_drift", "suspect_labels") else ""
    return part(found.segment) if found.segment else everywhere


def _since(outcome: Outcome, found: Diagnosis) -> str:
    if found.since is None:
        return ""
    concept = outcome.concept
    if concept is not None and found.kind == "suspect_labels" and concept.audit is not None and concept.audit.held:
        last = max(held.until for held in concept.audit.held)
        return f"{words.day(found.since)}, last seen {words.day(last)}"
    change = concept.change if concept is not None else None
    return dated(change) if change is not None and change.date == found.since else words.day(found.since)


def _sure(outcome: Outcome, found: Diagnosis) -> str:
    """Confidence in words; that too little is known is no finding to be sure of."""
    if found.kind == "not_enough_evidence":
        return ""
    audit = outcome.concept.audit if outcome.concept else None
    return _CAPPED if found.kind == "suspect_labels" and audit is not None and audit.capped else _SURE[found.confidence]
