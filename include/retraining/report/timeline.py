"""Performance over time: the champion's metric with its band, who reigned, and what happened when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.lanes import LANE, draw_lanes, moment, reigns
from include.retraining.report.svg import Point, Scale, drawing, element, line, polygon, polyline, text, ticks
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.performance import Estimate

_WIDTH, _LEFT, _RIGHT, _TOP, _PLOT = 840.0, 110.0, 112.0, 26.0, 190.0
_LABEL_GAP = 13.0  # smallest distance of two labels, in pixels: one line of text
_DATE_HALF = 34.0  # half the width of a date, in pixels
_DATES = 6  # dates that fit below the plot
_DOTS = 80  # beyond so many points the dots would hide the line
_MARGIN = 0.08  # share of the value range left free above and below


@dataclass(frozen=True)
class Tolerance:
    """The champion's holdout figure, and how far its metric may fall from there."""

    reference: Estimate
    maximum_drop: float
    greater_is_better: bool

    @property
    def limit(self) -> float:
        """Where the tolerated drop ends."""
        sign = -1 if self.greater_is_better else 1
        return self.reference.value + sign * self.maximum_drop


def timeline(
    points: Sequence[HistoryPoint], metric: str, tolerances: Mapping[str | None, Tolerance] | None = None
) -> Markup | None:
    """Draw the metric of successive intervals.

    Parameters
    ----------
    points
        In time order.
    tolerances
        By champion id; drawn over the intervals in which that champion reigned.

    Returns
    -------
    Markup or None
        None when no interval has a figure.
    """
    if all(point.realised is None and point.estimated_value is None for point in points):
        return None
    limits = tolerances or {}
    x = _time_scale(points)
    y = _value_scale(points, [limits[point.champion_id] for point in points if point.champion_id in limits])
    lanes = draw_lanes(points, x)
    height = _TOP + _PLOT + 24 + LANE * len(lanes) + 6
    parts = [
        *_axes(points, x, y, metric),
        *_tolerances(points, limits, x, y),
        *_estimates(points, x, y),
        *_band(points, x, y),
        *_promotions(points, x),
        *_end_labels(points, limits, y),
    ]
    for row, (name, marks) in enumerate(lanes):
        top = _TOP + _PLOT + 26 + row * LANE
        parts.append(text((_LEFT - 10, top + 13), name, "muted", "end"))
        parts.append(element("g", *marks, transform=f"translate(0 {top:g})"))
    return drawing(_WIDTH, height, f"{words.metric_name(metric)} over time", parts)


def _time_scale(points: Sequence[HistoryPoint]) -> Scale:
    first, last = points[0].interval.start.timestamp(), moment(points[-1])
    return Scale(first, last, _LEFT, _WIDTH - _RIGHT)


def _value_scale(points: Sequence[HistoryPoint], tolerances: Iterable[Tolerance]) -> Scale:
    values = [value for point in points if (found := point.realised) for value in (found.low, found.high, found.value)]
    values += [point.estimated_value for point in points if point.estimated_value is not None]
    values += [value for tolerance in tolerances for value in (tolerance.reference.value, tolerance.limit)]
    low, high = min(values), max(values)
    margin = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
    return Scale(low - margin, high + margin, _TOP + _PLOT, _TOP)


