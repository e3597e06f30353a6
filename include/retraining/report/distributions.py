"""A column then and now, on one pair of axes."""

from itertools import pairwise

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.svg import Point, Scale, drawing, element, line, polygon, polyline, shorten, text, ticks
from include.retraining.results import ColumnDrift, Distribution

_WIDTH, _HEIGHT = 280.0, 168.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 8.0, 272.0, 24.0, 146.0
_BINS_SHOWN = 40  # narrower bins would be spikes of a few pixels
_TAIL = 0.005  # share of rows left out on either side, so that one outlier does not set the axis
_END_BIN = 0.25  # longest drawn part of an outermost bin, against all bins between
_CATEGORIES_SHOWN = 7
_BAR_LEFT, _BAR_RIGHT = 92.0, 176.0


def draw_distribution(column: ColumnDrift) -> Markup | None:
    """Draw stepped densities for numbers, paired bars for categories; None when nothing was kept to draw."""
    found = column.distribution
    if found is None or not found.reference:
        return None
    return _bars(column.column, found) if found.kind == "categorical" else _steps(column.column, found)


def _steps(name: str, found: Distribution) -> Markup:
    edges, reference, current = _merged(*_trimmed(found))
    x = Scale(edges[0], edges[-1], _LEFT, _RIGHT)
    then, now = _density(edges, reference), _density(edges, current)
    y = Scale(0, max(*then, *now) or 1, _BOTTOM, _TOP)
    parts = [
        polygon(_outline(edges, then, x, y), "then-area"),
        polyline(_outline(edges, now, x, y), "now-line"),
        line((_LEFT, _BOTTOM), (_RIGHT, _BOTTOM), "axis"),
    ]
    marks = ticks(edges[0], edges[-1], 4)
    for value, label in zip(marks, words.numbers(marks), strict=True):
        anchor = "start" if x(value) < _LEFT + 12 else "end" if x(value) > _RIGHT - 12 else "middle"
        parts.append(line((x(value), _BOTTOM), (x(value), _BOTTOM + 4), "axis"))
        parts.append(text((x(value), _BOTTOM + 17), label, "muted", anchor))
    return drawing(_WIDTH, _HEIGHT, f"{name}: distribution then and now", [*_key(), *parts])


def _key() -> list[Markup]:
    return [text((_LEFT, 12), "■ then", "then-label"), text((_LEFT + 52, 12), "━ now", "now-label")]


Histogram = tuple[list[float], list[float], list[float]]


def _trimmed(found: Distribution) -> Histogram:
    """Leave out the far tails, unless then or now has rows there."""
    shares = (found.reference, found.current)
    first = min(_first_filled(values) for values in shares)
    last = len(found.reference) - min(_first_filled(values[::-1]) for values in shares)
    edges = list(found.edges[first : last + 1])
    if edges[-1] <= edges[0]:  # a constant: give it some width to stand on
        width = abs(edges[0]) * 0.05 or 0.5
        return [edges[0] - width, edges[0] + width], [sum(found.reference)], [sum(found.current)]
    return _short_ends(edges, list(found.reference[first:last]), list(found.current[first:last]))


def _short_ends(edges: list[float], reference: list[float], current: list[float]) -> Histogram:
    """Cut the two outermost bins where they would take most of the axis; their density stays as it was."""
    if len(reference) < 3:
        return edges, reference, current
    longest = (edges[-2] - edges[1]) * _END_BIN
    shown = (max(edges[0], edges[1] - longest), min(edges[-1], edges[-2] + longest))
    parts = ((edges[1] - shown[0]) / (edges[1] - edges[0]), (shown[1] - edges[-2]) / (edges[-1] - edges[-2]))
    cut = [[values[0] * parts[0], *values[1:-1], values[-1] * parts[1]] for values in (reference, current)]
    return [shown[0], *edges[1:-1], shown[1]], cut[0], cut[1]


def _first_filled(shares: tuple[float, ...]) -> int:
    total = 0.0
    for position, value in enumerate(shares):
        total += value
        if total > _TAIL:
            return position
    return 0


def _merged(edges: list[float], reference: list[float], current: list[float]) -> Histogram:
    """Join neighbouring bins that are too narrow to see; the area of a bin stays its share of rows."""
    least = (edges[-1] - edges[0]) / _BINS_SHOWN
    kept: Histogram = ([edges[0]], [], [])
    sums = [0.0, 0.0]
    for right, then, now in zip(edges[1:], reference, current, strict=True):
        sums = [sums[0] + then, sums[1] + now]
        if right - kept[0][-1] >= least:
            for values, value in zip(kept, (right, *sums), strict=True):
                values.append(value)
            sums = [0.0, 0.0]
    if kept[1]:  # what is left over is narrower than a bin: it joins the last one
        kept[0][-1] = edges[-1]
        kept[1][-1] += sums[0]
        kept[2][-1] += sums[1]
        return kept
    return [edges[0], edges[-1]], [sums[0]], [sums[1]]


def _density(edges: list[float], shares: list[float]) -> list[float]:
    return [value / (right - left) for (left, right), value in zip(pairwise(edges), shares, strict=True)]


def _outline(edges: list[float], heights: list[float], x: Scale, y: Scale) -> list[Point]:
    points: list[Point] = [(x(edges[0]), y(0))]
    for (left, right), height in zip(pairwise(edges), heights, strict=True):
        points += [(x(left), y(height)), (x(right), y(height))]
    return [*points, (x(edges[-1]), y(0))]


def _bars(name: str, found: Distribution) -> Markup:
    rows = _largest(found)
    most = max(max(then, now) for _, then, now in rows) or 1.0
    x = Scale(0, most, _BAR_LEFT, _BAR_RIGHT)
    step = (_BOTTOM + 14 - _TOP) / max(len(rows), 4)
    bar = min(step * 0.38, 9.0)
    parts = [*_key()]
    for position, (label, then, now) in enumerate(rows):
        top = _TOP + position * step + (step - 2 * bar) / 2
        parts += [
            element("g", element("title", label), text((_BAR_LEFT - 6, top + bar + 4), shorten(label, 13), "", "end")),
            element("rect", x=_BAR_LEFT, y=top, width=x(then) - _BAR_LEFT, height=bar, class_="then-area"),
            element("rect", x=_BAR_LEFT, y=top + bar, width=x(now) - _BAR_LEFT, height=bar, class_="now-area"),
            text((_BAR_RIGHT + 6, top + bar + 4), f"{words.share(then)} → {words.share(now)}", "muted"),
        ]
    parts.append(line((_BAR_LEFT, _TOP), (_BAR_LEFT, _TOP + len(rows) * step), "axis"))
    return drawing(_WIDTH, _HEIGHT, f"{name}: shares then and now", parts)


def _largest(found: Distribution) -> list[tuple[str, float, float]]:
    """The categories that hold or moved most rows; the others together."""
    rows = list(zip(found.labels, found.reference, found.current, strict=True))
    if len(rows) <= _CATEGORIES_SHOWN:
        return rows
    ranked = sorted(rows, key=lambda row: max(row[1], row[2]) + abs(row[2] - row[1]), reverse=True)
    shown, others = ranked[: _CATEGORIES_SHOWN - 1], ranked[_CATEGORIES_SHOWN - 1 :]
    shown.sort(key=lambda row: row[1], reverse=True)
    rest = (f"{len(others)} others", sum(row[1] for row in others), sum(row[2] for row in others))
    return [*shown, rest]
