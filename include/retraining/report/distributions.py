"""A column then and now, on one pair of axes."""

import math
from itertools import pairwise

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.svg import Point, Scale, drawing, element, line, polygon, polyline, shorten, text, ticks
from include.retraining.results import ColumnDrift, Distribution

_WIDTH, _HEIGHT = 280.0, 168.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 8.0, 272.0, 24.0, 146.0
_BINS_SHOWN = 40  # narrower bins would be spikes of a few pixels
_CATEGORIES_SHOWN = 7
_BAR_LEFT, _BAR_RIGHT = 92.0, 176.0


def draw_distribution(column: ColumnDrift) -> Markup | None:
    """Draw stepped densities for numbers, paired bars for categories; None when there is nothing to draw."""
    found = column.distribution
    if found is None or not found.reference:
        return None
    if found.kind == "categorical":
        return _bars(column.column, found)
    width = found.edges[-1] - found.edges[0]  # two floats can lie further apart than floats go
    return _steps(column.column, found) if 0 < width < math.inf else None


def _steps(name: str, found: Distribution) -> Markup:
    edges, reference, current = _widened(found)
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


def _widened(found: Distribution) -> Histogram:
    """Join neighbouring bins that are too narrow to see; the area of a bin stays its share of rows."""
    first, last = found.edges[0], found.edges[-1]
    least = (last - first) / _BINS_SHOWN
    edges, then, now = [first], [0.0], [0.0]
    for right, reference, current in zip(found.edges[1:], found.reference, found.current, strict=True):
        then[-1] += reference
        now[-1] += current
        if right - edges[-1] >= least and last - right >= least:
            edges.append(right)
            then.append(0.0)
            now.append(0.0)
    return [*edges, last], then, now


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
