"""Intervals with something the matter: moved inputs, a relation that changed in one origin, wrong labels, nothing."""

from datetime import UTC, datetime, timedelta

from include.retraining.diagnosis import diagnose
from include.retraining.results.audit import Evidence, HeldLabels, LabelAudit
from include.retraining.results.concept import (
    Attribution,
    ChangePoint,
    ConceptResult,
    ConceptTest,
    FeatureCause,
    LocalDrift,
    Overlap,
    Relation,
)
from include.retraining.results.estimation import Estimated, Gap
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.training import Decision, Reason
from tests.report.samples import changed, drift, estimate, history, performance, quiet

JULY = datetime(2013, 7, 20, tzinfo=UTC)


def estimated(value: float, *, outside: float = 0.012) -> Estimated:
    """ROC AUC of a batch without labels."""
    return Estimated(
        verdict="estimated", metric="roc_auc", value=value, low=value - 0.025, high=value + 0.025,
        expected_low=value - 0.012, expected_high=value + 0.012, error=0.0128, confidence=0.95, n=6671,
        method="calibrated_confidence", extrapolating_share=outside, bias=0.002,
        assumption="no concept drift: a score means the same chance of each class as on the holdout",
        text=f"ROC AUC {value} estimated on 6,671 rows without labels.",
    )  # fmt: skip


def gap(difference: float, p_value: float) -> Gap:
    """Realised minus estimated ROC AUC."""
    return Gap(
        metric="roc_auc", difference=difference, low=difference - 0.025, high=difference + 0.025,
        confidence=0.95, p_value=p_value, worse=difference < 0,
    )  # fmt: skip


def steady(**fields: object) -> PerformanceResult:
    """Performance that holds."""
    found = quiet().performance
    assert found is not None
    return found.model_copy(update=fields)


def overlap(*, poor: bool = False) -> Overlap:
    """How well the reference covers the current rows."""
    text = "31% of the current rows have values that the reference does not know" if poor else "the reference covers"
    return Overlap(effective_rows=2400.0, outside=0.31 if poor else 0.01, imbalance=0.02, poor=poor, text=text)


def attribution(data: float, concept: float, labels: float = 0.0, *, poor: bool = False) -> Attribution:
    """A change of ROC AUC in its parts; two thousandths are chance."""
    return Attribution(
        verdict="uncertain" if poor else "split", metric="roc_auc", greater_is_better=True,
        total=estimate(data + concept + labels - 0.002, 0.02, 400), data=estimate(data, 0.009, 400),
        concept=estimate(concept, 0.018, 400), labels=estimate(labels, 0.006 if labels else 0.0, 400),
        noise=estimate(-0.002, 0.02, 400), concept_p_value=0.0004 if abs(concept) > 0.02 else 0.4,
        overlap=overlap(poor=poor),
        features=tuple(
            FeatureCause(feature=name, data=moved, concept=share, p_value=p_value)
            for name, moved, share, p_value in (
                ("origin", -0.001, 0.71, 2e-7), ("temp", -0.012, 0.12, 0.04), ("humid", None, 0.08, 0.3),
                ("carrier", 0.001, 0.05, 1.0), ("hour", 0.0, 0.03, 1.0), ("distance", 0.0, 0.01, 1.0),
            )
        ),
        text="ROC AUC changed: moved rows, a changed relation, chance.",
    )  # fmt: skip


def relation_test(rise: float, p_value: float) -> ConceptTest:
    """The test of losses beyond moved features."""
    figures = f"{rise:.3g} ({rise - 0.03:.3g} to {rise + 0.03:.3g})"
    text = f"Losses changed by {figures} beyond what moved rows explain; p = {p_value:.2g}."
    return ConceptTest(p_value=p_value, rise=estimate(rise, 0.03, 400), text=text)


def audit() -> LabelAudit:
    """Labels that nothing speaks against."""
    calm = Evidence(
        test="invalid", found=False, statistic=0.0, unit="share of labels", p_value=None, text="Every class is known."
    )
    return LabelAudit(
        verdict="none", capped=False, labels=812, evidence=(calm,), text="Nothing speaks against the 812 labels."
    )


def diagnosed(outcome: Outcome, **fields: object) -> Outcome:
    """An outcome with new fields and the diagnosis that follows from them."""
    found = changed(outcome, **fields)
    return changed(found, diagnosis=diagnose(found.validation, found.drift, found.performance, found.concept))


def healthy() -> Outcome:
    """Nothing moved, labels are sound, performance holds and was expected to."""
    return diagnosed(
        quiet(),
        performance=steady(estimated=estimated(0.7362), gap=gap(0.004, 0.75)),
        concept=ConceptResult(
            labels=812, audit=audit(), test=relation_test(0.008, 0.41), attribution=attribution(0.0, 0.0),
            text="Examined.",
        ),
    )  # fmt: skip


def harmful() -> Outcome:
    """Inputs moved beyond part of the reference, and performance dropped as estimated."""
    reason = Reason(code="performance_drop", text=performance().text, figure=0.0479, threshold=0.0371)
    found = diagnosed(
        quiet(), drift=drift(), performance=performance().model_copy(
            update={"estimated": estimated(0.6987, outside=0.082), "gap": gap(-0.007, 0.58)}
        ),
        concept=ConceptResult(
            labels=812, audit=audit(), test=relation_test(0.011, 0.22),
            attribution=attribution(-0.045, 0.0, poor=True), text="Examined.",
        ),
    )  # fmt: skip
    assert found.diagnosis is not None
    because = Reason(code="harmful_data_drift", text=found.diagnosis.text, origin="retrain.when")
    return changed(found, decision=Decision(action="watch", reasons=(because, reason, _cooldown())))


