"""All that a replay reads, copied once: the source is asked once for each interval, however many policies there are."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from include.retraining.data.labels import label_time_name
from include.retraining.data.sources import make_source, time_column
from include.retraining.data.sources.base import TimeColumn
from include.retraining.data.tables import plain
from include.retraining.results.record import Record, UtcDatetime
from include.retraining.results.run import Interval
from include.retraining.spec.data import DataSpec, SourceSpec
from include.retraining.spec.model import ModelSpec
from include.retraining.training.windows import EARLIEST

EVER = datetime(2200, 1, 1, tzinfo=UTC)
"""After any label that will be known: what came after the replay's end tells how good its last predictions were."""
_MANIFEST = "copied.json"


class Copied(Record):
    """When a copy was made; written last, so that a copy without it is unfinished."""

    at: UtcDatetime
    rows: dict[str, int]


def keep_history(spec: ModelSpec, intervals: Sequence[Interval], folder: Path) -> tuple[ModelSpec, Copied]:
    """Copy features and labels to Parquet files, unless it is done already; gives the model that reads these.

    Stored predictions are left behind: in a replay the replayed champion predicts. Rows lie in the order in which the
    source gave them, and a new file begins where the columns or their types change, so that each interval is read as
    production reads it.

    Raises
    ------
    SourceError
        When a source cannot be read.
    """
    if not (folder / _MANIFEST).exists():
        _copy(spec.data, intervals, folder)
    copied = Copied.model_validate_json((folder / _MANIFEST).read_bytes())
    data = spec.data
    kept = {
        name: SourceSpec(use="files", uri=str(folder.resolve() / name))
        for name in ("features", "labels", "relabels")
        if getattr(data, name) is not None
    }
    ignore = (*data.ignore, data.prediction) if data.prediction else data.ignore
    known = {**kept, "prediction": None, "ignore": ignore}
    return spec.model_copy(update={"data": data.model_copy(update=known)}), copied


def _copy(data: DataSpec, intervals: Sequence[Interval], folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    for old in (unfinished, folder):
        shutil.rmtree(old, ignore_errors=True)
    windows = [Interval(start=EARLIEST, end=intervals[0].start), *intervals]
    later = [Interval(start=intervals[-1].end, end=EVER)]
    label_time = label_time_name(data)
    rows = {"features": _write(data.features, time_column(data, data.time), windows, unfinished / "features")}
    for name, source in (("labels", data.labels), ("relabels", data.relabels)):
        if source is not None:
            rows[name] = _write(source, time_column(data, label_time), windows + later, unfinished / name)
    (unfinished / _MANIFEST).write_text(Copied(at=datetime.now(UTC), rows=rows).model_dump_json())
    unfinished.rename(folder)


def _write(source: SourceSpec, time: TimeColumn, windows: Iterable[Interval], folder: Path) -> int:
    """Write one file for each run of tables with the same columns; gives the number of rows."""
    folder.mkdir(parents=True)
    writer, empty, number, rows = None, None, 0, 0
    for table in _tables(source, time, windows):
        if not table.num_rows:
            empty = table if empty is None else empty
            continue
        if writer is None or not table.schema.equals(writer.schema):
            if writer is not None:
                writer.close()
            number += 1
            writer = pq.ParquetWriter(folder / f"{number:06d}.parquet", table.schema, compression="zstd")
        writer.write_table(table)
        rows += table.num_rows
    if writer is not None:
        writer.close()
    elif empty is not None:
        pq.write_table(empty, folder / "000000.parquet")
    return rows


def _tables(source: SourceSpec, time: TimeColumn, windows: Iterable[Interval]) -> Iterator[pa.Table]:
    reader = make_source(source)
    for window in windows:
        yield from map(plain, reader.read(window, time))
