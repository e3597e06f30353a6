"""Rows from Parquet or CSV files, on a local disk or in an object store."""

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset as ds
from pyarrow import fs
from pydantic.dataclasses import dataclass

from include.retraining import settings
from include.retraining.data.object_path import is_url, object_path
from include.retraining.data.sources.base import CHUNK_ROWS, TimeColumn, require_columns
from include.retraining.data.sources.times import select_window, to_number
from include.retraining.errors import SourceError, StoreError
from include.retraining.results.run import Interval

Format = Literal["parquet", "csv"]
_ENDINGS: dict[str, Format] = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".csv.gz": "csv"}
_MARGIN = timedelta(days=1)
"""Local clocks are at most 14 hours from UTC: a day more on either side misses no row of a zone-less column."""


@dataclass(frozen=True)
class FilesSource:
    """Parquet or CSV files: one path, a glob such as `rows/**/*.parquet`, or a folder.

    A relative path is looked up from the folder of the model files, then from the project root. Parquet is streamed,
    and only row groups near the window are read; a CSV file is read whole, since its types show only then.
    Files may differ in their columns; those without rows in the window have no say in them. Rows without a time are
    left out with a warning.

    Parameters
    ----------
    uri
        Local path, or address in an object store (`s3://bucket/rows/*.parquet`).
    format
        Of the files; None: told by their endings.
    delimiter
        Between the fields of CSV files.
    """

    uri: str
    format: Format | None = None
    delimiter: str = ","

    def read(self, window: Interval, time: TimeColumn, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Read the rows of a window, file by file in the order of their names; see `Source.read`."""
        seen: dict[str, None] = {}
        empty, found = pa.table({}), False
        filesystem, paths = _locate(self.uri)
        for path in paths:
            try:
                dataset = self._open(filesystem, path)
                seen |= dict.fromkeys(dataset.schema.names)
                for table in _scan(dataset, path, window, time, columns):
                    if table.num_rows:
                        found = True
                        yield table
                    else:
                        empty = table
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                message = f"{path} cannot be read: {error}. Is it whole, and is it what its ending says?"
                raise SourceError(message) from error
        require_columns(columns or (), list(seen), f"{self.uri} ({len(paths)} files)")
        if not found:
            yield empty

    def _open(self, filesystem: fs.FileSystem, path: str) -> ds.Dataset:
        if (self.format or _told_by_ending(path)) == "parquet":
            return ds.dataset(path, filesystem=filesystem, format="parquet")
        with filesystem.open_input_stream(path) as stream:
            table = pa.csv.read_csv(
                stream,
                parse_options=pa.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(strings_can_be_null=True),
            )
        return ds.dataset(table)


def _scan(
    dataset: ds.Dataset, path: str, window: Interval, time: TimeColumn, columns: Sequence[str] | None
) -> Iterator[pa.Table]:
    schema = dataset.schema
    require_columns([time.name], schema.names, path)
    wanted = [name for name in schema.names if columns is None or name == time.name or name in columns]
    near = _near(schema.field(time.name), window, time)
    yield select_window(schema.empty_table().select(wanted), window, time, path, keep_null=False)
    for batch in dataset.to_batches(columns=wanted, filter=near, batch_size=CHUNK_ROWS):
        yield select_window(pa.Table.from_batches([batch]), window, time, path, keep_null=False)


def _near(field: pa.Field, window: Interval, time: TimeColumn) -> pc.Expression | None:
    """Give a filter that Parquet statistics can answer and that loses no row of the window; None for text."""
    start, end = window.start - _MARGIN, window.end + _MARGIN
    if pa.types.is_timestamp(field.type):
        zone = UTC if field.type.tz else None
        bounds = [pa.scalar(moment.replace(tzinfo=zone), type=field.type) for moment in (start, end)]
    elif pa.types.is_date(field.type):
        bounds = [pa.scalar(moment.date(), type=field.type) for moment in (start, end)]
    elif time.unit and (pa.types.is_integer(field.type) or pa.types.is_floating(field.type)):
        bounds = [pa.scalar(to_number(moment, time)) for moment in (start, end)]
    else:
        return None
    column = pc.field(field.name)
    return (column >= bounds[0]) & (column <= bounds[1]) | column.is_null(nan_is_null=True)


def _told_by_ending(path: str) -> Format:
    for ending, kind in _ENDINGS.items():
        if path.lower().endswith(ending):
            return kind
    message = f"{path}: neither Parquet nor CSV by its ending; set `format: parquet` or `format: csv`"
    raise SourceError(message)


def _locate(uri: str) -> tuple[fs.FileSystem, list[str]]:
    if is_url(uri):
        return _locate_objects(uri)
    pattern = Path(uri.removeprefix("file://"))
    candidates = list(dict.fromkeys(base / pattern for base in (settings.models_folder(), settings.PROJECT)))
    for candidate in candidates:
        if paths := _matches(candidate):
            return fs.LocalFileSystem(), paths
    message = f"no file matches {uri!r}; looked at {' and at '.join(str(path) for path in candidates)}"
    raise SourceError(message)


def _matches(path: Path) -> list[str]:
    if path.is_file():
        return [str(path)]
    if path.is_dir():
        return sorted(str(file) for file in path.rglob("*") if _is_data_file(file.name) and file.is_file())
    pattern = str(path.relative_to(path.anchor))
    return sorted(str(file) for file in Path(path.anchor).glob(pattern) if file.is_file())


def _is_data_file(name: str) -> bool:
    return name.lower().endswith(tuple(_ENDINGS))


def _locate_objects(url: str) -> tuple[fs.FileSystem, list[str]]:
    try:
        root = object_path(url)
        if root.fs.isdir(root.path):
            paths = [name for name in root.fs.find(root.path) if _is_data_file(name)]
        else:
            paths = root.fs.glob(root.path)
    except (StoreError, OSError) as error:
        message = f"{url} cannot be listed: {error}"
        raise SourceError(message) from error
    if not paths:
        message = f"no object matches {url!r}; check bucket, path and the connection's permissions"
        raise SourceError(message)
    return fs.PyFileSystem(fs.FSSpecHandler(root.fs)), sorted(paths)
