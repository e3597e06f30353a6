"""All guardrails of one comparison, at one rate of false refusals.

Segments, calibration and classes are questions to the same rows. Each takes an equal part of the error that
`promotion.confidence` allows (Bonferroni; Dunn 1961, "Multiple Comparisons Among Means", Journal of the American
Statistical Association 56), so that of challengers which break nothing at most 5% are refused, however many segments
there are and however they overlap. Holm's procedure refuses in the same cases, since its first step is this one; it
would only name more of the broken segments, and has no intervals to show.
"""

from include.retraining.results.guardrails import Guardrail, SegmentGain
from include.retraining.results.training import Comparison, Reason, Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.guardrails.calibration import asks_calibration, judge_calibration
from include.retraining.training.guardrails.cost import judge_cost
from include.retraining.training.guardrails.coverage import asked_classes, judge_classes
from include.retraining.training.guardrails.segments import find_segments, judge_segments
from include.retraining.training.sides import Sides


def guarded(
    comparison: Comparison,
    spec: ModelSpec,
    challenger: Training,
    champion: Training | None = None,
    sides: Sides | None = None,
) -> Comparison:
    """Add the guardrails to a comparison; one that is broken keeps the challenger out.

    Parameters
    ----------
    champion, sides
        Left out for a first champion, of which only size and prediction time can be asked.
    """
    rails: tuple[Guardrail, ...] = ()
    segments: tuple[SegmentGain, ...] = ()
    if champion is not None and sides is not None:
        rails, segments = _against_champion(sides, spec, champion)
    rails += judge_cost(challenger, champion, spec)
    vetoes = tuple(_veto(rail) for rail in rails if rail.verdict == "broken")
    return comparison.model_copy(
        update={
            "promote": comparison.promote and not vetoes,
            "reasons": (*comparison.reasons, *vetoes),
            "guardrails": rails,
            "segments": segments,
        }
    )


def _against_champion(
    sides: Sides, spec: ModelSpec, champion: Training
) -> tuple[tuple[Guardrail, ...], tuple[SegmentGain, ...]]:
    found = find_segments(sides, spec)
    questions = len(found) + asks_calibration(spec) + len(asked_classes(sides))
    error = (1 - spec.promotion.confidence) / max(questions, 1)
    segments, gains = judge_segments(found, spec, error)
    return (segments, judge_calibration(sides, spec, error), judge_classes(sides, champion, spec, error)), gains


def _veto(rail: Guardrail) -> Reason:
    return Reason(
        code=f"guardrail_{rail.name}",
        text=rail.text,
        figure=rail.figure,
        threshold=rail.threshold,
        origin=rail.origin,
        veto=True,
    )
