"""Queries give the rows of a window, bounded as the database stores its times."""

import datetime as dt
import gc
import itertools
import json
import sqlite3
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pytest

from include.retraining.data.sources import sql
from include.retraining.data.sources.base import TimeColumn
from include.retraining.data.sources.sql import SqlSource, _column, bound_window
from include.retraining.data.tables import collect
from include.retraining.errors import SourceError
from include.retraining.results.run import Interval

AT = TimeColumn(name="at", timezone="UTC")
QUERY = "SELECT * FROM sales WHERE at >= :start AND at < :end ORDER BY id"


@pytest.fixture
def database(tmp_path, monkeypatch):
    """Give an empty SQLite database behind the Airflow connection `shop`."""
    path = tmp_path / "shop.db"
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    monkeypatch.setenv("RETRAINING_SQL", str(tmp_path))
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE sales (id INTEGER, at, amount)")
    yield connection
    connection.close()


def fill(database, *rows):
    """Insert rows of time and amount, numbered from 1."""
    database.executemany("INSERT INTO sales VALUES (?, ?, ?)", [(n, *row) for n, row in enumerate(rows, start=1)])
    database.commit()


def ids(window, query=QUERY, time=AT, **options):
    """Read the ids of a window."""
    return collect(SqlSource("shop", query, **options).read(window, time)).column("id").to_pylist()


def test_the_edges_of_a_window_are_exact(database, day):
    """The start is in and the end is out, with and without a fraction of a second."""
    fill(
        database,
        ("2024-01-01 23:59:59.999999", 1),
        ("2024-01-02 00:00:00", 2),
        ("2024-01-02 00:00:00.000000", 3),
        ("2024-01-02 23:59:59.999", 4),
        ("2024-01-03 00:00:00", 5),
        ("2024-01-03 00:00:00.000000", 6),
    )
    assert ids(day(1)) == [2, 3, 4]


def test_adjacent_windows_share_no_row_and_lose_none(database, day):
    """Read hour by hour, every row comes exactly once."""
    start = day(0).start
    moments = [start + dt.timedelta(minutes=7 * n, microseconds=n % 3) for n in range(100)]
    fill(database, *((moment.strftime("%Y-%m-%d %H:%M:%S.%f"), 0) for moment in moments))
    hours = [start + dt.timedelta(hours=n) for n in range(13)]
    found = [ids(Interval(start=a, end=b)) for a, b in itertools.pairwise(hours)]
    assert list(itertools.chain(*found)) == list(range(1, 101))


def test_times_are_taken_in_the_declared_zone(database, day):
    """Local text is compared with local bounds and comes back as UTC."""
    fill(database, ("2024-01-01 18:59:59", 1), ("2024-01-01 19:00:00", 2), ("2024-01-02 18:59:59", 3))
    time = TimeColumn(name="at", timezone="America/New_York")
    assert ids(day(1), time=time) == [2, 3]


def test_repeated_hour_is_read_once(database):
    """In the night that clocks go back, hourly windows still give each row exactly once."""
    fill(database, *((f"2013-11-03 {hour:02d}:30:00", 0) for hour in range(4)))
    time = TimeColumn(name="at", timezone="America/New_York")
    hours = [dt.datetime(2013, 11, 3, tzinfo=dt.UTC) + dt.timedelta(hours=n) for n in range(12)]
    found = [ids(Interval(start=a, end=b), time=time) for a, b in itertools.pairwise(hours)]
    assert list(itertools.chain(*found)) == [1, 2, 3, 4]


def test_numbers_are_bound_as_numbers(database, day):
    """A counted time column is compared with counts."""
    fill(database, *((n, 0) for n in range(72)))
    time = TimeColumn(name="at", unit=dt.timedelta(hours=1), origin=dt.date(2024, 1, 1))
    assert ids(day(1), time=time) == list(range(25, 49))


def test_chunks_are_bounded(database, day):
    """No chunk has more rows than asked for, and the order is kept."""
    fill(database, *(("2024-01-01 12:00:00", n) for n in range(25)))
    tables = list(SqlSource("shop", QUERY, chunk_rows=10).read(day(0), AT))
    assert [table.num_rows for table in tables] == [0, 10, 10, 5]
    assert collect(tables).column("id").to_pylist() == list(range(1, 26))


@pytest.mark.usefixtures("database")
def test_a_window_without_rows_has_the_columns(day):
    """No rows still name the columns."""
    table = collect(SqlSource("shop", QUERY).read(day(9), AT))
    assert (table.num_rows, table.column_names) == (0, ["id", "at", "amount"])


def test_queries_may_lie_in_files(database, day, tmp_path):
    """A name without blanks is a file in the folder of queries; a wrong one gets a hint."""
    fill(database, ("2024-01-01 12:00:00", 1))
    (tmp_path / "sales.sql").write_text(QUERY)
    assert ids(day(0), "sales.sql") == [1]
    with pytest.raises(SourceError, match=r"no query 'sale.sql'.*did you mean 'sales.sql'"):
        ids(day(0), "sale.sql")


@pytest.mark.parametrize("query", ["SELECT * FROM sales", "SELECT 1 WHERE at > :start", f"{QUERY} LIMIT :most"])
@pytest.mark.usefixtures("database")
def test_queries_must_use_both_bounds(day, query):
    """A query that does not select by the window, or wants more, is refused before it runs."""
    with pytest.raises(SourceError, match="exactly the parameters :start and :end"):
        ids(day(0), query)


