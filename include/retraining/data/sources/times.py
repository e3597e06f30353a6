"""Times as they come, made one kind: timestamp[us, UTC]."""

import logging
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.retraining.data.sources.base import TimeColumn
from include.retraining.errors import SourceError
from include.retraining.results.run import Interval

UTC_TIMESTAMP = pa.timestamp("us", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**62
"""Microseconds; about the year 148,000: beyond it a number is no time but a mistake."""
_HAS_ZONE = r"\d:\d{2}.*(?:Z|z|[+-]\d{2}(?::?\d{2})?)$"
_LOGGER = logging.getLogger(__name__)


def to_utc(values: pa.ChunkedArray, time: TimeColumn, where: str) -> pa.ChunkedArray:
    """Turn a column of timestamps, dates, ISO 8601 text or counted numbers into timestamp[us, UTC].

    Where clocks go back, a local time that occurs twice is taken as its first occurrence;
    where they go forward, one that never occurs is taken as the last moment before the change.

    Parameters
    ----------
    values
        The column as read; nulls stay nulls.
    where
        What was read, for messages.

    Raises
    ------
    SourceError
        When a time has no zone and `time.timezone` is None, a number has no unit, or a value is no time.
    """
    kind = values.type
    label = f"time column {time.name!r} of {where}"
    if pa.types.is_dictionary(kind):
        return to_utc(values.cast(kind.value_type), time, where)
    if pa.types.is_null(kind):
        return values.cast(UTC_TIMESTAMP)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return values.cast(UTC_TIMESTAMP, safe=False)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        naive = values.cast(pa.timestamp("us"), safe=False)
        return pa.chunked_array([_localise(pd.DatetimeIndex(naive.to_pandas()), time, label)])
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.chunked_array([_parse(values.to_pandas(), time, label)])
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.chunked_array([_count(values, time, label)])
    message = f"{label} is of type {kind}; a timestamp, a date, ISO 8601 text or a number is needed"
    raise SourceError(message)


def _localise(naive: pd.DatetimeIndex, time: TimeColumn, label: str) -> pa.Array:
    if time.timezone is None and not naive.isna().all():
        message = f"{label} carries no time zone; set `timezone` under `data` in the model file, for example UTC"
        raise SourceError(message)
    first = np.ones(len(naive), dtype=bool)
    local = naive.tz_localize(time.timezone or "UTC", ambiguous=first, nonexistent="shift_backward")
    return _to_arrow(local.tz_convert("UTC"))


def _to_arrow(times: pd.DatetimeIndex) -> pa.Array:
    naive_utc = times.tz_convert(None).as_unit("us").to_numpy()
    return pa.array(naive_utc, type=UTC_TIMESTAMP, from_pandas=True)


def _parse(texts: pd.Series, time: TimeColumn, label: str) -> pa.Array:
    given = texts.notna() & (texts.str.strip() != "")
    parsed = pd.to_datetime(texts.where(given), format="ISO8601", errors="coerce", utc=True)
    bad = given & parsed.isna()
    if bad.any():
        _refuse(int(bad.sum()), len(texts), texts[bad].iloc[0], label)
    aware = texts.str.contains(_HAS_ZONE, regex=True, na=True) | ~given
    if aware.all():
        return _to_arrow(pd.DatetimeIndex(parsed))
    naive = pd.DatetimeIndex(parsed.mask(aware)).tz_localize(None).as_unit("us")
    local = _localise(naive, time, label)
    return pc.if_else(pa.array(aware), _to_arrow(pd.DatetimeIndex(parsed)), local)


def _refuse(count: int, total: int, example: object, label: str) -> None:
    message = (
        f"{count} of {total} values of {label} are no times, for example {example!r}; write them in ISO 8601 "
        "(2024-01-31T08:00:00Z) or convert them in the query"
    )
    raise SourceError(message)


def _count(values: pa.ChunkedArray, time: TimeColumn, label: str) -> pa.Array:
    if time.unit is None:
        message = f"{label} is a number ({values.type}); set `time_unit` under `data` in the model file, for example 1h"
        raise SourceError(message)
    values = values.cast(pa.int64() if pa.types.is_integer(values.type) else pa.float64())
    absent = np.asarray(values.is_null(nan_is_null=True))
    numbers = values.fill_null(0).to_numpy()
    step = time.unit // _MICROSECOND
    origin = (_midnight(time) - _EPOCH) // _MICROSECOND
    with np.errstate(over="ignore", invalid="ignore"):
        bad = ~absent & ~(np.abs(numbers.astype(float) * step + origin) < _LARGEST)
    if bad.any():
        _refuse(int(bad.sum()), len(numbers), numbers[bad][0].item(), label)
    counted = np.where(absent, 0, numbers) * step
    micros = np.rint(counted).astype(np.int64) + origin
    return pa.array(micros, mask=absent).cast(UTC_TIMESTAMP)


def _midnight(time: TimeColumn) -> datetime:
    return datetime.combine(time.origin, datetime.min.time(), UTC)


def to_number(moment: datetime, time: TimeColumn) -> float:
    """Express a moment in steps of a numeric time column.

    Examples
    --------
    >>> from datetime import date
    >>> hour = TimeColumn(name="hour", unit=timedelta(hours=1), origin=date(2024, 1, 1))
    >>> to_number(datetime(2024, 1, 2, tzinfo=UTC), hour)
    24.0
    """
    if time.unit is None:
        message = f"time column {time.name!r} has no unit"
        raise SourceError(message)
    return (moment - _midnight(time)) / time.unit


def select_window(table: pa.Table, window: Interval, time: TimeColumn, where: str, *, keep_null: bool) -> pa.Table:
    """Normalise the time column of `table` and keep the rows inside the half-open window.

    Parameters
    ----------
    keep_null
        Whether rows without a time stay. They belong to no window; left out, they are counted in a warning.

    Raises
    ------
    SourceError
        See `to_utc`.
    """
    position = table.schema.get_field_index(time.name)
    times = to_utc(table.column(position), time, where)
    start, end = (pa.scalar(moment, type=UTC_TIMESTAMP) for moment in (window.start, window.end))
    inside = pc.and_(pc.greater_equal(times, start), pc.less(times, end))
    if times.null_count and not keep_null:
        _LOGGER.warning(
            "%s: %d rows have no %s, belong to no interval and are left out", where, times.null_count, time.name
        )
    placed = table.replace_schema_metadata(None).set_column(position, time.name, times)
    return placed.filter(pc.fill_null(inside, keep_null))
