"""What a change of the metric is made of: one bar for each cause, in metric points."""

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.svg import Scale, drawing, element, line, text, ticks
from include.retraining.results.concept import Attribution
from include.retraining.results.performance import Estimate

_WIDTH, _LEFT, _RIGHT, _ROW = 690.0, 168.0, 440.0, 27.0
_BAR, _TOP = 13.0, 22.0
_MARGIN = 0.06  # share of the value range left free on either side
_NAMES = {
    "data": "moved inputs",
    "concept": "changed relation",
    "labels": "suspect labels",
    "noise": "chance",
    "total": "whole change",
}


def parts(attribution: Attribution) -> dict[str, Estimate]:
    """The parts that were told apart, the whole last; without suspect labels these have no part."""
    found = {name: getattr(attribution, name) for name in _NAMES}
    labels = attribution.labels
    if labels is not None and labels.value == labels.low == labels.high == 0:
        del found["labels"]
    return {name: value for name, value in found.items() if value is not None}


def draw_attribution(attribution: Attribution) -> Markup | None:
    """Draw the parts as bars from zero with their intervals; None where nothing could be told apart."""
    rows = parts(attribution)
    if attribution.total is None or attribution.verdict == "not_enough":
        return None
    x = _scale(list(rows.values()))
    bottom = _TOP + _ROW * len(rows) + 4
    drawn = []
    marks = ticks(x.low, x.high, 4)
    for value, written in zip(marks, words.numbers(marks), strict=True):
        drawn.append(line((x(value), _TOP), (x(value), bottom), "grid"))
        drawn.append(text((x(value), bottom + 16), written, "muted", "middle"))
    left, right = ("worse", "better") if attribution.greater_is_better else ("better", "worse")
    drawn += [
        text((x(0) - 8, 14), f"← {left}", "muted", "end"),
        text((x(0) + 8, 14), f"{right} →", "muted"),
    ]
    for position, (name, found) in enumerate(rows.items()):
        top = _TOP + _ROW * position + 4
        if name == "total":
            drawn.append(line((10.0, top - 2), (_WIDTH - 10, top - 2), "grid"))
        drawn += _bar(_NAMES[name], found, top + 3, x, _class(name, found, attribution))
    drawn.append(line((x(0), _TOP), (x(0), bottom), "zero"))
    return drawing(_WIDTH, bottom + 22, f"What changed {words.metric_name(attribution.metric)}", drawn)


def _scale(values: list[Estimate]) -> Scale:
    limits = [limit for value in values for limit in (value.low, value.high, value.value)]
    low, high = min(*limits, 0.0), max(*limits, 0.0)
    margin = (high - low) * _MARGIN or 1.0
    return Scale(low - margin, high + margin, _LEFT, _RIGHT)


def _class(name: str, value: Estimate, attribution: Attribution) -> str:
    if name == "noise":
        return "by-chance"
    return "gained" if (value.value > 0) == attribution.greater_is_better else "lost"


def _bar(label: str, value: Estimate, top: float, x: Scale, class_: str) -> list[Markup]:
    start, end = sorted((x(0), x(value.value)))
    middle = top + _BAR / 2
    strong = "strong" if label == _NAMES["total"] else ""
    return [
        text((_LEFT - 12, middle + 4), label, strong, "end"),
        element("rect", x=start, y=top, width=end - start, height=_BAR, class_=f"bar {class_}"),
        line((x(value.low), middle), (x(value.high), middle), "error"),
        text((_RIGHT + 12, middle + 4), words.estimate(value, max(abs(x.low), abs(x.high))), strong),
    ]


def attribution_sentence(attribution: Attribution) -> str:
    """By how much the metric changed, and what most of it is due to."""
    if attribution.total is None:
        return ""
    total = attribution.total.value
    metric = words.metric_name(attribution.metric)
    than = "than on the champion's holdout"
    said = f"On recent labelled rows {metric} is {words.number(abs(total))} {'higher' if total > 0 else 'lower'} {than}"
    causes = {"data": "inputs that moved", "concept": "a changed relation", "labels": "labels that look wrong"}
    found = {name: value.value for name, value in parts(attribution).items() if name in causes}
    same = {name: value for name, value in found.items() if value * total > 0}
    if not same:
        return f"{said}, no more than chance does."
    first = max(same, key=lambda name: abs(same[name]))
    share = same[first] / total
    if share < 0.5:
        return f"{said}; no single cause accounts for most of it."
    most = "All of it, and more," if share > 1.05 else "Nearly all of it" if share > 0.9 else "Most of it"
    return f"{said}. {most} comes from {causes[first]} ({words.signed(same[first])})."
