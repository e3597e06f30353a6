"""Figures with their intervals, one below the other on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.svg import Scale, drawing, element, line, shorten, text, ticks
from include.retraining.results.performance import Estimate
from include.retraining.results.succession import Watch
from include.retraining.results.training import Comparison

_WIDTH, _LEFT, _RIGHT, _ROW = 580.0, 150.0, 376.0, 28.0  # three negative figures fit at the right
_MARGIN = 0.08  # share of the value range left free on either side


@dataclass(frozen=True)
class Row:
    """A figure to draw; `reference` is a mark to compare it with."""

    label: str
    estimate: Estimate
    class_: str = "now"
    reference: float | None = None


def draw_intervals(rows: Sequence[Row], label: str, *, zero: str | None = None) -> Markup:
    """Draw each figure as a dot with its interval.

    Parameters
    ----------
    zero
        What a figure of zero means; given, a line is drawn there.
    """
    x = _scale(rows, with_zero=zero is not None)
    top = 20.0 if zero else 4.0
    bottom = top + _ROW * len(rows) + 4
    parts = []
    marks = ticks(x.low, x.high, 4)
    for value, written in zip(marks, words.numbers(marks), strict=True):
        parts.append(line((x(value), top), (x(value), bottom), "grid"))
        parts.append(text((x(value), bottom + 16), written, "muted", "middle"))
    if zero:
        parts.append(line((x(0), top), (x(0), bottom), "zero"))
        parts.append(text((x(0), 13), zero, "muted", "middle"))
    for position, row in enumerate(rows):
        parts += _row(row, top + _ROW * (position + 0.5) + 2, x)
    return drawing(_WIDTH, bottom + 24, label, parts)


def _scale(rows: Sequence[Row], *, with_zero: bool) -> Scale:
    values = [
        value for row in rows for value in (row.estimate.low, row.estimate.high, row.reference) if value is not None
    ]
    values += [0.0] if with_zero else []
    low, high = min(values), max(values)
    margin = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
    return Scale(low - margin, high + margin, _LEFT, _RIGHT)


def _row(row: Row, y: float, x: Scale) -> list[Markup]:
    found = row.estimate
    parts = [
        text((_LEFT - 12, y + 4), shorten(row.label, 22), "", "end"),
        line((x(found.low), y), (x(found.high), y), f"whisker {row.class_}"),
        element("circle", cx=x(found.value), cy=y, r=5.0, class_=f"dot {row.class_}"),
        text((_RIGHT + 12, y + 4), words.estimate(found), "figures"),
    ]
    if row.reference is not None:
        parts.append(line((x(row.reference), y - 7), (x(row.reference), y + 7), "mark"))
    return parts


def draw_comparison(comparison: Comparison) -> tuple[Markup, Markup | None]:
    """Champion and challenger on one scale; and the gain of the challenger against zero."""
    rows = [Row("challenger", comparison.challenger)]
    if comparison.champion is not None:
        rows.insert(0, Row("champion", comparison.champion, "then"))
    both = draw_intervals(rows, f"{words.metric_name(comparison.metric)} of champion and challenger")
    if comparison.difference is None:
        return both, None
    gain = draw_intervals([Row("gain", comparison.difference)], "gain of the challenger", zero="no difference")
    return both, gain


def draw_watch(watch: Watch) -> Markup | None:
    """The champion against its predecessor; None where they could not be compared."""
    if watch.difference is None:
        return None
    rows = [Row("all rows", watch.difference)]
    rows += [Row("newer half", watch.recent)] if watch.recent else []
    return draw_intervals(rows, "champion against the model that it replaced", zero="no difference")
