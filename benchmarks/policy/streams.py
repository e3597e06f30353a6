"""Streams that policies are tried on: rows in batches, a model trained on the first of them, labels two batches late.

The files are those of a folder of Parquet files, one for each stream, with a column `batch` or `week`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from include.retraining.data.schema import describe
from include.retraining.data.validation.units import conversion
from include.retraining.results.columns import Columns

BATCH = timedelta(days=1)
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
FLIGHT = ["carrier", "origin", "dest", "distance", "sched_dep_time", "sched_arr_time", "weekday", *WEATHER]
RIDE = ["hr", "holiday", "weekday", "workingday", "weathersit", "temp", "atemp", "hum", "windspeed"]
LOAN = [
    *("car_value", "salary_range", "debt_to_income_ratio", "loan_length", "repaid_loan_on_prev_car"),
    *("size_of_downpayment", "driver_tenure"),
]
ROAST = [
    *("origin", "line", "bean_size", "moisture_in", "roast_temp", "roast_minutes", "airflow", "ambient_rh"),
]
# Streams on which retraining every batch gains one per cent or more of the metric over never doing it.
GAINING = (
    *("bike_sharing_hour", "coffee", "electricity", "nycflights13_joined", "scenario_abrupt", "scenario_gradual"),
    *("scenario_local", "scenario_prior", "sea"),
)
# Streams whose relation never changes.
STABLE = ("scenario_station", "scenario_noise", "scenario_unit", "scenario_virtual")
OTHERS = ("car_loan", "scenario_recur")


@dataclass(frozen=True)
class Stream:
    """`y` is what was recorded, `truth` what models are judged by; `edges` are the first rows of each batch.

    `rejected` are the batches that validation would reject, as they come in another unit: no model sees them.
    """

    name: str
    features: np.ndarray
    categorical: tuple[int, ...]
    y: np.ndarray
    truth: np.ndarray
    edges: np.ndarray
    init: int
    metric: str
    rejected: tuple[int, ...] = ()

    @cached_property
    def sound(self) -> np.ndarray:
        """Which rows are in a batch that was not rejected."""
        batch = np.searchsorted(self.edges, np.arange(len(self.y)), side="right") - 1
        return ~np.isin(batch, self.rejected)

    @property
    def batches(self) -> int:
        return len(self.edges) - 1

    @property
    def regression(self) -> bool:
        return self.metric == "mae"

    def moments(self, rows: np.ndarray) -> np.ndarray:
        """When rows happened, a batch a day, from the beginning of time: they are spread evenly over their batch."""
        number = np.searchsorted(self.edges, rows, side="right") - 1
        within = (rows - self.edges[number]) / np.diff(self.edges)[number]
        return np.asarray(np.round((number + within) * BATCH.total_seconds()).astype("datetime64[s]"))


def read_stream(folder: Path, name: str) -> Stream:
    """Read one of the files, with the features that are known before the label."""
    rows = pd.read_parquet(folder / f"{name}.parquet")
    if name.startswith("scenario"):
        y = rows["y_recorded" if "y_recorded" in rows else "y"]
        features = rows.drop(columns=[name for name in ("y", "y_recorded", "batch") if name in rows])
        return make_stream(name, features, (y, rows["y"]), rows["batch"], 10, "accuracy")
    if name in ("electricity", "bike_sharing_hour", "nycflights13_joined"):
        batch = "week" if name.startswith("nyc") else "batch"
        rows = rows[rows[batch] < rows[batch].max()]  # the last week is not whole
    reading = {"sea": _sea, "electricity": _electricity, "bike_sharing_hour": _rides, "car_loan": _loans,
               "coffee": _roasts, "nycflights13_joined": _flights}  # fmt: skip
    return reading[name](name, rows)


def _sea(name: str, rows: pd.DataFrame) -> Stream:
    return make_stream(name, rows[["x1", "x2", "x3"]], (rows["y"], rows["y"]), rows["batch"], 10, "accuracy")


def _electricity(name: str, rows: pd.DataFrame) -> Stream:
    up = (rows["class"] == "UP").astype(int)
    return make_stream(name, rows.drop(columns=["class", "batch", "date"]), (up, up), rows["batch"], 13, "accuracy")


def _rides(name: str, rows: pd.DataFrame) -> Stream:
    count = rows["cnt"].astype(float)
    return make_stream(name, rows[RIDE], (count, count), rows["batch"], 13, "mae")


def _loans(name: str, rows: pd.DataFrame) -> Stream:
    repaid = rows["repaid"].astype(int)
    return make_stream(name, rows[LOAN], (repaid, repaid), rows["batch"], 20, "roc_auc")


def _roasts(name: str, rows: pd.DataFrame) -> Stream:
    return make_stream(name, rows[ROAST], (rows["humidity_out"], rows["humidity_true"]), rows["batch"], 60, "mae")


def _flights(name: str, rows: pd.DataFrame) -> Stream:
    arrived = rows[rows["arr_delay"].notna()]
    arrived = arrived.assign(weekday=pd.to_datetime(arrived["flight_date"]).dt.day_of_week)
    late = (arrived["arr_delay"] >= 15).astype(int)
    return make_stream(name, arrived[FLIGHT], (late, late), arrived["week"], 13, "roc_auc")


def make_stream(
    name: str, features: pd.DataFrame, labels: tuple[pd.Series, pd.Series], batch: pd.Series, init: int, metric: str
) -> Stream:
    """Code texts as numbers; `labels` are the recorded ones and the truth."""
    texts = [column for column in features if not pd.api.types.is_numeric_dtype(features[column])]
    texts += [column for column in features if pd.api.types.is_bool_dtype(features[column])]
    coded = features.copy()
    for column in texts:
        codes = pd.Categorical(features[column]).codes.astype(float)
        coded[column] = np.where(codes < 0, np.nan, codes)
    places = tuple(place for place, column in enumerate(coded.columns) if column in texts)
    edges = np.searchsorted(batch.to_numpy(), np.arange(int(batch.max()) + 2))
    recorded, truth = (series.to_numpy() for series in labels)
    rejected = tuple(_in_other_units(coded.drop(columns=texts), edges, init))
    return Stream(name, coded.to_numpy(float), places, recorded, truth, edges, init, metric, rejected)


def _in_other_units(numbers: pd.DataFrame, edges: np.ndarray, init: int) -> Iterator[int]:
    """Batches of which a column looks converted, held against the rows of the first model."""
    schema = describe(numbers.iloc[: edges[init]], Columns(numeric=tuple(numbers.columns), categorical=()))
    for batch in range(init, len(edges) - 1):
        rows = numbers.iloc[edges[batch] : edges[batch + 1]]
        if any(conversion(rows[column.name], column) for column in schema.columns):
            yield batch