def test_rows_outside_the_window_are_reported(database, day, caplog):
    """A query that compares another column brings rows of other intervals: they are left out and counted."""
    fill(database, ("2024-01-01 12:00:00", 1), ("2023-06-01 12:00:00", 2))
    assert ids(day(0), "SELECT * FROM sales WHERE :start < :end") == [1]
    assert "1 of 2 rows lie outside 2024-01-01 to 2024-01-02 by at" in caplog.text


def test_rows_without_a_time_stay_if_the_query_returns_them(database, day):
    """A null time that the query lets through is kept for the validation to see."""
    fill(database, ("2024-01-01 12:00:00", 1), (None, 2))
    assert ids(day(0), QUERY.replace("ORDER", "OR at IS NULL ORDER")) == [1, 2]


@pytest.mark.usefixtures("database")
def test_missing_columns_are_named(day):
    """A column that the query does not return is named with those that it does."""
    with pytest.raises(SourceError, match=r"the inline query has no column 'amuont' \(did you mean 'amount'\?\)"):
        list(SqlSource("shop", QUERY).read(day(0), AT, ["amuont"]))
    with pytest.raises(SourceError, match="more than one column named id"):
        ids(day(0), QUERY.replace("*", "*, id"))


@pytest.mark.usefixtures("database")
def test_columns_are_pruned(day):
    """Columns that nobody asked for are dropped chunk by chunk."""
    assert collect(SqlSource("shop", QUERY).read(day(0), AT, ["amount"])).column_names == ["at", "amount"]


@pytest.mark.usefixtures("database")
def test_failures_name_the_connection_and_not_its_secrets(day, monkeypatch):
    """An unknown connection, one that is no database and a wrong query all say what to check."""
    with pytest.raises(SourceError, match=r"connection 'nowhere' cannot be used.*AIRFLOW_CONN_NOWHERE"):
        list(SqlSource("nowhere", QUERY).read(day(0), AT))
    with pytest.raises(SourceError, match="failed on connection 'shop': no such table: sale"):
        ids(day(0), QUERY.replace("sales", "sale"))
    monkeypatch.setenv("AIRFLOW_CONN_GONE", "postgresql://me:hunter2@127.0.0.1:1/db")
    with pytest.raises(SourceError, match="'gone'") as caught:
        list(SqlSource("gone", QUERY).read(day(0), AT))
    assert "hunter2" not in str(caught.value)


def test_postgres_gets_aware_moments(day):
    """PostgreSQL is given moments with a zone: UTC, or the declared one."""
    bounds = bound_window(day(0), TimeColumn(name="at"), "postgresql")
    assert bounds == {"start": day(0).start, "end": day(0).end}
    local = bound_window(day(0), TimeColumn(name="at", timezone="Europe/Berlin"), "postgresql")
    assert local == bounds
    assert local["start"].utcoffset() == dt.timedelta(hours=1)


def test_bounds_in_a_repeated_hour_are_widened():
    """A bound that the clock shows twice moves outwards by that hour, and by nothing a minute later."""
    time = TimeColumn(name="at", timezone="America/New_York")
    six = dt.datetime(2013, 11, 3, 6, tzinfo=dt.UTC)
    window = Interval(start=six, end=six + dt.timedelta(hours=1))
    assert bound_window(window, time, "sqlite") == {"start": "2013-11-03 01:00:00", "end": "2013-11-03 02:00:00"}
    window = Interval(start=six - dt.timedelta(hours=2), end=six)
    assert bound_window(window, time, "sqlite") == {"start": "2013-11-03 00:00:00", "end": "2013-11-03 02:00:00"}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2.5], pa.float64()),
        ([Decimal("1.10"), None], pa.float64()),
        ([1, "a"], pa.string()),
        ([UUID(int=1)], pa.string()),
        ([{"a": 1}, ["b"]], pa.string()),
        ([memoryview(b"x")], pa.binary()),
        ([2**70, 1], pa.string()),
        ([dt.date(2024, 1, 1)], pa.date32()),
        ([None], pa.null()),
    ],
)
def test_columns_get_a_plain_type(values, kind):
    """What a driver returns becomes numbers, times or text."""
    assert _column(values).type == kind


def test_the_garbage_collector_rests_only_while_rows_are_fetched(database, day, monkeypatch):
    """It works again for whoever takes the rows, and stays at rest where it was."""
    fill(database, *(("2024-01-02 12:00:00", n) for n in range(10)))
    seen = []
    monkeypatch.setattr(sql, "_column", lambda values: seen.append(gc.isenabled()) or pa.array(values))
    tables = list(SqlSource("shop", QUERY, chunk_rows=4).read(day(1), AT))
    assert sum(table.num_rows for table in tables) == 10
    assert seen
    assert not any(seen)
    assert gc.isenabled()
    reading = SqlSource("shop", QUERY, chunk_rows=4).read(day(1), AT)
    for _ in range(2):
        next(reading)
        assert gc.isenabled()
    gc.disable()
    try:
        list(reading)
        assert not gc.isenabled()
    finally:
        gc.enable()
