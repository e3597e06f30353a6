"""The demo's production tables."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from include.demo import DemoError, flights


@pytest.fixture
def raw() -> pd.DataFrame:
    """Three flights as the package holds them: on time, late over midnight, cancelled."""
    return pd.DataFrame(
        {
            "year": 2013,
            "month": 4,
            "day": [29, 29, 30],
            "sched_dep_time": [1505, 2330, 600],
            "sched_arr_time": [1700, 40, 715],
            "dep_delay": [0.0, 60.0, None],
            "arr_delay": [14.0, 15.0, None],
            "carrier": ["UA", "B6", "DL"],
            "flight": [1, 22, 333],
            "origin": ["EWR", "JFK", "EWR"],
            "dest": ["IAH", "BOS", "ATL"],
            "distance": [1400, 187, 746],
            "hour": [15, 23, 6],
            "minute": [5, 30, 0],
            "time_hour": ["2013-04-29T19:00:00Z", "2013-04-30T03:00:00Z", "2013-04-30T10:00:00Z"],
        }
    )


@pytest.fixture
def weather() -> pd.DataFrame:
    """A report for the first flight's hour only."""
    measured = dict.fromkeys(["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust"], 50.0)
    rest = dict.fromkeys(["precip", "pressure", "visib"], 10.0)
    return pd.DataFrame({"origin": ["EWR"], "time_hour": ["2013-04-29T19:00:00Z"], **measured, **rest})


def test_departure_is_utc_and_key_is_unique(raw: pd.DataFrame) -> None:
    """Scheduled departure is the UTC hour plus the minute; the key names flight, origin and local day."""
    known = flights.add_identity(raw)
    assert known["scheduled_departure"].astype(str).tolist() == [
        "2013-04-29 19:05:00",
        "2013-04-30 03:30:00",
        "2013-04-30 10:00:00",
    ]
    assert known["flight_id"].tolist() == ["UA1-EWR-20130429", "B622-JFK-20130429", "DL333-EWR-20130430"]
    assert known["day_of_week"].tolist() == [1, 1, 2]


def test_features_hold_nothing_that_a_forecast_cannot_know(raw: pd.DataFrame, weather: pd.DataFrame) -> None:
    """No actual time and no delay is a feature, and hours without weather leave nulls, not fewer flights."""
    table = flights.feature_table(flights.add_identity(raw), weather)
    assert not {"dep_delay", "arr_delay", "dep_time", "arr_time", "air_time"}.intersection(table.columns)
    assert table["temp"].isna().tolist() == [False, True, True]


def test_duration_goes_over_midnight(raw: pd.DataFrame, weather: pd.DataFrame) -> None:
    """An arrival on the next day counts from the departure."""
    table = flights.feature_table(flights.add_identity(raw), weather)
    assert table["scheduled_duration"].tolist() == [115, 70, 75]


def test_repeated_weather_cannot_multiply_flights(raw: pd.DataFrame, weather: pd.DataFrame) -> None:
    """Two reports for one hour in UTC stop the load instead of counting a flight twice."""
    with pytest.raises(pd.errors.MergeError):
        flights.feature_table(flights.add_identity(raw), pd.concat([weather, weather]))


def test_labels_come_a_week_later_and_never_for_cancelled_flights(raw: pd.DataFrame) -> None:
    """Fifteen minutes count as late; a flight without arrival delay has no label."""
    table = flights.label_table(flights.add_identity(raw))
    assert table["late"].tolist() == [0, 1]
    assert table["recorded_at"].astype(str).tolist() == ["2013-05-06 19:05:00", "2013-05-07 03:30:00"]


def test_damage_strikes_one_origin_in_one_week(raw: pd.DataFrame, weather: pd.DataFrame) -> None:
    """Only the damaged origin's distances leave the declared range, and the input stays as it was."""
    before = flights.feature_table(flights.add_identity(raw), weather)
    after = flights.damage(before)
    assert (after["distance"] > 6000).tolist() == [True, False, True]
    assert before["distance"].tolist() == [1400, 187, 746]
    assert flights.damage(before.assign(scheduled_departure=flights.DAMAGED_UNTIL))["distance"].max() == 1400


def test_tables_are_written_whole_with_nulls_and_text_times(
    raw: pd.DataFrame, weather: pd.DataFrame, tmp_path: Path
) -> None:
    """Times become naive UTC text, missing values NULL, and no partial file remains."""
    known, database = flights.add_identity(raw), tmp_path / "demo" / "production.db"
    flights.write_tables(flights.feature_table(known, weather), flights.label_table(known), database)
    assert [path.name for path in database.parent.iterdir()] == ["production.db"]
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT flight_id, scheduled_departure, temp, hour FROM flights").fetchall()
    connection.close()
    assert rows[:2] == [
        ("UA1-EWR-20130429", "2013-04-29 19:05:00", 50.0, 15),
        ("B622-JFK-20130429", "2013-04-30 03:30:00", None, 23),
    ]


def test_incomplete_package_is_named(raw: pd.DataFrame, tmp_path: Path) -> None:
    """A package with other flights than documented is refused, with what to do."""
    raw.to_csv(tmp_path / "flights.csv.zip")
    with pytest.raises(DemoError, match="holds 3 flights, not 336,776; `make clean`"):
        flights.read_flights(tmp_path)


def test_missing_package_is_named(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(DemoError, match=r"flights\.csv\.zip cannot be read"):
        flights.read_flights(tmp_path)
