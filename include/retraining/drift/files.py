"""Parquet files as pieces of a batch: one column of one row group in memory at a time."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from include.retraining.drift.batch import BatchProfile, Piece, count_batch
from include.retraining.drift.profile import Profile

_LARGEST_GROUP = 1_048_576
"""Rows of a row group up to which its columns are read one by one; larger ones are read in slices, more slowly."""
_SLICE = 65_536
_MOST_THREADS = 4
"""Beyond it memory bandwidth is the limit."""


def count_file(
    profile: Profile,
    path: Path,
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
    threads: int | None = None,
) -> BatchProfile:
    """Count the rows of a Parquet file as `count_batch` does; threads share the columns of each row group.

    Parameters
    ----------
    threads
        Left out: one for each core that this process may use, at most four.
    """
    workers = threads or min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    named = [column.name for column in profile.columns if column.role == "feature" and column.kind == "categorical"]
    # small matrices: threads of the matrix library would only wait for each other, which costs ten times the work
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        pieces = parquet_pieces(path, named)
        return count_batch(profile, pieces, predictions=predictions, target=target, each=pool.map)


class _Handle(threading.local):
    """The file, opened by each thread for itself: reading moves a handle's place in the file."""

    def __init__(self, path: Path, metadata: pq.FileMetaData, named: Sequence[str]) -> None:
        self.file = pq.ParquetFile(path, metadata=metadata, read_dictionary=named, pre_buffer=False)

    def column(self, group: int, name: str) -> Any:
        """Read one column of one row group."""
        chunked = self.file.read_row_group(group, columns=[name], use_threads=False).column(0)
        return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()


def parquet_pieces(path: Path, named: Sequence[str] = ()) -> Iterator[Piece]:
    """Yield the rows of all row groups.

    Parameters
    ----------
    named
        Columns of names: reading them as dictionaries, as they are mostly stored, is several times faster.
    """
    with pq.ParquetFile(path) as file:
        metadata, names = file.metadata, file.schema_arrow.names
    handle, first = _Handle(path, metadata, [name for name in names if name in named]), 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        if rows <= _LARGEST_GROUP:
            yield Piece(first, rows, names, partial(handle.column, group))
            first += rows
            continue
        for batch in handle.file.iter_batches(_SLICE, row_groups=[group], use_threads=False):
            yield Piece(first, batch.num_rows, names, batch.column)
            first += batch.num_rows
