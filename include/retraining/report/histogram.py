"""A number then and now: stepped densities on one axis, plain or logarithmic, with open ends.

The area of a bar is its share of the values. The outermost bars hold all that lies beyond them, so their width says
nothing: they are drawn about as wide as the others, behind a dashed line that says where they begin.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.svg import Point, Scale, line, log_ticks, polygon, polyline, text, ticks
from include.retraining.results.drift import Distribution

SKEWED = 10.0
"""Ratio of the reference's 99% quantile to its median from which on a positive column gets a logarithmic axis. An
exponential law has 6.6, a log-normal one exceeds 10 from a deviation of 1 on."""
_BINS_SHOWN = 40  # narrower bins would be spikes of a few pixels
_WIDEST_END = 2.0  # widths of the other bars that an outermost one may have
_LETTER = 7.0  # pixels that a letter of a tick label takes, about
_GAP = 6.0  # pixels between two tick labels
_SAME = 1e-6  # relative difference below which widths count as equal


@dataclass(frozen=True)
class Frame:
    """Where on the drawing the axes stand, in pixels."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Histogram:
    """Bars ready to draw: `edges` in units of the axis; `ends` are the values where the open bars begin, if any."""

    edges: tuple[float, ...]
    then: tuple[float, ...]
    now: tuple[float, ...]
    logarithmic: bool
    ends: tuple[float | None, float | None]


def draw_histogram(found: Distribution, frame: Frame) -> list[Markup] | None:
    """Draw a numeric distribution; None where its range has no width, or more than floats can hold."""
    if not 0 < found.edges[-1] - found.edges[0] < math.inf:
        return None
    bars = prepare(found)
    x = Scale(bars.edges[0], bars.edges[-1], frame.left, frame.right)
    then, now = _density(bars.edges, bars.then), _density(bars.edges, bars.now)
    y = Scale(0, max(*then, *now) or 1, frame.bottom, frame.top)
    kind = [text((frame.right, frame.top - 12), "logarithmic axis", "muted small", "end")] if bars.logarithmic else []
    return [
        *kind,
        polygon(_outline(bars.edges, then, x, y), "then-area"),
        polyline(_outline(bars.edges, now, x, y), "now-line"),
        line((frame.left, frame.bottom), (frame.right, frame.bottom), "axis"),
        *_axis(bars, x, frame),
    ]


def prepare(found: Distribution) -> Histogram:
    """Put the bars on an axis: a logarithmic one if they are skewed, with narrow ones joined, and ends marked."""
    logarithmic = is_skewed(found)
    edges = _ended(
        [math.log10(edge) if edge > 0 else -math.inf for edge in found.edges] if logarithmic else found.edges
    )
    bounds = _open_ends(found)
    edges, then, now = _widened(edges, found.reference, found.current)
    inner = (edges[1], edges[-2]) if len(edges) > 2 else (math.nan, math.nan)
    values = [10**edge if logarithmic else edge for edge in inner]
    low, high = (value if is_open else None for value, is_open in zip(values, bounds, strict=True))
    return Histogram(tuple(edges), tuple(then), tuple(now), logarithmic, (low, high))


def is_skewed(found: Distribution) -> bool:
    """Whether a column of positive values needs a logarithmic axis to be readable."""
    if len(found.edges) < 4 or found.edges[0] < 0 or found.edges[1] <= 0:
        return False
    middle, upper = (_quantile(found, share) for share in (0.5, 0.99))
    return upper > SKEWED * middle > 0


def _quantile(found: Distribution, share: float) -> float:
    """Value below which a share of the reference lies, read from its bars."""
    below = 0.0
    for (left, right), height in zip(pairwise(found.edges), found.reference, strict=True):
        if height > 0 and below + height >= share:
            return left + (right - left) * (share - below) / height
        below += height
    return found.edges[-1]


