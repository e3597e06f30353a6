"""Durations as people write them: `7d`, `36h`, `90m`, `2w`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PATTERN = re.compile(r"(\d+)\s*([mhdw])")


def parse_duration(value: Any) -> Any:
    """Turn `7d` into a timedelta; leave a timedelta alone.

    Raises
    ------
    ValueError
        When the text is not a whole number followed by m, h, d or w.

    Examples
    --------
    >>> parse_duration("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    if isinstance(value, timedelta):
        return value
    match = _PATTERN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        message = f"{value!r} is not a duration; write a whole number and a unit: 90m, 36h, 7d or 2w"
        raise ValueError(message)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def format_duration(value: timedelta) -> str:
    """Write a timedelta in its largest whole unit.

    Examples
    --------
    >>> format_duration(timedelta(days=14))
    '2w'
    """
    minutes = round(value.total_seconds() / 60)
    for unit, size in (("w", 7 * 24 * 60), ("d", 24 * 60), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\s*[mhdw]$", "examples": ["7d", "36h"]}),
]
