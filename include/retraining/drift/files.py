"""Parquet files as pieces of a batch: one column of one row group in memory at a time."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
"""Beyond it memory bandwidth is the limit, and each thread holds a row group's places in memory."""


def count_file(
    profile: Profile,
    path: Path,
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
    threads: int | None = None,
) -> BatchProfile:
    """Count the rows of a Parquet file as `count_batch` does; threads share the row groups.

    Parameters
    ----------
    threads
        Left out: one for each core that this process may use, at most four.
    """
    with pq.ParquetFile(path) as file:
        groups, names = file.num_row_groups, file.schema_arrow.names
    workers = min(threads or min(len(os.sched_getaffinity(0)), _MOST_THREADS), max(groups, 1))
    shares = [range(worker, groups, workers) for worker in range(workers)]
    categorical = {c.name for c in profile.columns if c.role == "feature" and c.kind == "categorical"}
    named = [name for name in names if name in categorical]
    # small matrices: threads of the matrix library would only wait for each other, which costs ten times the work
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda share: count_batch(profile, parquet_pieces(path, share, named)), shares))
    return sum(parts, count_batch(profile, (), predictions=predictions, target=target))


def parquet_pieces(path: Path, groups: Iterable[int] | None = None, named: Sequence[str] = ()) -> Iterator[Piece]:
    """Yield the rows of some row groups, or of all; each call reads through a file handle of its own.

    Parameters
    ----------
    named
        Columns of names: reading them as dictionaries, as they are mostly stored, is several times faster.
    """
    with pq.ParquetFile(path, read_dictionary=named, pre_buffer=False) as file:
        names, sizes = (
            file.schema_arrow.names,
            [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)],
        )
        for number in range(file.num_row_groups) if groups is None else groups:
            first, rows = sum(sizes[:number]), sizes[number]
            if rows <= _LARGEST_GROUP:
                yield Piece(first, rows, names, partial(_read_column, file, number))
                continue
            for batch in file.iter_batches(_SLICE, row_groups=[number], use_threads=False):
                yield Piece(first, batch.num_rows, names, batch.column)
                first += batch.num_rows


def _read_column(file: pq.ParquetFile, group: int, name: str) -> Any:
    chunked = file.read_row_group(group, columns=[name], use_threads=False).column(0)
    return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()