def _axes(points: Sequence[HistoryPoint], x: Scale, y: Scale, metric: str) -> list[Markup]:
    bottom, right = _TOP + _PLOT, _WIDTH - _RIGHT
    parts = [text((_LEFT - 10, 14), words.metric_name(metric), "strong", "end")]
    marks = ticks(y.low, y.high, 5)
    for value, label in zip(marks, words.numbers(marks), strict=True):
        parts.append(line((_LEFT, y(value)), (right, y(value)), "grid"))
        parts.append(text((_LEFT - 10, y(value) + 4), label, "muted", "end"))
    for point in points[:: -(-len(points) // _DATES)]:
        at = x(moment(point))
        parts.append(line((at, bottom), (at, bottom + 4), "axis"))
        parts.append(
            text((at, bottom + 17), _date(point, x), "muted", "start" if at < _LEFT + _DATE_HALF else "middle")
        )
    parts.append(line((_LEFT, bottom), (right, bottom), "axis"))
    return [*parts, text((_LEFT - 10, bottom + 17), "interval end", "muted", "end")]


def _date(point: HistoryPoint, x: Scale) -> str:
    short = x.high - x.low < _DATES * 86400
    return f"{point.interval.end:%m-%d %H:%M}" if short else words.day(point.interval.end)


def _tolerances(
    points: Sequence[HistoryPoint], tolerances: Mapping[str | None, Tolerance], x: Scale, y: Scale
) -> list[Markup]:
    parts = []
    for first, start, end in reigns(points):
        if found := tolerances.get(first.champion_id):
            for value, class_ in ((found.reference.value, "reference"), (found.limit, "limit")):
                parts.append(line((x(start), y(value)), (x(end), y(value)), class_))
    return parts


def _end_labels(points: Sequence[HistoryPoint], tolerances: Mapping[str | None, Tolerance], y: Scale) -> list[Markup]:
    """Name the last figure and its limits at the right, moved apart where they would touch."""
    last = points[-1]
    labels = [("now", last.realised.value, "value")] if last.realised else []
    labels += [("est.", last.estimated_value, "estimate")] if last.estimated_value is not None else []
    if found := tolerances.get(last.champion_id):
        labels += [("holdout", found.reference.value, "muted"), ("limit", found.limit, "warning")]
    labels.sort(key=lambda label: y(label[1]))
    parts, lowest = [], float("-inf")
    for name, value, class_ in labels:
        lowest = max(y(value), lowest + _LABEL_GAP)
        parts.append(text((_WIDTH - _RIGHT + 10, lowest + 4), f"{name} {words.number(value)}", class_))
    return parts


def _estimates(points: Sequence[HistoryPoint], x: Scale, y: Scale) -> list[Markup]:
    """Estimated figures: hollow marks on a dashed line, which breaks where there is none."""
    parts = []
    many = sum(point.estimated_value is not None for point in points) > _DOTS
    for has_figure, group in groupby(points, key=lambda point: point.estimated_value is not None):
        if has_figure:
            found = [(point, point.estimated_value) for point in group]
            marks = [(point, (x(moment(point)), y(value)), value) for point, value in found if value is not None]
            parts.append(polyline([at for _, at, _ in marks], "line estimated"))
            parts += [_hollow(point, at, value) for point, at, value in marks if not many or point is points[-1]]
    return parts


def _hollow(point: HistoryPoint, at: Point, value: float) -> Markup:
    said = element("title", f"{point.interval}: {words.number(value)}, estimated without labels")
    return element("circle", said, cx=at[0], cy=at[1], r=3.2, class_="dot estimated")


def _band(points: Sequence[HistoryPoint], x: Scale, y: Scale) -> list[Markup]:
    """Line and confidence band, broken where an interval has no figure."""
    parts = []
    for has_figure, group in groupby(points, key=lambda point: point.realised is not None):
        if has_figure:
            found = [(x(moment(point)), point.realised) for point in group]
            estimates: list[tuple[float, Estimate]] = [(at, value) for at, value in found if value is not None]
            upper: list[Point] = [(at, y(value.high)) for at, value in estimates]
            lower: list[Point] = [(at, y(value.low)) for at, value in estimates]
            parts += [
                polygon([*upper, *reversed(lower)], "band"),
                polyline([(at, y(value.value)) for at, value in estimates], "line"),
            ]
            if len(estimates) == 1:  # a band of one point has no area
                parts.append(line(upper[0], lower[0], "whisker"))
    return [*parts, *_dots(points, x, y)]


def _dots(points: Sequence[HistoryPoint], x: Scale, y: Scale) -> list[Markup]:
    judged = [(point, point.realised) for point in points if point.realised is not None]
    parts = []
    for index, (point, value) in enumerate(judged):
        last = index == len(judged) - 1
        at = (x(moment(point)), y(value.value))
        if last or len(judged) <= _DOTS:
            parts.append(
                element(
                    "circle",
                    element("title", f"{point.interval}: {words.estimate(value)}, {words.count(value.n)} labels"),
                    cx=at[0],
                    cy=at[1],
                    r=4.5 if last else 2.5,
                    class_="dot",
                )
            )
    return parts


def _promotions(points: Sequence[HistoryPoint], x: Scale) -> list[Markup]:
    """A vertical line where a new champion took over."""
    ends = [moment(point) for point in points if point.promoted]
    return [line((x(end), _TOP), (x(end), _TOP + _PLOT), "takeover") for end in ends]
