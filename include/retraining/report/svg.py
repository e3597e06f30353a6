"""Just enough SVG to draw small charts: scales, ticks and escaped elements.

Colours come from CSS classes of the page, so one drawing serves light, dark and print.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

Point = tuple[float, float]
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)  # tick steps that people count in


@dataclass(frozen=True)
class Scale:
    """A straight map from data `[low, high]` to pixels `[start, end]`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.start + share * (self.end - self.start)

    def clip(self, value: float) -> float:
        """Map `value`, held inside the drawing."""
        return self(min(max(value, self.low), self.high))


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round values inside `[low, high]`, about `count` of them.

    Examples
    --------
    >>> ticks(0.61, 0.79, 4)
    [0.65, 0.7, 0.75]
    """
    if not high > low:
        return [low]
    rough = (high - low) / max(count, 1)
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * magnitude for nice in _NICE if nice * magnitude >= rough * 0.999)
    digits = max(0, 2 - math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(position * step, digits) for position in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int) -> list[float]:
    """Round values inside `[low, high]`, both positive, for a logarithmic axis: about `count` powers of ten.

    Over few decades 1, 2 and 5 times these powers.

    Examples
    --------
    >>> log_ticks(0.5, 2000, 4), log_ticks(3, 60, 4)
    ([1.0, 10.0, 100.0, 1000.0], [5.0, 10.0, 20.0, 50.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, round((last - first) / (count + 1)))
    powers = [float(f"1e{exponent}") for exponent in range(first, last + 1) if exponent % step == 0]
    factors = (1.0,) if math.log10(high / low) >= count - 1 else (1.0, 2.0, 5.0)
    found = [round(factor * power, 2 - math.floor(math.log10(power))) for power in powers for factor in factors]
    return [value for value in found if low <= value <= high]


def element(name: str, *children: str, **attributes: object) -> Markup:
    """One SVG element; text children and attribute values are escaped.

    `class_` becomes `class`, other underscores become hyphens, None leaves an attribute out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _coordinate(value))
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, Markup("").join(children))


def drawing(width: float, height: float, label: str, children: Iterable[Markup]) -> Markup:
    """A whole drawing that grows with its container; `label` is read out by screen readers."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
        class_="chart",
        xmlns="http://www.w3.org/2000/svg",
    )


def line(start: Point, end: Point, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=class_)


def text(at: Point, content: str, class_: str = "", anchor: str = "start") -> Markup:
    """Text whose baseline starts, ends or is centred (`middle`) at a point."""
    return element("text", content, x=at[0], y=at[1], class_=class_ or None, text_anchor=anchor)


def polyline(points: Sequence[Point], class_: str) -> Markup:
    """A line through all points."""
    return element("path", d="M" + "L".join(_pair(point) for point in points), class_=class_)


def polygon(points: Sequence[Point], class_: str) -> Markup:
    """A closed area."""
    return element("path", d="M" + "L".join(_pair(point) for point in points) + "Z", class_=class_)


def shorten(name: str, length: int) -> str:
    """Cut a long name, showing that it was cut.

    Examples
    --------
    >>> shorten("scheduled_departure", 10)
    'scheduled…'
    """
    return name if len(name) <= length else name[: length - 1] + "…"


def _pair(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _coordinate(value: object) -> object:
    return f"{value:.1f}" if isinstance(value, float) else value
