"""Times of every kind become timestamp[us, UTC], or an error that says what to do."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.retraining.data.sources.base import TimeColumn
from include.retraining.data.sources.times import UTC_TIMESTAMP, select_window, to_utc
from include.retraining.errors import SourceError
from include.retraining.results.run import Interval

NAIVE = TimeColumn(name="at")
UTC = TimeColumn(name="at", timezone="UTC")
NEW_YORK = TimeColumn(name="at", timezone="America/New_York")
NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def convert(values, time=UTC, kind=None):
    """Convert a list as a column of one chunk."""
    return to_utc(pa.chunked_array([pa.array(values, kind)]), time, "rows.csv").to_pylist()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([NOON.replace(tzinfo=None)], pa.timestamp("ns")),
        ([NOON.replace(tzinfo=None)], pa.timestamp("s")),
        ([NOON], pa.timestamp("ms", "Asia/Tokyo")),
        (["2024-05-01 12:00:00.000"], pa.string()),
        (["2024-05-01T12:00:00Z"], pa.large_string()),
        (["2024-05-01T14:00:00+02:00"], pa.string_view()),
        (["2024-05-01 12:00"], pa.dictionary(pa.int8(), pa.string())),
    ],
)
def test_every_kind_gives_the_same_moment(values, kind):
    """Timestamps of any unit and ISO 8601 text of any form say the same."""
    assert convert(values, kind=kind) == [NOON]


def test_result_has_one_type_for_all_inputs():
    """Values, nulls only, and no values at all have the same type afterwards."""
    for array in (pa.array(["2024-05-01"]), pa.nulls(2), pa.array([], pa.timestamp("ns")), pa.array([], pa.string())):
        assert to_utc(pa.chunked_array([array]), UTC, "rows.csv").type == UTC_TIMESTAMP


def test_dates_start_at_local_midnight():
    """A date is midnight in the declared zone."""
    assert convert([dt.date(2024, 5, 1)], NEW_YORK) == [dt.datetime(2024, 5, 1, 4, tzinfo=dt.UTC)]


@pytest.mark.parametrize("values", [[3], [3.0], [Decimal(3)]])
def test_numbers_count_from_the_origin(values):
    """Whole numbers, floats and decimals are steps from the origin at midnight UTC."""
    weeks = TimeColumn(name="at", unit=dt.timedelta(weeks=1), origin=dt.date(2024, 1, 1))
    assert convert(values, weeks) == [dt.datetime(2024, 1, 22, tzinfo=dt.UTC)]


def test_nulls_stay_nulls():
    """A null, a blank text and a NaN are no times, but no errors either."""
    hours = TimeColumn(name="at", unit=dt.timedelta(hours=1))
    assert convert([None, "", "2024-05-01T12:00:00Z"]) == [None, None, NOON]
    assert convert([None, float("nan"), 1.0], hours) == [None, None, dt.datetime(1970, 1, 1, 1, tzinfo=dt.UTC)]
    assert convert([None, NOON], kind=pa.timestamp("us")) == [None, NOON]


def test_mixed_text_is_read_row_by_row():
    """Text with a zone keeps it; text without takes the declared one."""
    mixed = ["2024-05-01T12:00:00Z", "2024-05-01 08:00:00"]
    assert convert(mixed, NEW_YORK) == [NOON, NOON]


@pytest.mark.parametrize("values", [[NOON.replace(tzinfo=None)], [NOON.date()], ["2024-05-01 12:00"], ["2024-05-01"]])
def test_naive_times_need_a_zone(values):
    """Times without a zone are an error that names the setting."""
    with pytest.raises(SourceError, match=r"'at' of rows.csv carries no time zone; set `timezone`"):
        convert(values, NAIVE)


def test_zoned_text_needs_no_declared_zone():
    """Text that carries its zone is complete."""
    assert convert(["2024-05-01T12:00:00Z", None], NAIVE) == [NOON, None]


def test_unparsable_text_is_counted():
    """The error says how many values are no times, out of how many, and shows one."""
    with pytest.raises(SourceError, match=r"2 of 4 values of time column 'at'.*'01/05/2024'"):
        convert(["2024-05-01", "01/05/2024", "yesterday", None])


@pytest.mark.parametrize("value", [float("inf"), 1e300])
def test_numbers_beyond_all_times_are_refused(value):
    """An infinite or absurd count is no time."""
    with pytest.raises(SourceError, match="1 of 2 values"):
        convert([1.0, value], TimeColumn(name="at", unit=dt.timedelta(hours=1)))


def test_numbers_need_a_unit_and_other_types_are_refused():
    """A number without a unit, and a boolean, cannot be placed in time."""
    with pytest.raises(SourceError, match="set `time_unit`"):
        convert([1])
    with pytest.raises(SourceError, match="is of type bool"):
        convert([True])


def test_repeated_and_skipped_local_hours():
    """A repeated local time is its first occurrence; a skipped one is the last moment before the change."""
    autumn, spring = dt.datetime.fromisoformat("2013-11-03 01:30"), dt.datetime.fromisoformat("2013-03-10 02:30")
    first, last = convert([autumn, spring], NEW_YORK, pa.timestamp("us"))
    assert first == dt.datetime(2013, 11, 3, 5, 30, tzinfo=dt.UTC)
    assert last == dt.datetime(2013, 3, 10, 6, 59, 59, 999999, tzinfo=dt.UTC)


@given(
    st.lists(
        st.datetimes(dt.datetime.fromisoformat("1990-01-01"), dt.datetime.fromisoformat("2037-01-01")), min_size=1
    ),
    st.sampled_from(["America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "UTC"]),
)
def test_local_times_follow_the_zone_database(naive, zone):
    """Local times that exist become what `zoneinfo` says, and order is kept for all."""
    converted = convert(sorted(naive), TimeColumn(name="at", timezone=zone), pa.timestamp("us"))
    assert converted == sorted(converted)
    for local, moment in zip(sorted(naive), converted, strict=True):
        expected = local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
        if expected.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local:
            assert moment == expected


def test_window_is_half_open_and_nulls_are_a_choice(caplog):
    """The start is inside and the end is not; rows without a time stay only if asked for, else are counted."""
    table = pa.table({"at": [NOON, NOON + dt.timedelta(hours=1), None], "n": [1, 2, 3]})
    window = Interval(start=NOON, end=NOON + dt.timedelta(hours=1))
    kept = select_window(table, window, UTC, "rows.csv", keep_null=True)
    assert kept.column("n").to_pylist() == [1, 3]
    assert not caplog.records
    dropped = select_window(table, window, UTC, "rows.csv", keep_null=False)
    assert dropped.column("n").to_pylist() == [1]
    assert "1 rows have no at" in caplog.text
