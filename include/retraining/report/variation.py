"""Normal variation: a test's statistic in successive intervals beside its alarm threshold.

It shows whether this interval stands out, or a column has been on its way for long.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.drift_words import Past, same_column
from include.retraining.report.svg import Scale, drawing, element, line, polyline, text
from include.retraining.results.drift import ColumnDrift, Finding
from include.retraining.results.run import Interval

INTERVALS = 12
"""Most intervals before this one that are drawn: a quarter of weeks."""
_WIDTH, _HEIGHT = 280.0, 104.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 8.0, 184.0, 22.0, 84.0
_LABEL_GAP = 13.0  # smallest distance of two labels, in pixels: one line of text
_NARROWEST = 1.0  # pixels of the shortest interval
_HEADROOM = 1.06


@dataclass(frozen=True)
class Point:
    """One interval: the statistic, negative when it went down, and from which value on it is an alarm."""

    interval: Interval
    value: float
    threshold: float
    drifted: bool


def draw_variation(column: ColumnDrift, finding: Finding, interval: Interval, past: Past) -> Markup | None:
    """Draw the statistic of one test over time; None when no earlier interval has it."""
    points = series(column, finding, interval, past)
    if len(points) < 2:
        return None
    x = Scale(points[0].interval.start.timestamp(), points[-1].interval.end.timestamp(), _LEFT, _RIGHT)
    low = min(point.value for point in points)
    highest = max(max(abs(point.value) if low >= 0 else point.value, point.threshold) for point in points)
    lowest = min(0.0, *(min(point.value, -point.threshold) for point in points)) if low < 0 else 0.0
    y = Scale(lowest * _HEADROOM, highest * _HEADROOM, _BOTTOM, _TOP)
    parts = [
        text((_LEFT, 12), f"{_test_name(finding)} over {len(points)} intervals", "muted"),
        *(_band(point, x, y, two_sided=low < 0) for point in points),
        line((_LEFT, y(0)), (_RIGHT, y(0)), "axis"),
        polyline([(_middle(point, x), y(point.value)) for point in points], "line thin"),
        *(_dot(point, x, y) for point in points),
        *_labels(points[-1], y),
        text((_LEFT, _BOTTOM + 16), words.day(points[0].interval.start), "muted small"),
        text((_RIGHT, _BOTTOM + 16), words.day(points[-1].interval.end), "muted small", "end"),
    ]
    return drawing(_WIDTH, _HEIGHT, f"{words.column_name(column.column)}: normal variation", parts)


def series(column: ColumnDrift, finding: Finding, interval: Interval, past: Past) -> list[Point]:
    """The same test on the same column in the last intervals, this one at the end."""
    found = [
        _point(when, earlier)
        for when, result in past[-INTERVALS:]
        if (then := same_column(column, result)) is not None
        for earlier in then.findings
        if earlier.test == finding.test
    ]
    return [*found, _point(interval, finding)]


def _point(interval: Interval, finding: Finding) -> Point:
    sign = -1 if finding.direction == "down" else 1
    return Point(interval, sign * finding.statistic, finding.threshold, finding.drifted)


def _middle(point: Point, x: Scale) -> float:
    return (x(point.interval.start.timestamp()) + x(point.interval.end.timestamp())) / 2


def _band(point: Point, x: Scale, y: Scale, *, two_sided: bool) -> Markup:
    """Values that are no alarm in one interval."""
    left, right = x(point.interval.start.timestamp()), x(point.interval.end.timestamp())
    top, bottom = y(point.threshold), y(-point.threshold if two_sided else 0)
    return element("rect", x=left, y=top, width=max(right - left, _NARROWEST), height=bottom - top, class_="usual")


def _dot(point: Point, x: Scale, y: Scale) -> Markup:
    said = f"{point.interval}: {words.number(point.value)}, limit {words.number(point.threshold)}"
    return element(
        "circle",
        element("title", said),
        cx=_middle(point, x), cy=y(point.value), r=3.5, class_="dot alarm" if point.drifted else "dot",
    )  # fmt: skip


def _labels(last: Point, y: Scale) -> Sequence[Markup]:
    """The last figure and threshold at the right, moved apart where they would touch."""
    threshold = -last.threshold if last.value < 0 else last.threshold
    labels = [
        (f"now {words.rough(last.value)}", last.value, "now-label strong"),
        (f"limit {words.rough(threshold)}", threshold, "muted"),
    ]
    labels.sort(key=lambda label: y(label[1]))
    first, second = (y(value) for _, value, _ in labels)
    first = min(first, _BOTTOM - _LABEL_GAP)
    second = max(second, first + _LABEL_GAP)
    return [
        text((_RIGHT + 8, at + 4), said, class_) for (said, _, class_), at in zip(labels, (first, second), strict=True)
    ]


def _test_name(finding: Finding) -> str:
    return _NAMES.get(finding.test, finding.test.replace("_", " "))


_NAMES = {
    "kolmogorov_smirnov": "share of values moved",
    "van_der_waerden": "shift (normal scores)",
    "klotz": "spread (normal scores)",
    "chi_squared": "chi-squared of the categories",
    "population_stability": "population stability index",
    "jensen_shannon": "Jensen-Shannon distance",
    "wasserstein": "Wasserstein distance",
    "null_rate": "change of the missing rate",
    "infinite_rate": "change of the rate of infinities",
    "unseen_categories": "share of new categories",
}
