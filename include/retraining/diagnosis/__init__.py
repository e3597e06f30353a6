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

from include.retraining.diagnosis.answer import ADVICE, MEASURED, diagnosis
from include.retraining.diagnosis.inputs import estimate_holds, moved_data
from include.retraining.diagnosis.relation import changed_relation, clear_drop
from include.retraining.results.concept import ConceptResult
from include.retraining.results.diagnosis import Diagnosis
from include.retraining.results.drift import DriftResult
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.validation import ValidationResult

__all__ = ["ADVICE", "diagnose"]


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
        changed_relation(drift, concept, performance),
        moved_data(drift, performance),
        clear_drop(concept, performance),
    )
    return next(chain.from_iterable(asked), None) or _quiet(performance)


def _broken_feed(validation: ValidationResult) -> Iterator[Diagnosis]:
    if validation.verdict == "rejected":
        text = "The batch is damaged: " + (validation.reasons[0] if validation.reasons else "validation rejected it")
        yield diagnosis("broken_feed", "high", text, evidence=validation.reasons)


def _suspect_labels(concept: ConceptResult | None) -> Iterator[Diagnosis]:
    audit = concept.audit if concept else None
    if concept is None or audit is None:
        return
    against = tuple(dict.fromkeys(found.text for found in audit.evidence if not found.found))
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


def _quiet(performance: PerformanceResult | None) -> Diagnosis:
    """Nothing moved: is the model known to be well?"""
    if performance is None:
        return diagnosis("not_enough_evidence", "high", "There is no champion to judge yet.")
    if performance.verdict == "steady":
        return diagnosis("healthy", "high", performance.text)
    if performance.verdict == "dropped":
        text = "Neither moved inputs nor a changed relation nor wrong labels are shown to be the cause."
        return diagnosis("not_enough_evidence", "low", f"{performance.text} {text}")
    if performance.verdict == "not_joinable":
        return diagnosis("not_enough_evidence", "high", performance.text)
    if estimate_holds(performance):
        text = f"{performance.text} The inputs have not moved, and performance is estimated to hold."
        return diagnosis("healthy", "medium", text)
    return diagnosis("not_enough_evidence", "medium", performance.text)
