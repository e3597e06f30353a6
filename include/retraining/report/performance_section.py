"""Realised beside estimated performance: figures, drawing, and what their difference says."""

from dataclasses import dataclass

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.intervals import Row, draw_intervals
from include.retraining.results.estimation import Estimated, Gap
from include.retraining.results.performance import Estimate, PerformanceResult
from include.retraining.results.run import LabelMaturity


@dataclass(frozen=True)
class EstimateSection:
    """What is known of the rows whose labels are missing."""

    text: str
    drawing: Markup | None
    figure: Estimate | None
    assumption: str
    outside: str
    gap: str


def estimate_section(performance: PerformanceResult | None) -> EstimateSection | None:
    """Write the estimate; None where there is neither an estimate nor a gap."""
    if performance is None or (performance.estimated is None and performance.gap is None):
        return None
    found = performance.estimated
    figure = as_estimate(found)
    return EstimateSection(
        text=found.text if found is not None and figure is None else "",
        drawing=_draw(performance, figure) if figure else None,
        figure=figure,
        assumption=found.assumption if found is not None and figure is not None else "",
        outside=_outside(found) if found is not None else "",
        gap=gap_sentence(performance.gap) if performance.gap else "",
    )


def as_estimate(found: Estimated | None) -> Estimate | None:
    """The figure with its interval, where it may be relied on."""
    if found is None or found.verdict != "estimated" or found.value is None:
        return None
    low = found.value if found.low is None else found.low
    high = found.value if found.high is None else found.high
    return Estimate(value=found.value, low=low, high=high, confidence=found.confidence, n=found.n)


def gap_sentence(gap: Gap) -> str:
    """Whether the rows themselves explain the realised figure, and what it means if they do not."""
    metric = words.metric_name(gap.metric)
    interval = Estimate(value=gap.difference, low=gap.low, high=gap.high, confidence=gap.confidence, n=0)
    start = f"Where labels arrived, {metric}"
    figures = f"realised minus estimated is {words.estimate(interval)}, p = {words.p_value(gap.p_value)}."
    if gap.p_value > 1 - gap.confidence:
        return f"{start} is what such rows let one expect: {figures}"
    if not gap.worse:
        return f"{start} came out better than such rows explain: {figures}"
    return (
        f"{start} came out worse than such rows explain: {figures} "
        "Moved inputs are not the reason then: the relation between features and target changed, or labels are wrong."
    )


def maturity_sentence(found: LabelMaturity | None) -> str:
    """How many predictions have their label, and where the others stand; empty where nothing is known."""
    if found is None or not found.predictions:
        return ""
    states = [
        (found.joined, "have their label"),
        (found.pending, "are too young to be judged"),
        (found.matured, "are of age and still wait for their label"),
        (found.orphaned, "are so old that a label would not find them any more"),
        (found.excluded, "are excluded, quarantined or with a label that is held"),
    ]
    told = [f"{words.count(number)} {what}" for number, what in states if number]
    text = f"Of {words.count(found.predictions)} predictions since {words.day(found.since)}, {words.listing(told)}."
    if found.labelled is not None:
        text += f" Of those of age {words.share(found.labelled)} are labelled."
    if (delays := found.delays) is not None:
        median, most, longest = (words.number(value) for value in (delays.median, delays.most, delays.longest))
        text += f" Labels that came of age now took {median} days (median), nine of ten {most}, the longest {longest}."
    return text


def _outside(found: Estimated) -> str:
    rows = f"{words.share(found.extrapolating_share)} of the {words.count(found.n)} rows"
    return f"{rows} lie where the reference has none" if found.n else ""


def _draw(performance: PerformanceResult, figure: Estimate) -> Markup:
    known = [("holdout", performance.reference, "then"), ("measured, on labels", performance.realised, "now")]
    rows = [Row(name, value, class_) for name, value, class_ in known if value is not None]
    rows.append(Row("estimated, no labels", figure, "estimated"))
    return draw_intervals(rows, f"{words.metric_name(performance.metric)}: measured and estimated")
