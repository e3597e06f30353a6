"""Files given on the command line."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from include.retraining.results import Columns
from include.retraining.data.sources.base import require_columns
from include.retraining.errors import SourceError


def read_table(path: Path) -> pa.Table:
    """Read a Parquet or CSV file.

    Raises
    ------
    SourceError
        When the file does not exist or cannot be read.
    """
    if not path.is_file():
        message = f"no file {path}; give a Parquet or CSV file"
        raise SourceError(message)
    try:
        return pa.csv.read_csv(path) if path.suffix in {".csv", ".gz"} else pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        message = f"{path} cannot be read as {'CSV' if path.suffix in {'.csv', '.gz'} else 'Parquet'}: {error}"
        raise SourceError(message) from error


def feature_kinds(table: pa.Table, ignore: Sequence[str]) -> Columns:
    """Take every column but the ignored ones: numbers and truth values as numeric, the rest as categorical.

    Raises
    ------
    SourceError
        When an ignored column does not exist.
    """
    require_columns(ignore, table.column_names, "the reference")
    kept = [field for field in table.schema if field.name not in ignore]
    numeric = [field.name for field in kept if _is_number(field.type)]
    return Columns(numeric=tuple(numeric), categorical=tuple(f.name for f in kept if f.name not in numeric))


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return any(test(kind) for test in (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean))
