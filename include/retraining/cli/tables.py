"""Read one file given on the command line."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

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