def _cooldown() -> Reason:
    text = "The last training was 7 days ago, at 2013-07-29, within the cool-down of 14 days: not now."
    return Reason(code="cooldown", text=text, figure=7, threshold=14, origin="retrain.cooldown, in days", veto=True)


def change_point() -> ChangePoint:
    """Since 20 July the loss is higher."""
    return ChangePoint(
        date=JULY, low=JULY - timedelta(days=2), high=JULY + timedelta(days=3), confidence=0.95,
        before=estimate(0.41, 0.02), after=estimate(0.56, 0.05), detectors=("page_hinkley", "cusum"),
    )  # fmt: skip


def local_part(region: str = "origin = Ethiopia", *, worse: bool = True) -> LocalDrift:
    """One origin whose temperature means the opposite."""
    return LocalDrift(
        region=region, origin="declared", columns=("origin",), rows=73, share=0.1825, then=estimate(0.39, 0.03, 300),
        now=estimate(1.12 if worse else 0.38, 0.16, 73), elsewhere=estimate(0.004, 0.03, 327), p_value=2e-5,
        p_adjusted=0.00031, evidence="temp",
        relations=(Relation(feature="temp", then=estimate(0.52, 0.1, 300), now=estimate(-0.31, 0.22, 73)),),
    )  # fmt: skip


def local_concept() -> Outcome:
    """In one origin the relation turned."""
    lower = local_part("58 < humid ≤ 71 and hour > 15").model_copy(
        update={"origin": "tree", "evidence": "loss", "p_adjusted": 0.0078, "relations": ()}
    )
    found = diagnosed(
        quiet(),
        performance=steady(estimated=estimated(0.7401), gap=gap(-0.0412, 0.0011)),
        concept=ConceptResult(
            labels=812, audit=audit(), change=change_point(), test=relation_test(0.13, 0.00012),
            local=(local_part(), lower), attribution=attribution(-0.002, -0.039), text="Examined.",
        ),
    )  # fmt: skip
    assert found.diagnosis is not None
    text = " ".join([found.diagnosis.text, *found.diagnosis.evidence[:1]])
    reasons = (Reason(code="concept_drift", text=text, origin="retrain.when"), _cooldown())
    return changed(found, decision=Decision(action="watch", reasons=reasons))


def suspect_labels(*, capped: bool = False, held: bool = True) -> Outcome:
    """One station's labels are off."""
    proofs = (
        Evidence(test="jump", found=True, statistic=9.1, unit="standard errors", p_value=1e-9, source="station=7",
                 text="In labels of station=7 the error came all at once on 20 July 2013; no move of features or "
                 "predictions explains it."),
        Evidence(test="concentration", found=True, statistic=8.2, unit="standard errors", p_value=1e-9,
                 source="station=7", text="On the same days labels of other sources fit as usual, only labels of "
                 "station=7 do not."),
    )  # fmt: skip
    against = Evidence(
        test="unlearnable", found=False, statistic=0.4, unit="share", p_value=None,
        text="A model trained afresh on labels of station=7 learns 21% of the variance: they are not mere noise.",
    )  # fmt: skip
    text = "118 labels of station=7 from 20 July to 03 August 2013 have lost their relation to the features while "
    text += f"other sources kept it. {proofs[0].text} {proofs[1].text}"
    finding = HeldLabels(
        reason="mix_up", source="station=7", since=JULY, until=JULY + timedelta(days=14), keys=tuple(range(118)),
        evidence=proofs, text=text,
    )  # fmt: skip
    found = diagnosed(
        quiet(),
        performance=steady(estimated=estimated(0.7362)),
        concept=ConceptResult(
            labels=812, held=118 if held else 0, ongoing=True, test=relation_test(0.008, 0.41),
            audit=LabelAudit(
                verdict="suspect", capped=capped, labels=812, held=(finding,), evidence=(*proofs, against), text=text
            ),
            attribution=attribution(0.0, 0.0, labels=-0.031), text="Examined.",
        ),
    )  # fmt: skip
    assert found.diagnosis is not None
    because = f"{found.diagnosis.text} {found.diagnosis.advice}"
    reasons = (Reason(code="suspect_labels", text=because, origin="labels.on_suspicion"),)
    return changed(found, decision=Decision(action="ask" if capped else "hold_labels", reasons=reasons))


def past() -> tuple[HistoryPoint, ...]:
    """A quarter with estimates, a spell of local concept drift, and held labels."""
    found = []
    for number, point in enumerate(history()):
        value = point.realised.value + 0.006 * (-1) ** number if point.realised else 0.735
        kind = "local_concept_drift" if 6 <= number <= 9 else "suspect_labels" if number == 14 else "healthy"
        extra = {"estimated_value": value if number > 1 else None, "diagnosis": kind, "held": 41 * (number == 14)}
        found.append(point.model_copy(update=extra))
    return tuple(found)
