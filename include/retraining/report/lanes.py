"""Rows of marks below a chart over time: who reigned, what was trained, what drifted, what was the matter."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.diagnosis_section import kind_name, kind_tone
from include.retraining.report.svg import Scale, element, text
from include.retraining.results.diagnosis import DiagnosisKind
from include.retraining.results.outcome import HistoryPoint

LANE = 20.0  # height of one row of marks
_VERSION_GAP = 26.0  # smallest distance of two version labels: about four characters
_LETTER = 5.6  # width of a small letter, in pixels
_SHORT: dict[DiagnosisKind, str] = {
    "harmful_data_drift": "data",
    "concept_drift": "concept",
    "local_concept_drift": "concept",
    "suspect_labels": "labels",
    "broken_feed": "feed",
}


def moment(point: HistoryPoint) -> float:
    """When a point stands: at the end of its interval."""
    return point.interval.end.timestamp()


def reigns(points: Sequence[HistoryPoint]) -> list[tuple[HistoryPoint, float, float]]:
    """Successive champions: their first point, and the moments between which they reigned."""
    reigns = []
    for _, group in groupby(points, key=lambda point: (point.champion_id, point.champion_version)):
        members = list(group)
        reigns.append((members[0], members[0].interval.start.timestamp(), moment(members[-1])))
    return reigns


def draw_lanes(points: Sequence[HistoryPoint], x: Scale) -> list[tuple[str, list[Markup]]]:
    """Rows of marks below the plot; a row without any mark is left out."""
    rejected = [point for point in points if point.action == "reject"]
    trained = [point for point in points if point.action in ("retrain", "update")]
    drifted = [point for point in points if point.drifted_columns]
    lanes = [
        ("champion", _champions(points, x)),
        ("rolled back", [_rollback(point, x) for point in points if point.rolled_back]),
        ("retrained", [_triangle(point, x) for point in trained]),
        ("drifted columns", [_drifted(point, x) for point in drifted]),
        ("diagnosis", _diagnoses(points, x)),
        ("labels held", [_count(point, x, point.held, "labels held") for point in points if point.held]),
        ("rejected", [_cross(point, x) for point in rejected]),
    ]
    return [(name, marks) for name, marks in lanes if marks]


def _champions(points: Sequence[HistoryPoint], x: Scale) -> list[Markup]:
    parts, free_from = [], float("-inf")
    for number, (point, start, end) in enumerate(reigns(points)):
        name = point.champion_version or (point.champion_id or "")[:6]
        if name:
            class_ = "reign even" if number % 2 else "reign"
            parts.append(element("rect", x=x(start), y=3.0, width=x(end) - x(start), height=13.0, class_=class_))
            label = f"v{name}" if point.champion_version else name
            if x(start) >= free_from and x(end) - x(start) >= 6 * len(label):
                parts.append(text((x(start) + 4, 13.0), label, "small"))
                free_from = x(start) + _VERSION_GAP
    return parts


def _triangle(point: HistoryPoint, x: Scale) -> Markup:
    at = x(moment(point))
    what = "promoted" if point.promoted else "champion kept"
    return element(
        "path",
        element("title", f"{point.interval}: retrained, {what}"),
        d=f"M{at - 5:.1f},15L{at:.1f},5L{at + 5:.1f},15Z",
        class_="promoted" if point.promoted else "kept",
    )


def _rollback(point: HistoryPoint, x: Scale) -> Markup:
    at = x(moment(point))
    title = element("title", f"{point.interval}: rolled back")
    return element("path", title, d=f"M{at - 5:.1f},5L{at:.1f},15L{at + 5:.1f},5Z", class_="fallen")


def _drifted(point: HistoryPoint, x: Scale) -> Markup:
    return _count(point, x, len(point.drifted_columns), ", ".join(point.drifted_columns))


def _count(point: HistoryPoint, x: Scale, count: int, what: str) -> Markup:
    title = element("title", f"{point.interval}: {what}")
    return element("g", title, text((x(moment(point)), 13.0), words.count(count), "small", "middle"))


def _diagnoses(points: Sequence[HistoryPoint], x: Scale) -> list[Markup]:
    """Bars over intervals in a row with the same matter, named where there is room."""
    parts = []
    for kind, group in groupby(points, key=lambda point: point.diagnosis):
        members = list(group)
        if kind is None or kind_tone(kind) not in ("attention", "bad"):
            continue
        start, end = x(members[0].interval.start.timestamp()), x(moment(members[-1]))
        name = kind_name(kind)
        title = element(
            "title", f"{words.day(members[0].interval.start)} to {words.day(members[-1].interval.end)}: {name}"
        )
        bar = element(
            "rect", x=start, y=3.0, width=max(end - start - 1, 1.0), height=13.0, class_=f"state-{kind_tone(kind)}"
        )
        short = _SHORT[kind]
        fitting = [label for label in (name, short, short[:1].upper()) if len(label) * _LETTER <= end - start - 4]
        label = [text((start + 3, 13.0), fitting[0], "small on")] if fitting else []
        parts.append(element("g", title, bar, *label))
    return parts


def _cross(point: HistoryPoint, x: Scale) -> Markup:
    at = x(moment(point))
    return element(
        "path",
        element("title", f"{point.interval}: rejected"),
        d=f"M{at - 4:.1f},6l8,8m0,-8l-8,8",
        class_="rejected",
    )
