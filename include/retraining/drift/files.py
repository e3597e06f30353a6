"""Parquet files as pieces of a batch: one column of one row group in memory at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.retraining.drift.batch import Piece

_LARGEST_GROUP = 1_048_576
"""Rows of a row group up to which its columns are read one by one; larger ones are read in slices, more slowly."""
_SLICE = 65_536


@dataclass(frozen=True)
class _RowGroup:
    """A row group whose columns are read when asked for."""

    file: pq.ParquetFile
    number: int
    num_rows: int
    schema: pa.Schema

    def column(self, name: str, /) -> Any:
        chunked = self.file.read_row_group(self.number, columns=[name], use_threads=False).column(0)
        return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()


def parquet_pieces(path: Path, categorical: Sequence[str] = ()) -> Iterator[Piece]:
    """Yield the rows of a Parquet file.

    Parameters
    ----------
    categorical
        Columns of names: those stored as a dictionary are read as one, which is several times faster.
    """
    with pq.ParquetFile(path, read_dictionary=list(categorical), pre_buffer=False) as file:
        for number in range(file.num_row_groups):
            rows = file.metadata.row_group(number).num_rows
            if rows <= _LARGEST_GROUP:
                yield _RowGroup(file, number, rows, file.schema_arrow)
            else:
                yield from file.iter_batches(_SLICE, row_groups=[number], use_threads=False)
