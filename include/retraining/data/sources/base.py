"""What every source is: something that reads the rows of one window."""

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol, cast

import pyarrow as pa
from pydantic import ValidationError

from include.retraining.errors import SourceError, SpecError
from include.retraining.registry import resolve
from include.retraining.results.record import Record
from include.retraining.results.run import Interval

if TYPE_CHECKING:
    from include.retraining.spec.data import DataSpec, SourceSpec

CHUNK_ROWS = 50_000
"""Rows read at a time: with 100 columns of 8 bytes about 40 MB."""
_VARIADIC = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


class TimeColumn(Record):
    """Which column places a row in time, and how its values are to be read.

    `unit` and `origin` apply to numbers (counted from midnight UTC), `timezone` to times without a zone.
    """

    name: str
    unit: timedelta | None = None
    origin: date = date(1970, 1, 1)
    timezone: str | None = None


class Source(Protocol):
    """Where rows come from. A class or function of your own only needs this one method."""

    def read(self, window: Interval, time: TimeColumn, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Read the rows with `window.start <= time < window.end`, a bounded chunk at a time.

        The time column arrives as timestamp[us, UTC]. `columns` prunes (None: all); a column that only some
        of the chunks have is left out of the others. At least one chunk comes, if need be without rows.

        Raises
        ------
        SourceError
            When the data cannot be reached, or has no such columns or times.
        """
        ...


def time_column(data: "DataSpec", name: str) -> TimeColumn:
    """Describe a time column of a model: its event time or its label time."""
    return TimeColumn(name=name, unit=data.time_unit, origin=data.time_origin, timezone=data.timezone)


def make_source(spec: "SourceSpec") -> Source:
    """Build the source that a model file names.

    Raises
    ------
    SpecError
        When a parameter is unknown, missing or of the wrong type; names the accepted ones.
    UnknownNameError
        When there is no such source.
    """
    factory = resolve("source", spec.use)
    parameters = inspect.signature(factory).parameters
    problems = _argument_problems(parameters, spec.params)
    try:
        if not problems:
            return cast("Source", factory(**spec.params))
    except ValidationError as error:
        problems = [f"{entry['loc'][0]}: {entry['msg']}" for entry in error.errors()]
    message = f"source {spec.use!r}: {'; '.join(problems)}. It takes {', '.join(parameters)}"
    raise SpecError(message)


def _argument_problems(parameters: Mapping[str, inspect.Parameter], given: Iterable[str]) -> list[str]:
    given = set(given)
    kinds = {parameter.kind for parameter in parameters.values()}
    unknown = set() if inspect.Parameter.VAR_KEYWORD in kinds else given - parameters.keys()
    missing = [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty and parameter.kind not in _VARIADIC and name not in given
    ]
    return [
        *(f"unknown parameter {name!r}{did_you_mean(name, parameters)}" for name in sorted(unknown)),
        *(f"missing parameter {name!r}" for name in missing),
    ]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the nearest known name, as a clause to append; empty when none is near.

    Examples
    --------
    >>> did_you_mean("carier", ["origin", "carrier"])
    " (did you mean 'carrier'?)"
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def require_columns(wanted: Iterable[str], existing: Sequence[str], where: str) -> None:
    """Check that columns exist, and exist once.

    Raises
    ------
    SourceError
        Naming each missing column, the nearest existing one, and all that exist.
    """
    if twice := sorted({name for name in existing if existing.count(name) > 1}):
        message = f"{where} has more than one column named {', '.join(twice)}; give each its own name"
        raise SourceError(message)
    if missing := [f"{name!r}{did_you_mean(name, existing)}" for name in wanted if name not in existing]:
        message = f"{where} has no column {', '.join(missing)}; it has {', '.join(existing) or 'none'}"
        raise SourceError(message)
