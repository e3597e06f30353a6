"""Files given on the command line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from include.retraining.data.sources.base import require_columns
from include.retraining.drift.arrow import Mask
from include.retraining.drift.files import parquet_pieces
from include.retraining.drift.sample import row_keys
from include.retraining.errors import SourceError
from include.retraining.results.columns import Columns

REFERENCE_VALUES = 10_000_000
"""Most values that are held of a reference, 200,000 rows of 50 columns: with what their summary needs, 300 MB."""


def is_csv(path: Path) -> bool:
    """Whether a file is taken for CSV; anything else is taken for Parquet."""
    return path.suffix in {".csv", ".gz"}


def read_table(path: Path) -> pa.Table:
    """Read a Parquet or CSV file.

    Raises
    ------
    SourceError
        When the file does not exist or cannot be read.
    """
    with reading(path):
        if not is_csv(path):
            return pq.read_table(path)
        import pyarrow.csv

        return pyarrow.csv.read_csv(path)


def read_reference(path: Path, values: int = REFERENCE_VALUES) -> pa.Table:
    """Read a file, but of a large Parquet file no more than so many values: rows drawn evenly, in their order.

    Which rows are drawn depends on their positions alone, so that the same file gives the same reference. A share of
    the rows has then a standard error of at most 0.5 over the root of the rows drawn: 0.0011 for 50 columns. All that
    is compared later reckons with the number of rows drawn.

    Raises
    ------
    SourceError
        When the file does not exist or cannot be read.
    """
    if is_csv(path):
        return read_table(path)
    with reading(path):
        with pq.ParquetFile(path) as file:
            rows, schema = file.metadata.num_rows, file.schema_arrow
        share = values / max(rows * len(schema), 1)
        if share >= 1:
            return pq.read_table(path)
        below, drawn = np.uint64(share * 2.0**64), []
        for piece in parquet_pieces(path):
            keys = row_keys(np.arange(piece.first, piece.first + piece.rows, dtype=np.uint64))
            positions = _positions(keys < below)
            drawn.append([piece.column(name).take(positions) for name in schema.names])
        return pa.Table.from_batches([pa.record_batch(columns, names=schema.names) for columns in drawn])


def _positions(chosen: Mask) -> pa.Array:
    """Numbers of the chosen rows; `pyarrow.array` would load pandas."""
    numbers = np.flatnonzero(chosen).astype(np.int64)
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what may go wrong while a file is read into an error that names it.

    Raises
    ------
    SourceError
        When the file does not exist or cannot be read.
    """
    if not path.is_file():
        message = f"no file {path}; give a Parquet or CSV file"
        raise SourceError(message)
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        message = f"{path} cannot be read as {'CSV' if is_csv(path) else 'Parquet'}: {error}"
        raise SourceError(message) from error


def feature_kinds(table: pa.Table, ignore: Sequence[str]) -> Columns:
    """Take every column but the ignored ones: numbers and truth values as numeric, the rest as categorical.

    Moments in time are left out: they only ever move forward.

    Raises
    ------
    SourceError
        When an ignored column does not exist.
    """
    require_columns(ignore, table.column_names, "the reference")
    kept = [field for field in table.schema if field.name not in ignore and not _is_moment(field.type)]
    numeric = [field.name for field in kept if _is_number(field.type)]
    return Columns(numeric=tuple(numeric), categorical=tuple(f.name for f in kept if f.name not in numeric))


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_duration, types.is_time)
    return any(test(kind) for test in tests)


def _is_moment(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))