def _ended(edges: list[float] | tuple[float, ...]) -> list[float]:
    """Give the outermost bars a width like that of the others."""
    inner = list(edges[1:-1])
    if len(inner) < 2:
        return list(edges)
    usual = median(right - left for left, right in pairwise(inner))
    first, last = inner[0] - edges[0], edges[-1] - inner[-1]
    least = (inner[1] - inner[0], inner[-1] - inner[-2])
    widths = [
        max(min(width, _WIDEST_END * usual), min(beside, usual))
        for width, beside in zip((first, last), least, strict=True)
    ]
    return [inner[0] - widths[0], *inner, inner[-1] + widths[1]]


def _open_ends(found: Distribution) -> tuple[bool, bool]:
    """Whether the outermost bars may hold more than their place on the axis says.

    Not so where all bars are alike, one for each value of a column of few values.
    """
    widths = [right - left for left, right in pairwise(found.edges)]
    inner = widths[1:-1]
    if not inner:
        return False, False
    regular = max(inner) - min(inner) <= _SAME * max(inner)
    first, last = (not (regular and width <= inner[0] * (1 + _SAME)) for width in (widths[0], widths[-1]))
    return first, last


def _widened(
    edges: list[float], reference: tuple[float, ...], current: tuple[float, ...]
) -> tuple[list[float], list[float], list[float]]:
    """Join neighbouring bins that are too narrow to see; the area of a bin stays its share of the values."""
    first, last = edges[0], edges[-1]
    least = (last - first) / _BINS_SHOWN
    kept, then, now = [first], [0.0], [0.0]
    for right, before, after in zip(edges[1:], reference, current, strict=True):
        then[-1] += before
        now[-1] += after
        if right - kept[-1] >= least and last - right >= least:
            kept.append(right)
            then.append(0.0)
            now.append(0.0)
    return [*kept, last], then, now


def _density(edges: tuple[float, ...], shares: tuple[float, ...]) -> list[float]:
    return [value / (right - left) for (left, right), value in zip(pairwise(edges), shares, strict=True)]


def _outline(edges: tuple[float, ...], heights: list[float], x: Scale, y: Scale) -> list[Point]:
    points: list[Point] = [(x(edges[0]), y(0))]
    for (left, right), height in zip(pairwise(edges), heights, strict=True):
        points += [(x(left), y(height)), (x(right), y(height))]
    return [*points, (x(edges[-1]), y(0))]


def _axis(bars: Histogram, x: Scale, frame: Frame) -> list[Markup]:
    """Ticks with their values; where an open bar begins a dashed line, and a label that says so."""
    parts: list[Markup] = []
    free = [-math.inf, math.inf]
    low, high = bars.ends
    if low is not None:
        label = f"< {words.rough(low)}"
        parts += _end(x(bars.edges[1]), frame, label, "start")
        free[0] = max(x(bars.edges[1]), frame.left + _LETTER * len(label) + _GAP)
    if high is not None:
        label = f"≥ {words.rough(high)}"
        parts += _end(x(bars.edges[-2]), frame, label, "end")
        free[1] = min(x(bars.edges[-2]), frame.right - _LETTER * len(label) - _GAP)
    for at, label in _marks(bars):
        half = _LETTER * len(label) / 2
        middle = min(max(x(at), frame.left + half), frame.right - half)
        parts.append(line((x(at), frame.bottom), (x(at), frame.bottom + 4), "axis"))
        if free[0] < middle - half and middle + half < free[1]:
            parts.append(text((middle, frame.bottom + 17), label, "muted", "middle"))
    return parts


def _end(at: float, frame: Frame, label: str, anchor: str) -> list[Markup]:
    side = frame.left if anchor == "start" else frame.right
    return [
        line((at, frame.top), (at, frame.bottom + 4), "end"),
        text((side, frame.bottom + 17), label, "muted", anchor),
    ]


def _marks(bars: Histogram) -> list[tuple[float, str]]:
    """Places on the axis and what stands there."""
    low, high = bars.edges[0], bars.edges[-1]
    if bars.logarithmic:
        return [(math.log10(value), words.number(value)) for value in log_ticks(10**low, 10**high, 4)]
    found = ticks(low, high, 4)
    return list(zip(found, words.numbers(found), strict=True))
