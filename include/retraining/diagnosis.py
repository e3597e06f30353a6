"""What is the matter: a broken feed, moved inputs, a changed relation, or wrong labels. Pure, from results alone.

The questions are asked in this order, and the first yes is the answer:

=====================  =====================================================================================
diagnosis              when
=====================  =====================================================================================
broken feed            validation rejected the batch
suspect labels         the audit holds some of the newest labels, or asks about them; or errors rose everywhere, and
                       a fresh model cannot learn why
local concept drift    a part of the rows changed beyond chance and the others did not, and losses rose over all
concept drift          losses rose beyond what the moved features explain, and beyond chance
harmful data drift     the inputs moved, and performance is estimated or seen to have dropped, or cannot be
                       estimated because rows lie where the reference has none
benign data drift      the inputs moved, and performance holds as far as can be told
not enough evidence    nothing moved, and neither labels nor an estimate tell how the model does
healthy                nothing moved, and performance holds
=====================  =====================================================================================
"""

from collections.abc import Iterator
from itertools import chain

from include.retraining.results import (
    ConceptResult,
    Diagnosis,
    DriftResult,
    LocalDrift,
    PerformanceResult,
    ValidationResult,
)

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
_NAMED = 3  # columns named in a sentence

ADVICE = {
    "healthy": "Nothing to do.",
    "benign_data_drift": "Watch: the model handles these inputs. Retrain when its performance drops.",
    "harmful_data_drift": "Retrain as soon as labels of such rows are there; until then trust predictions less.",
    "concept_drift": "Retrain on rows since the change.",
    "local_concept_drift": "Retrain on rows since the change, and look at what happened in that part of the rows.",
    "suspect_labels": "Have some of these labels made again; do not retrain on them.",
    "broken_feed": "Have the feed repaired; nothing is trained on this batch.",
    "not_enough_evidence": "Wait for labels, or see why none arrive.",
}
# The same where labels made again have confirmed it.
MEASURED = "Have the cause mended: labels made again show that these are wrong, and the newest ones look the same."


def diagnose(
    validation: ValidationResult,
    drift: DriftResult | None,
    performance: PerformanceResult | None,
    concept: ConceptResult | None,
) -> Diagnosis:
    """Find the first question whose answer is yes."""
    asked = (
        _broken_feed(validation),
        _suspect_labels(concept),
        _concept(concept, performance),
        _data(drift, performance),
        _clear_drop(concept, performance),
    )
    return next(chain.from_iterable(asked), None) or _quiet(performance)


def _broken_feed(validation: ValidationResult) -> Iterator[Diagnosis]:
    if validation.verdict == "rejected":
        text = "The batch is damaged: " + (validation.reasons[0] if validation.reasons else "validation rejected it")
        yield _diagnosis("broken_feed", "high", text, evidence=validation.reasons)


def _suspect_labels(concept: ConceptResult | None) -> Iterator[Diagnosis]:
    audit = concept.audit if concept else None
    if concept is None or audit is None:
        return
    against = tuple(found.text for found in audit.evidence if not found.found)
    if audit.held and concept.ongoing:
        first = min(audit.held, key=lambda found: found.since)
        yield Diagnosis(
            kind="suspect_labels",
            confidence="medium" if audit.capped else "high",
            text=audit.text,
            evidence=tuple(dict.fromkeys(proof.text for found in audit.held for proof in found.evidence)),
            against=against,
            segment=first.source,
            since=first.since,
            advice=MEASURED if all(found.outcome == "confirm" for found in audit.held) else ADVICE["suspect_labels"],
        )


def _concept(concept: ConceptResult | None, performance: PerformanceResult | None) -> Iterator[Diagnosis]:
    if concept is None:
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
        advice=ADVICE["suspect_labels"],
    )


