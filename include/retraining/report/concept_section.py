"""What recent labels say: why the metric changed, in which rows, since when, and whether the labels are right."""

from dataclasses import dataclass

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.attribution_chart import attribution_sentence, draw_attribution
from include.retraining.report.diagnosis_section import dated, part
from include.retraining.results.audit import HeldLabels
from include.retraining.results.concept import (
    Attribution,
    ChangePoint,
    ConceptResult,
    ConceptTest,
    FeatureCause,
    LocalDrift,
)

_FEATURES_SHOWN = 5
_CHANCE = 0.05  # p-values above are told as chance; diagnosing takes far smaller ones
_PARTS_SHOWN = 10  # more would be one finding said in many ways
_ORIGINS = {
    "all": "",
    "declared": "declared segment",
    "category": "category of a feature",
    "tree": "range found by search",
}
_REASONS = {
    "invalid": "missing or impossible values",
    "offset": "off by a constant amount",
    "mix_up": "no longer go with the features, while labels of other sources do",
    "noise": "lost their relation to the features all at once",
}


@dataclass(frozen=True)
class Cause:
    """Why the metric changed."""

    result: Attribution
    chart: Markup
    sentence: str
    features: tuple[FeatureCause, ...]
    warning: str


@dataclass(frozen=True)
class Part:
    """One row of the table of changed parts."""

    region: str
    origin: str
    found: LocalDrift
    evidence: str
    relation: str


@dataclass(frozen=True)
class Held:
    """One finding against labels; `keys` names the samples to be measured again, `answer` what came of it."""

    source: str
    reason: str
    count: int
    found: HeldLabels
    keys: str
    answer: str


@dataclass(frozen=True)
class ConceptSection:
    """All that the template needs; what was not found is empty."""

    result: ConceptResult
    cause: Cause | None
    cause_note: str
    change: str
    test: str
    parts: tuple[Part, ...]
    parts_left_out: int
    held: tuple[Held, ...]
    waiting: tuple[Held, ...]
    released: tuple[Held, ...]

    @property
    def asked(self) -> tuple[Held, ...]:
        """Findings that labels made again would settle."""
        return tuple(row for row in (*self.held, *self.waiting) if row.keys)


def concept_section(result: ConceptResult | None) -> ConceptSection | None:
    """Choose what to show of an examination of labels; None where there was none."""
    if result is None:
        return None
    attribution = result.attribution
    chart = draw_attribution(attribution) if attribution and _changed(attribution) else None
    return ConceptSection(
        result=result,
        cause=_cause(attribution, chart) if attribution and chart else None,
        cause_note=_note(attribution) if attribution and chart is None else "",
        change=_change(result.change) if result.change else "",
        test=_test(result.test) if result.test else "",
        parts=tuple(_part(found) for found in result.local[:_PARTS_SHOWN]),
        parts_left_out=max(0, len(result.local) - _PARTS_SHOWN),
        held=tuple(_held(found) for found in result.audit.held) if result.audit else (),
        waiting=tuple(_held(found) for found in result.waiting),
        released=tuple(_held(found) for found in result.audit.released) if result.audit else (),
    )


def _cause(attribution: Attribution, chart: Markup) -> Cause:
    return Cause(
        result=attribution,
        chart=chart,
        sentence=attribution_sentence(attribution),
        features=_features(attribution),
        warning=_warning(attribution),
    )


def _changed(attribution: Attribution) -> bool:
    """Whether there is a change to explain."""
    total, labels = attribution.total, attribution.labels
    beyond_chance = total is not None and (total.low > 0 or total.high < 0)
    return beyond_chance or _moved(attribution) or (labels is not None and labels.value != 0)


def _moved(attribution: Attribution) -> bool:
    """Whether there is something that features could explain."""
    return any(found is not None and found.value != 0 for found in (attribution.data, attribution.concept))


def _note(attribution: Attribution) -> str:
    if attribution.verdict == "not_enough":
        return f"Why performance changed cannot be told. {attribution.text}"
    return attribution_sentence(attribution)


def _features(attribution: Attribution) -> tuple[FeatureCause, ...]:
    """Features with most to do with the larger of the two parts first."""
    data, concept = attribution.data, attribution.concept
    found = attribution.features
    if data is not None and concept is not None and abs(data.value) > abs(concept.value):
        found = tuple(sorted(found, key=lambda feature: -abs(feature.data or 0.0)))
    return found[:_FEATURES_SHOWN] if _moved(attribution) else ()


def _warning(attribution: Attribution) -> str:
    overlap = attribution.overlap
    if overlap is None or not overlap.poor:
        return ""
    return f"How much is due to moved inputs and how much to a changed relation is uncertain: {overlap.text}."


def _change(change: ChangePoint) -> str:
    how = "rose" if change.worse else "fell"
    before, after = words.estimate(change.before), words.estimate(change.after)
    return f"The model's mean loss {how} {dated(change)}, from {before} to {after}."


def _test(test: ConceptTest) -> str:
    if test.p_value is None:
        return test.text
    if test.p_value > _CHANCE:
        return f"{test.text} That is no more than chance does."
    return f"{test.text} Chance alone does this {words.chance(test.p_value)}."


def _part(found: LocalDrift) -> Part:
    plain = {"loss": "size of the errors", "level of the errors": "level of the errors"}
    evidence = plain.get(found.evidence, f"how the errors go with `{found.evidence}`")
    relation = ""
    if found.relations:
        turned = found.relations[0]
        then, now = words.rough(turned.then.value), words.estimate(turned.now)
        relation = f"`{turned.feature}`: {then} → {now}"
    return Part(part(found.region), _ORIGINS[found.origin], found, evidence, relation)


def _held(found: HeldLabels) -> Held:
    source = part(found.source) if found.source else "all labels alike" if found.reason != "invalid" else "any source"
    return Held(
        source=source,
        reason=_REASONS[found.reason],
        count=len(found.keys),
        found=found,
        keys=", ".join(str(key) for key in found.asked),
        answer=found.settled.text if found.settled else "",
    )
