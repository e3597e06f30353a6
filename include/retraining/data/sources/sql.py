"""Rows from a database, by a query with bound parameters over an Airflow connection."""

import gc
import json
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import sqlalchemy as sa
from pydantic import Field
from pydantic.dataclasses import dataclass
from sqlalchemy.exc import SQLAlchemyError

from include.retraining import settings
from include.retraining.data.sources.base import CHUNK_ROWS, TimeColumn, did_you_mean, require_columns
from include.retraining.data.sources.times import select_window, to_number
from include.retraining.errors import SourceError
from include.retraining.results.run import Interval

_LOGGER = logging.getLogger(__name__)
# What Arrow takes as it is; nearly all columns hold nothing else.
_ARROW_KINDS = frozenset({type(None), str, int, float, bool, bytes, datetime})
_BOUNDS = {"start", "end"}


@dataclass(frozen=True)
class SqlSource:
    """The rows that a query returns for a window, fetched in chunks from a server-side cursor.

    The query must select by `:start` and `:end`: `WHERE sold_at >= :start AND sold_at < :end`. They are bound, never
    pasted, as the time column needs them: as moments; as numbers when the model file sets `time_unit`; in SQLite as
    text `YYYY-MM-DD HH:MM:SS` in the file's `timezone` (UTC when left out). SQLite text in another form, such as with
    a `T` or without a clock time, compares wrongly as text: write `datetime(sold_at) >= :start`.
    Rows outside the window are left out with a warning; rows without a time stay if the query returns them.
    An `ORDER BY` makes a rerun see the rows in the same order, and so find the same snapshot.

    Parameters
    ----------
    conn_id
        Airflow connection of the database.
    query
        Name of a file in the folder of queries, or the SQL itself.
    chunk_rows
        Rows held in memory at a time.
    """

    conn_id: str
    query: str
    chunk_rows: Annotated[int, Field(ge=1)] = CHUNK_ROWS

    def read(self, window: Interval, time: TimeColumn, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Run the query for a window; see `Source.read`."""
        statement = sa.text(self._sql())
        if (found := set(statement.compile().params)) != _BOUNDS:
            message = (
                f"{self._name()} must use exactly the parameters :start and :end, to select the rows of one interval; "
                f"it uses {', '.join(f':{name}' for name in sorted(found)) or 'none'} (write \\: for a plain colon)"
            )
            raise SourceError(message)
        engine = _engine(self.conn_id)
        try:
            yield from self._fetch(engine, statement, window, time, columns)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip()
            message = (
                f"{self._name()} failed on connection {self.conn_id!r}: {reason}. Check the query and the connection"
            )
            raise SourceError(message) from error
        finally:
            engine.dispose()

    def _fetch(
        self,
        engine: sa.Engine,
        statement: sa.TextClause,
        window: Interval,
        time: TimeColumn,
        columns: Sequence[str] | None,
    ) -> Iterator[pa.Table]:
        returned = inside = 0
        options = {"stream_results": True, "max_row_buffer": self.chunk_rows}
        with engine.connect() as connection:
            _set_session_zone(connection, time)
            bounds = bound_window(window, time, engine.dialect.name)
            result = connection.execute(statement, bounds, execution_options=options)
            names = list(result.keys())
            require_columns([time.name, *(columns or ())], names, self._name())
            wanted = names if columns is None else [name for name in names if name == time.name or name in columns]
            yield select_window(_table(names, []).select(wanted), window, time, self._name(), keep_null=True)
            for fetched in _tables(names, result.partitions(self.chunk_rows)):
                table = select_window(fetched.select(wanted), window, time, self._name(), keep_null=True)
                returned, inside = returned + fetched.num_rows, inside + table.num_rows
                yield table
        if returned > inside:
            _LOGGER.warning(
                "%s: %d of %d rows lie outside %s by %s and are left out; compare that column with :start and :end",
                *(self._name(), returned - inside, returned, window, time.name),
            )

    def _name(self) -> str:
        return "the inline query" if _is_inline(self.query) else f"query {self.query}"

    def _sql(self) -> str:
        if _is_inline(self.query):
            return self.query
        folder = settings.sql_folder()
        try:
            return (folder / self.query).read_text(encoding="utf-8")
        except (FileNotFoundError, IsADirectoryError) as error:
            known = sorted(path.name for path in folder.glob("*.sql"))
            hint = did_you_mean(self.query, known)
            message = f"no query {self.query!r} in {folder}{hint}; it holds {', '.join(known) or 'no .sql file'}"
            raise SourceError(message) from error


def _is_inline(query: str) -> bool:
    return re.search(r"\s", query.strip()) is not None


def _engine(conn_id: str) -> sa.Engine:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowException

    try:
        connection = BaseHook.get_connection(conn_id)
        hook: Any = connection.get_hook()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        if not hasattr(hook, "get_sqlalchemy_engine"):
            message = f"connection {conn_id!r} is of type {connection.conn_type!r}, which is no SQL database"
            raise SourceError(message)
        engine: sa.Engine = hook.get_sqlalchemy_engine()
    except (AirflowException, SQLAlchemyError, ImportError, ValueError) as error:
        message = (
            f"connection {conn_id!r} cannot be used ({type(error).__name__}): define it in Airflow under Admin, "
            f"Connections, or as the variable AIRFLOW_CONN_{conn_id.upper()}, and install its provider"
        )
        raise SourceError(message) from error
    return engine


def _set_session_zone(connection: sa.Connection, time: TimeColumn) -> None:
    """Make PostgreSQL compare a column without a zone as local time of the declared zone."""
    if connection.dialect.name == "postgresql" and time.timezone is not None:
        connection.execute(sa.text("SELECT set_config('TimeZone', :zone, true)"), {"zone": time.timezone})


def bound_window(window: Interval, time: TimeColumn, dialect: str) -> dict[str, Any]:
    """Express a window as the values of `:start` and `:end` that fit the time column.

    A bound inside the hour that a clock repeats is moved outwards by that hour, since databases differ in which of the
    two they mean; rows that this brings in too many are left out after reading.

    Examples
    --------
    >>> day = Interval(start=datetime(2024, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 2, tzinfo=UTC))
    >>> bound_window(day, TimeColumn(name="at", timezone="Europe/Berlin"), "sqlite")
    {'start': '2024-01-01 01:00:00', 'end': '2024-01-02 01:00:00'}
    """
    if time.unit is not None:
        return {"start": to_number(window.start, time), "end": to_number(window.end, time)}
    zone = ZoneInfo(time.timezone or "UTC")
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    bounds = {"start": window.start - _repeated(start), "end": window.end + _repeated(end)}
    local = {name: moment.astimezone(zone) for name, moment in bounds.items()}
    if dialect == "sqlite":
        return {name: moment.replace(tzinfo=None).isoformat(" ") for name, moment in local.items()}
    return {name: moment if time.timezone else moment.astimezone(UTC) for name, moment in local.items()}


def _repeated(local: datetime) -> timedelta:
    """Length of the span that the clock repeats around a local time; zero on all but one hour of a year."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return abs(first - second) if first is not None and second is not None else timedelta()


def _tables(names: Sequence[str], chunks: Iterator[Sequence[sa.Row[Any]]]) -> Iterator[pa.Table]:
    while True:
        with _collector_resting():
            rows = next(chunks, None)
            table = None if rows is None else _table(names, rows)
            del rows
        if table is None:
            return
        yield table


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the garbage collector from looking for cycles among rows, which have none, and through every module as well.

    It takes half of the time otherwise.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _table(names: Sequence[str], rows: Sequence[sa.Row[Any]]) -> pa.Table:
    if not rows:
        return pa.table({name: pa.nulls(0) for name in names})
    return pa.table({name: _column(list(values)) for name, values in zip(names, zip(*rows, strict=True), strict=True)})


def _column(values: list[Any]) -> pa.Array:
    """Give one column a type: what Arrow infers, floats for decimals, and text for what has no common type."""
    plain = values if _ARROW_KINDS.issuperset(map(type, values)) else [_plain(value) for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowException, OverflowError):
        return pa.array([None if value is None else str(value) for value in plain])


def _plain(value: Any) -> Any:
    if isinstance(value, tuple(_ARROW_KINDS)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, memoryview):
        return value.tobytes()
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True, default=str)
    return value if type(value).__module__ == "datetime" else str(value)
