"""A column then and now, on one pair of axes."""

from itertools import pairwise

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.histogram import Frame, draw_histogram
from include.retraining.report.moves import OTHER
from include.retraining.report.svg import Scale, drawing, element, line, shorten, text
from include.retraining.results.drift import ColumnDrift, Distribution

_WIDTH, _HEIGHT = 280.0, 168.0
_FRAME = Frame(left=8.0, right=272.0, top=24.0, bottom=146.0)
_CATEGORIES_SHOWN = 7
_FEW_VALUES = 3  # numbers of so few bars have no shape to draw: truth values, grades
_BAR_LEFT, _BAR_RIGHT = 92.0, 176.0


def draw_distribution(column: ColumnDrift) -> Markup | None:
    """Draw stepped densities for numbers, paired bars for categories; None when there is nothing to draw."""
    found = column.distribution
    if found is None or not found.reference:
        return None
    rows = _rows(found)
    parts = draw_histogram(found, _FRAME) if rows is None else _bars(rows)
    if parts is None:
        return None
    name = words.column_name(column.column)
    return drawing(_WIDTH, _HEIGHT, f"{name}: then and now", [*_key(), *parts])


def _key() -> list[Markup]:
    return [text((_FRAME.left, 12), "■ then", "then-label"), text((_FRAME.left + 52, 12), "━ now", "now-label")]


Rows = list[tuple[str, float, float]]


def _rows(found: Distribution) -> Rows | None:
    """What to draw as paired bars: categories, or numbers of so few values that each can have its own."""
    if found.kind == "categorical":
        return _largest(found)
    if len(found.reference) > _FEW_VALUES:
        return None
    edges = [words.rough(edge) for edge in found.edges]
    names = [f"{left} to {right}" if left != right else left for left, right in pairwise(edges)]
    if len(names) > 1:
        names[0], names[-1] = f"< {edges[1]}", f"≥ {edges[-2]}"
    return list(zip(names, found.reference, found.current, strict=True))


def _bars(rows: Rows) -> list[Markup]:
    top, bottom = _FRAME.top, _FRAME.bottom + 14
    most = max(max(then, now) for _, then, now in rows) or 1.0
    x = Scale(0, most, _BAR_LEFT, _BAR_RIGHT)
    step = (bottom - top) / max(len(rows), 4)
    bar = min(step * 0.38, 9.0)
    parts = []
    for position, (label, then, now) in enumerate(rows):
        at = top + position * step + (step - 2 * bar) / 2
        parts += [
            element("g", element("title", label), text((_BAR_LEFT - 6, at + bar + 4), shorten(label, 13), "", "end")),
            element("rect", x=_BAR_LEFT, y=at, width=x(then) - _BAR_LEFT, height=bar, class_="then-area"),
            element("rect", x=_BAR_LEFT, y=at + bar, width=x(now) - _BAR_LEFT, height=bar, class_="now-area"),
            text((_BAR_RIGHT + 6, at + bar + 4), f"{words.share(then)} → {words.share(now)}", "muted"),
        ]
    return [*parts, line((_BAR_LEFT, top), (_BAR_LEFT, top + len(rows) * step), "axis")]


def _largest(found: Distribution) -> Rows:
    """The categories that hold or moved most rows; the others together."""
    rows = list(zip(found.labels, found.reference, found.current, strict=True))
    if len(rows) <= _CATEGORIES_SHOWN:
        return rows
    named = [row for row in rows if row[0] != OTHER]
    named.sort(key=lambda row: max(row[1], row[2]) + abs(row[2] - row[1]), reverse=True)
    shown = sorted(named[: _CATEGORIES_SHOWN - 1], key=lambda row: row[1], reverse=True)
    others = [row for row in rows if row not in shown]
    rest = ("all others", sum(row[1] for row in others), sum(row[2] for row in others))
    return [*shown, rest]
