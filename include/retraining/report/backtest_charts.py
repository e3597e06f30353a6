"""Policies side by side over time: what each has gained so far, and when it trained."""

from collections.abc import Sequence
from itertools import accumulate

from markupsafe import Markup

from include.retraining.report import words
from include.retraining.report.svg import Scale, drawing, element, line, polyline, shorten, text, ticks
from include.retraining.results.backtest import Backtest, PolicyResult, Retraining
from include.retraining.results.run import Interval

_WIDTH, _LEFT, _RIGHT, _TOP, _PLOT = 840.0, 110.0, 150.0, 26.0, 210.0
_LANE = 20.0
_LABEL_GAP = 14.0  # smallest distance of two labels, in pixels: one line of text
_DATES = 6  # dates that fit below the plot
_MARGIN = 0.06  # share of the value range left free above and below
_NAME = 20  # letters of a policy's name beside its line
COLOURS = 8
"""How many policies have a colour of their own in the page's style; further ones start anew."""


def draw_policies(found: Backtest) -> Markup | None:
    """Draw each policy's gain over the base, added up over the intervals, above its trainings; None without figures."""
    base = base_of(found)
    if base is None:
        return None
    lines = {one.name: _gained(one, base, found) for one in found.policies if one.name != base.name}
    values = [0.0, *(value for points in lines.values() for _, value in points)]
    x = Scale(found.intervals[0].start.timestamp(), found.intervals[-1].end.timestamp(), _LEFT, _WIDTH - _RIGHT)
    y = _value_scale(values)
    trained = [one for one in found.policies if one.retrainings]
    height = _TOP + _PLOT + 30 + _LANE * len(trained) + 6
    numbers = {one.name: number % COLOURS for number, one in enumerate(found.policies)}
    parts = _axes(found.intervals, x, y)
    parts.append(line((_LEFT, y(0.0)), (_WIDTH - _RIGHT, y(0.0)), "zero"))
    for name, points in lines.items():
        if points:
            marks = [(x(at), y(value)) for at, value in points]
            parts.append(polyline([(x(found.intervals[0].start.timestamp()), y(0.0)), *marks], _line(numbers[name])))
    parts += _labels(lines, base.name, y, numbers)
    for row, one in enumerate(trained):
        parts += _lane(one, _TOP + _PLOT + 30 + row * _LANE, x, numbers[one.name])
    return drawing(_WIDTH, height, "gain of each policy, added up over time, and its trainings", parts)


def base_of(found: Backtest) -> PolicyResult | None:
    """What gains are drawn against: never retraining, else the worst policy; None where nothing was judged."""
    told = [one for one in found.policies if one.mean is not None]
    sign = 1.0 if found.greater_is_better else -1.0
    return next((one for one in told if one.name == "never"), None) or min(
        told, key=lambda one: sign * (one.mean or 0.0), default=None
    )


def _gained(one: PolicyResult, base: PolicyResult, found: Backtest) -> list[tuple[float, float]]:
    sign = 1.0 if found.greater_is_better else -1.0
    pairs = [
        (interval.end.timestamp(), sign * (mine - theirs))
        for interval, mine, theirs in zip(found.intervals, one.figures, base.figures, strict=True)
        if mine is not None and theirs is not None
    ]
    return list(zip((at for at, _ in pairs), accumulate(gain for _, gain in pairs), strict=True))


def _value_scale(values: Sequence[float]) -> Scale:
    low, high = min(values), max(values)
    margin = (high - low) * _MARGIN or 1.0
    return Scale(low - margin, high + margin, _TOP + _PLOT, _TOP)


def _axes(intervals: Sequence[Interval], x: Scale, y: Scale) -> list[Markup]:
    bottom, right = _TOP + _PLOT, _WIDTH - _RIGHT
    parts = [text((_LEFT - 10, 14), "gain so far", "strong", "end")]
    marks = ticks(y.low, y.high, 5)
    for value, label in zip(marks, words.numbers(marks), strict=True):
        parts.append(line((_LEFT, y(value)), (right, y(value)), "grid"))
        parts.append(text((_LEFT - 10, y(value) + 4), label, "muted", "end"))
    for interval in intervals[:: -(-len(intervals) // _DATES)]:
        at = x(interval.end.timestamp())
        parts.append(line((at, bottom), (at, bottom + 4), "axis"))
        parts.append(text((at, bottom + 17), words.day(interval.end), "muted", "middle"))
    return [*parts, line((_LEFT, bottom), (right, bottom), "axis")]


def _labels(lines: dict[str, list[tuple[float, float]]], base: str, y: Scale, numbers: dict[str, int]) -> list[Markup]:
    """Name each line at its end, moved apart where they would touch."""
    ends = [(base, 0.0), *((name, points[-1][1]) for name, points in lines.items() if points)]
    ends.sort(key=lambda end: y(end[1]))
    parts, lowest = [], float("-inf")
    for name, value in ends:
        lowest = max(y(value), lowest + _LABEL_GAP)
        label = shorten(name, _NAME)
        class_ = "muted" if name == base else f"policy-{numbers[name]}"
        parts.append(text((_WIDTH - _RIGHT + 10, lowest + 4), label, class_))
    return parts


def _lane(one: PolicyResult, top: float, x: Scale, number: int) -> list[Markup]:
    name = text((_LEFT - 10, top + 14), shorten(one.name, 16), f"policy-{number}", "end")
    return [name, *(_triangle(entry, x(entry.at.timestamp()), top) for entry in one.retrainings)]


def _triangle(entry: Retraining, at: float, top: float) -> Markup:
    if not entry.promoted:
        what, class_ = "champion kept", "kept"
    elif entry.needless:
        what, class_ = "promoted, no gain shown", "unproven"
    else:
        what, class_ = "promoted, better", "promoted"
    gain = f": {words.estimate(entry.gain)}" if entry.gain else ""
    return element(
        "path",
        element("title", f"{words.day(entry.at)}: {what}{gain}"),
        d=f"M{at - 5:.1f},{top + 15:.1f}L{at:.1f},{top + 5:.1f}L{at + 5:.1f},{top + 15:.1f}Z",
        class_=class_,
    )


def _line(number: int) -> str:
    return f"policy policy-{number}"
