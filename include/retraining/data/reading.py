"""Feature rows and their labels, read from a model's sources as the world stood at one moment."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.retraining.data.labels import add_key, join_labels, label_time_name, newest, take_own_labels
from include.retraining.data.sources import make_source, time_column
from include.retraining.data.sources.base import require_columns
from include.retraining.data.sources.times import UTC_TIMESTAMP, to_utc
from include.retraining.data.tables import collect, plain, to_frame
from include.retraining.results.run import Interval, JoinHealth
from include.retraining.spec.data import DataSpec, SourceSpec
from include.retraining.spec.model import ModelSpec

# All labels made again count, however old: they are few.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def read_features(spec: ModelSpec, window: Interval, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Read the feature rows of a window, each with its key, and with its label time if it holds its own label.

    Raises
    ------
    SourceError
        When the source cannot be read, or lacks the target though there is no source of labels.
    """
    data = spec.data
    chunks = map(plain, make_source(data.features).read(window, time_column(data, data.time), columns))
    if data.labels is None:
        return add_key((_with_label_time(chunk, data, spec.labels.expected_delay) for chunk in chunks), data)
    return add_key(chunks, data)


def _with_label_time(chunk: pa.Table, data: DataSpec, delay: timedelta) -> pa.Table:
    if data.label_time is None:
        require_columns([data.target], chunk.column_names, "the feature source")
        return chunk.append_column(label_time_name(data), pc.add(chunk.column(data.time), pa.scalar(delay)))
    require_columns([data.target, data.label_time], chunk.column_names, "the feature source")
    times = to_utc(chunk.column(data.label_time), time_column(data, data.label_time), "the feature source")
    return chunk.set_column(chunk.column_names.index(data.label_time), data.label_time, times)


def read_batch(spec: ModelSpec, interval: Interval) -> Iterator[pa.Table]:
    """Read the feature rows of an interval. Of targets in these rows, those not known by its end are nulls."""
    for chunk in read_features(spec, interval):
        yield _hide_future(chunk, spec.data, interval.end) if spec.data.labels is None else chunk


def _hide_future(chunk: pa.Table, data: DataSpec, end: datetime) -> pa.Table:
    label_time = label_time_name(data)
    known = pc.less(chunk.column(label_time), pa.scalar(end, type=UTC_TIMESTAMP))
    for name in (data.target, label_time):
        column = chunk.column(name)
        chunk = chunk.set_column(
            chunk.column_names.index(name), name, pc.if_else(known, column, pa.scalar(None, column.type))
        )
    return chunk if data.label_time else chunk.drop_columns([label_time])


def read_matured(spec: ModelSpec, interval: Interval) -> tuple[pd.DataFrame, JoinHealth]:
    """Read the rows whose label came of age in an interval, and how well labels that arrived then met their rows.

    A label is of age once it is known and its row is older than `labels.maturity`: early labels, which are often the
    easy or the bad ones, wait for those of the other rows. Each label comes of age in one interval only, a late one
    in that of its arrival.
    """
    if spec.data.label_time is None:
        delay = spec.labels.expected_delay
        return read_labelled(spec, Interval(start=interval.start - delay, end=interval.end - delay), interval)
    age, reach = spec.labels.age, spec.labels.reach(interval.end - interval.start)
    events = Interval(start=interval.start - reach, end=interval.end)
    known = Interval(start=interval.start - age, end=interval.end)
    rows, health = read_labelled(spec, events, known, counted_from=interval.start)
    time, label_time = rows[spec.data.time], rows[label_time_name(spec.data)]
    of_age = label_time.where(label_time > time + age, time + age)
    inside = (of_age >= pd.Timestamp(interval.start)) & (of_age < pd.Timestamp(interval.end))
    return rows[inside].reset_index(drop=True), health


def read_labelled(
    spec: ModelSpec,
    events: Interval,
    arrived: Interval,
    columns: Sequence[str] | None = None,
    excluded: Collection[Any] = (),
    counted_from: datetime | None = None,
) -> tuple[pd.DataFrame, JoinHealth]:
    """Read the rows with event time in `events` and label time in `arrived`, in time order.

    Parameters
    ----------
    columns
        Columns of the feature rows to read; None: all.
    excluded
        Keys of rows that are left out as if they did not exist.
    counted_from
        Labels that arrived earlier are read but not counted in the record of the join.
    """
    data = spec.data
    chunks = read_features(spec, events, columns)
    if excluded:
        left_out = pd.Index(list(excluded)).unique()
        chunks = (chunk.filter(pa.array(~_among(chunk, data.key_column, left_out))) for chunk in chunks)
    if data.labels is None:
        rows = to_frame(collect(_labelled_in(chunk, data, arrived) for chunk in chunks))
        joined, health = take_own_labels(rows, data)
        return joined, health if counted_from is None else take_own_labels(_from(rows, data, counted_from), data)[1]
    key, label_time = data.key_column, label_time_name(data)
    beside = [key, data.target, *data.label_sources]
    read = make_source(data.labels).read(arrived, time_column(data, label_time), beside)
    labels = collect(table.select([*beside, label_time]) for table in read)
    features = to_frame(collect(_with_key_in(chunks, key, labels.column(key))))
    found, rate = to_frame(labels), spec.labels.minimum_join_rate
    joined, health = join_labels(features, found, data, rate)
    if counted_from is None:
        return joined, health
    return joined, join_labels(features, _from(found, data, counted_from), data, rate)[1]


def read_relabels(spec: ModelSpec, source: SourceSpec, end: datetime) -> pd.DataFrame:
    """Read all labels made again that were known at a moment: key, target, label time; of a key the newest."""
    data = spec.data
    key, target, label_time = data.key_column, data.target, label_time_name(data)
    window = Interval(start=_EVER, end=end)
    tables = make_source(source).read(window, time_column(data, label_time), [key, target])
    return newest(to_frame(collect(table.select([key, target, label_time]) for table in tables)), data)


def _from(rows: pd.DataFrame, data: DataSpec, start: datetime) -> pd.DataFrame:
    """The rows whose label arrived from a moment on."""
    return rows[rows[label_time_name(data)] >= pd.Timestamp(start)]


def _among(chunk: pa.Table, key: str, known: pd.Index) -> np.ndarray:
    """Which rows have one of these keys, each of which occurs once; they are hashed once for all chunks."""
    positions = known.get_indexer(pd.Index(to_frame(chunk.select([key]))[key]))
    return np.asarray(positions >= 0)


def _labelled_in(chunk: pa.Table, data: DataSpec, arrived: Interval) -> pa.Table:
    start, end = (pa.scalar(moment, type=UTC_TIMESTAMP) for moment in (arrived.start, arrived.end))
    times = chunk.column(label_time_name(data))
    inside = pc.and_(pc.greater_equal(times, start), pc.less(times, end))
    return chunk.filter(pc.and_(inside, chunk.column(data.target).is_valid()))


def _with_key_in(chunks: Iterable[pa.Table], key: str, keys: pa.ChunkedArray) -> Iterator[pa.Table]:
    """Drop early the rows that no label asks for, where keys compare directly; the join does the rest."""
    known = pd.Index(to_frame(pa.table({key: keys}))[key].unique())
    for chunk in chunks:
        require_columns([key], chunk.column_names, "the feature source")
        compares = chunk.column(key).type.equals(keys.type)
        yield chunk.filter(pa.array(_among(chunk, key, known))) if compares else chunk
