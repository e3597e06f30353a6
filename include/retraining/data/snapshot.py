"""What one run reads, sealed in files that never change; and the labelled history that training reads."""

import hashlib
import tempfile
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from include.retraining.data.labels import label_time_name
from include.retraining.data.reading import read_batch, read_labelled, read_matured, read_relabels
from include.retraining.data.store import Folder
from include.retraining.results.run import Interval, Launch, Run, Snapshot
from include.retraining.spec.model import ModelSpec

BATCH = "batch.parquet"
LABELLED = "labelled.parquet"
RELABELS = "relabels.parquet"  # labels made again; only where the model file says where they arrive
MANIFEST = "snapshot.json"
_NAME_LENGTH = 12
"""Hexadecimal digits of a folder's name: 48 bits, for the few snapshots of one interval."""
_MICROSECOND = timedelta(microseconds=1)
_EXPECTATION_COLUMNS = ("column", "column_A", "column_B", "column_list", "column_set")
"""Arguments by which Great Expectations names columns."""


def take_snapshot(spec: ModelSpec, interval: Interval, launch: Launch, model_folder: Folder) -> Run:
    """Read an interval's rows, the labels that came of age in it and those made again, and seal them in a folder.

    The folder is named by its content and by how the run was launched, so the same run on the same source
    finds its folder again and writes nothing. The manifest is written last: a folder without one is unfinished.

    Raises
    ------
    SourceError
        When a source cannot be read.
    StoreError
        When the files of an earlier, equal snapshot are damaged.
    """
    with tempfile.TemporaryDirectory() as staging:
        snapshot = _stage(spec, interval, Folder(staging))
        name = _fingerprint(snapshot, launch)[:_NAME_LENGTH]
        run = Run(model=spec.name, interval=interval, folder=f"intervals/{interval.key}/{name}", launch=launch)
        _seal(snapshot, Path(staging), model_folder.child(run.folder))
    return run


def _stage(spec: ModelSpec, interval: Interval, staging: Folder) -> Snapshot:
    batch = staging.write_chunks(BATCH, read_batch(spec, interval))
    rows, join = read_matured(spec, interval)
    files = [batch, staging.write_frame(LABELLED, rows)]
    if spec.data.relabels is not None:
        files.append(staging.write_frame(RELABELS, read_relabels(spec, spec.data.relabels, interval.end)))
    with staging.local(BATCH) as path:
        schema = pq.read_schema(path)
    return Snapshot(
        interval=interval,
        files=tuple(files),
        rows=batch.rows or 0,
        labelled_rows=len(rows),
        columns={field.name: str(field.type) for field in schema},
        join=join,
        sha256=_digest(*(file.sha256 for file in files)),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _fingerprint(snapshot: Snapshot, launch: Launch) -> str:
    if launch.is_plain:
        return _digest(snapshot.model_dump_json())
    asked = ("force_retrain", "dry_run", "release_labels")
    flags = " ".join([*(f"{name}={getattr(launch, name)}" for name in asked), f"run_id={launch.run_id}"])
    return _digest(snapshot.model_dump_json(), flags)


def _seal(snapshot: Snapshot, staging: Path, folder: Folder) -> None:
    if folder.exists(MANIFEST):
        folder.verify(folder.read_record(MANIFEST, Snapshot).files)
        return
    for file in snapshot.files:
        folder.write_file(file.name, staging / file.name)
    folder.write_record(MANIFEST, snapshot)


def read_training_rows(
    spec: ModelSpec, window: Interval, as_of: datetime, excluded: Collection[Any] = ()
) -> pd.DataFrame:
    """Read the labelled rows of a window of event time, with the labels known at `as_of`.

    Parameters
    ----------
    excluded
        Keys of rows that are never learned from. They go before columns are united, so that a column whose type
        was wrong in excluded rows keeps its type.

    Returns
    -------
    DataFrame
        Key, time, feature candidates, segments, target and label time, in time order; each key once,
        and none whose labels contradict each other.

    Raises
    ------
    SourceError
        When a source cannot be read, or lacks a declared column.
    """
    data = spec.data
    arrived = Interval(start=window.start, end=as_of + _MICROSECOND)
    named = _named_columns(spec)
    rows, _ = read_labelled(spec, window, arrived, named, excluded)
    if named is not None:
        return rows
    special = {data.key_column, data.time, data.target, label_time_name(data)}
    unused = {*data.ignore, data.prediction} - {*data.segments, *_checked_columns(spec), *special}
    return rows.drop(columns=[name for name in rows.columns if name in unused])


def _named_columns(spec: ModelSpec) -> list[str] | None:
    """List the columns of the feature rows that training needs; None when features are to be inferred."""
    data = spec.data
    if data.numeric is None and data.categorical is None:
        return None
    names = [data.key, *(data.numeric or ()), *(data.categorical or ()), *data.segments, *_checked_columns(spec)]
    own_label = [data.target, data.label_time, *data.label_sources]
    wanted = [*names, *own_label] if data.labels is None else [name for name in names if name not in own_label]
    return list(dict.fromkeys(name for name in wanted if name is not None))


def _checked_columns(spec: ModelSpec) -> list[str]:
    """List the columns that declared expectations look at."""
    named = [
        expectation.arguments[argument]
        for expectation in spec.validation.expectations
        for argument in _EXPECTATION_COLUMNS
        if argument in expectation.arguments
    ]
    return [name for value in named for name in ([value] if isinstance(value, str) else value)]
