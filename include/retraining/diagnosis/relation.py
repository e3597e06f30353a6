"""Has the relation between features and target changed, where, and is it a relation at all or only noise?"""

from collections.abc import Iterator

from include.retraining.diagnosis.answer import ADVICE, NAMED, UNEXPLAINED, UNKNOWN_CAUSE, diagnosis, moved_inputs
from include.retraining.results.concept import ConceptResult, LocalDrift
from include.retraining.results.diagnosis import Diagnosis
from include.retraining.results.drift import DriftResult
from include.retraining.results.performance import PerformanceResult

# Chance of calling a steady relation changed, in one look; looks of neighbouring intervals share most of their rows.
CONCEPT_LEVEL = 0.001
# Enough where the change point says so too.
SUPPORTED_LEVEL = 0.01
# Enough where a declared segment is named as well: a tenth of the rows moves the losses of all only a little.
DECLARED_LEVEL = 0.05
# Share of the rise of the error up to which a fresh model has found noise. Measured on the simulated roaster, from 30
# labels on: at most 0.12 where the laboratory's error grew or a station mixed up samples, at least 0.87 after the
# relation turned round, 0.4 where it has half turned back.
NOISE = 0.25
# From here on a single clear drop is a new relation: a fresh model takes most of it back.
LEARNED = 0.5
# Share of the labelled rows that may lie where the reference has none before a rise says nothing of the old relation:
# beans of a size that no model has seen follow a law that nobody knows, not a changed one.
UNKNOWN = 0.3


def changed_relation(
    drift: DriftResult | None, concept: ConceptResult | None, performance: PerformanceResult | None
) -> Iterator[Diagnosis]:
    """A new relation in a part of the rows or everywhere, or noise; nothing where losses did not rise beyond chance."""
    if concept is None or (moved_inputs(drift) and _unknown(concept)):
        return
    test, change = concept.test, concept.change
    worse = change is not None and change.worse
    p_value = test.p_value if test and test.p_value is not None and test.rise and test.rise.value > 0 else 1.0
    everywhere = p_value <= (SUPPORTED_LEVEL if worse else CONCEPT_LEVEL)
    part = None
    if all(found.origin != "all" for found in concept.local):  # "all rows" is named when the others changed as well
        part = next((found for found in concept.local if found.worse and _supported(found, p_value)), None)
    if not everywhere and part is None:
        return
    evidence = tuple(_concept_evidence(concept, performance))
    since = change.date if change is not None and worse else None
    if part is None and concept.recovery is not None and concept.recovery.share <= NOISE:
        yield _noise(concept, evidence)
    elif part is not None and _elsewhere_steady(part):
        yield Diagnosis(
            kind="local_concept_drift",
            confidence="high" if everywhere else "medium",
            text=f"The relation between features and target changed where {part.region}, {part.share:.0%} of the rows; "
            "elsewhere it holds.",
            evidence=evidence,
            segment=part.region,
            since=since,
            advice=ADVICE["local_concept_drift"],
        )
    elif everywhere:
        yield Diagnosis(
            kind="concept_drift",
            confidence="high" if worse and p_value <= CONCEPT_LEVEL else "medium",
            text=f"The relation between features and target changed{_dated(concept)}.",
            evidence=evidence,
            since=since,
            advice=ADVICE["concept_drift"],
        )


def _unknown(concept: ConceptResult) -> bool:
    """Whether so many labelled rows lie where the reference has none that like cannot be compared with like."""
    overlap = concept.attribution.overlap if concept.attribution else None
    return overlap is not None and overlap.outside > UNKNOWN


def _supported(part: LocalDrift, p_value: float) -> bool:
    """Whether the losses of all rows speak for it too: clearly where it was searched for, a little if declared."""
    return p_value <= (DECLARED_LEVEL if part.origin == "declared" else SUPPORTED_LEVEL)


def _noise(concept: ConceptResult, evidence: tuple[str, ...]) -> Diagnosis:
    """Errors rose, and no model can learn why."""
    return Diagnosis(
        kind="suspect_labels",
        confidence="medium",
        text=f"Errors rose{_dated(concept)} in a way that the features do not explain, neither by the old relation nor "
        "by a new one: noise in the labels, or a cause that is not among the features. Retraining would not help.",
        evidence=evidence,
        since=concept.change.date if concept.change is not None and concept.change.worse else None,
        advice=UNKNOWN_CAUSE if concept.audit and concept.audit.released else UNEXPLAINED,
    )


def clear_drop(concept: ConceptResult | None, performance: PerformanceResult | None) -> Iterator[Diagnosis]:
    """Few labels show a drop that is no chance, before any test over more of them does: can it be learned?"""
    if performance is None or not performance.clear or concept is None or concept.recovery is None:
        return
    evidence = (performance.text, concept.recovery.text)
    if concept.recovery.share <= NOISE:
        yield _noise(concept, evidence)
    elif concept.recovery.share >= LEARNED:
        yield diagnosis(
            "concept_drift",
            "medium",
            "Performance fell at once, though the inputs have not moved, and a fresh model learns these labels: the "
            "relation between features and target changed.",
            evidence,
        )


def _elsewhere_steady(part: LocalDrift) -> bool:
    return part.elsewhere is None or part.elsewhere.low <= 0


def _dated(concept: ConceptResult) -> str:
    change = concept.change
    if change is None or not change.worse:
        return ""
    return f" about {change.date:%Y-%m-%d} (between {change.low:%Y-%m-%d} and {change.high:%Y-%m-%d})"


def _concept_evidence(concept: ConceptResult, performance: PerformanceResult | None) -> Iterator[str]:
    if concept.test is not None:
        yield concept.test.text
    if concept.change is not None and concept.change.worse:
        before, after = concept.change.before.value, concept.change.after.value
        yield f"The mean loss rose from {before:.3g} to {after:.3g}{_dated(concept)}."
    for part in concept.local[:NAMED]:
        yield _describe(part)
    if concept.recovery is not None:
        yield concept.recovery.text
    if concept.attribution is not None and concept.attribution.verdict != "not_enough":
        yield concept.attribution.text
    if performance is not None and performance.gap is not None and performance.gap.worse:
        gap = performance.gap
        worse = abs(gap.difference)
        yield f"Performance is {worse:.3g} worse than the rows themselves explain (p = {gap.p_value:.2g})."


def _describe(part: LocalDrift) -> str:
    text = f"Where {part.region} ({part.share:.0%} of the rows) the mean loss went from {part.then.value:.3g} to "
    text += f"{part.now.value:.3g} (p = {part.p_adjusted:.2g})"
    if part.relations:
        found = part.relations[0]
        text += (
            f"; the correlation of {found.feature} with the target from {found.then.value:.2f} to {found.now.value:.2f}"
        )
    return f"{text}."
