"""Limits as people write them: `200MB`, `50ms`, or `2x` for twice what the champion has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_BYTES = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}
_SECONDS = {"ms": 1e-3, "s": 1.0}
_RELATIVE = "x"
_PATTERN = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


@dataclass(frozen=True)
class Limit:
    """A largest value: an amount of its own, or a multiple of the champion's."""

    amount: float
    relative: bool
    text: str

    def against(self, champion: float | None) -> float | None:
        """The largest value; None where it is relative and there is no champion.

        Examples
        --------
        >>> Limit(2.0, True, "2x").against(30.0), Limit(50.0, False, "50B").against(None)
        (60.0, 50.0)
        """
        if not self.relative:
            return self.amount
        return None if champion is None else self.amount * champion


def parse_limit(value: Any, units: Mapping[str, float], examples: str) -> Any:
    """Turn `200MB` or `2x` into a limit; leave a limit alone.

    Raises
    ------
    ValueError
        When the text is no number with a known unit, or nothing could be below it.
    """
    if isinstance(value, Limit):
        return value
    match = _PATTERN.fullmatch(value.strip()) if isinstance(value, str) else None
    known = {**units, _RELATIVE: 1.0}
    if match is None or match[2] not in known:
        message = f"{value!r} is no limit; write a number and one of {', '.join(known)}, for example {examples}"
        raise ValueError(message)
    amount = float(match[1]) * known[match[2]]
    if amount <= 0:
        message = f"{value!r} would refuse every model; leave the limit out, or write more, for example {examples}"
        raise ValueError(message)
    return Limit(amount, match[2] == _RELATIVE, match[0])


def _size(value: Any) -> Any:
    return parse_limit(value, _BYTES, "200MB or 3x")


def _latency(value: Any) -> Any:
    return parse_limit(value, _SECONDS, "50ms or 2x")


def _text(limit: Limit) -> str:
    return limit.text


SizeLimit = Annotated[
    Limit,
    BeforeValidator(_size),
    PlainSerializer(_text, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(B|kB|MB|GB|x)$", "examples": ["200MB", "3x"]}),
]
LatencyLimit = Annotated[
    Limit,
    BeforeValidator(_latency),
    PlainSerializer(_text, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|x)$", "examples": ["50ms", "2x"]}),
]