def _clear_drop(concept: ConceptResult | None, performance: PerformanceResult | None) -> Iterator[Diagnosis]:
    """Few labels show a drop that is no chance, before any test over more of them does: can it be learned?"""
    if performance is None or not performance.clear or concept is None or concept.recovery is None:
        return
    evidence = (performance.text, concept.recovery.text)
    if concept.recovery.share <= NOISE:
        yield _noise(concept, evidence)
    elif concept.recovery.share >= LEARNED:
        yield _diagnosis(
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
    for part in concept.local[:_NAMED]:
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


def _data(drift: DriftResult | None, performance: PerformanceResult | None) -> Iterator[Diagnosis]:
    inputs = () if drift is None else (*drift.drifted_columns, *drift.drifted_relations)
    names = [found.column for found in inputs if found.role != "target"]  # a moved target is a matter of the relation
    if drift is None or not names:
        return
    moved = f"{drift.summary}: {', '.join(names[:_NAMED])}"
    harm = _harm(performance)
    if harm is not None:
        sure = "high" if performance is not None and performance.clear else "medium"
        yield _diagnosis("harmful_data_drift", sure, f"{moved}. {harm}")
        return
    confidence, text = _cost(performance)
    yield _diagnosis("benign_data_drift", confidence, f"{moved}. {text}")


def _cost(performance: PerformanceResult | None) -> tuple[str, str]:
    """How sure it is that moved inputs do no harm, and why."""
    if performance is not None and performance.verdict == "steady":
        return "high", "Performance holds."
    if performance is not None and performance.verdict == "dropped":
        return "low", f"{performance.text} That may be chance: nothing else supports it."
    if performance is not None and _estimate_holds(performance):
        return "medium", "Performance is estimated to hold."
    return "low", "What it costs is not known."


def _harm(performance: PerformanceResult | None) -> str | None:
    """What the moved inputs cost, if anything."""
    if performance is None:
        return None
    if performance.clear:
        return performance.text
    estimated = performance.estimated
    if estimated is None or estimated.verdict == "not_estimable":
        return None
    if estimated.verdict == "outside_reference":
        return estimated.text
    return estimated.text if _estimated_drop(performance) else None


def _estimated_drop(performance: PerformanceResult) -> bool:
    """Whether the estimate is worse than tolerated, and beyond its own doubt worse than the reference."""
    estimated, reference = performance.estimated, performance.reference
    if estimated is None or estimated.value is None or reference is None:
        return False
    if estimated.expected_low is None or estimated.expected_high is None:
        return False
    sign = 1 if performance.greater_is_better else -1
    best = estimated.expected_high if performance.greater_is_better else estimated.expected_low
    drop = sign * (reference.value - estimated.value)
    return drop > performance.maximum_drop and sign * (reference.value - best) > 0


def _estimate_holds(performance: PerformanceResult) -> bool:
    estimated = performance.estimated
    return estimated is not None and estimated.verdict == "estimated" and not _estimated_drop(performance)


def _quiet(performance: PerformanceResult | None) -> Diagnosis:
    """Nothing moved: is the model known to be well?"""
    if performance is None:
        return _diagnosis("not_enough_evidence", "high", "There is no champion to judge yet.")
    if performance.verdict == "steady":
        return _diagnosis("healthy", "high", performance.text)
    if performance.verdict == "dropped":
        text = "Neither moved inputs nor a changed relation nor wrong labels are shown to be the cause."
        return _diagnosis("not_enough_evidence", "low", f"{performance.text} {text}")
    if performance.verdict == "not_joinable":
        return _diagnosis("not_enough_evidence", "high", performance.text)
    if _estimate_holds(performance):
        text = f"{performance.text} The inputs have not moved, and performance is estimated to hold."
        return _diagnosis("healthy", "medium", text)
    return _diagnosis("not_enough_evidence", "medium", performance.text)


def _diagnosis(kind: str, confidence: str, text: str, evidence: tuple[str, ...] = ()) -> Diagnosis:
    return Diagnosis.model_validate(
        {"kind": kind, "confidence": confidence, "text": text, "evidence": evidence, "advice": ADVICE[kind]}
    )
