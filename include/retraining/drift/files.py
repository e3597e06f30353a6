"""Parquet files as pieces of a batch: one column of one row group in memory at a time."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.retraining.drift.batch import BatchProfile, Piece, count_batch
from include.retraining.drift.profile import Profile

_LARGEST_GROUP = 1_048_576
"""Rows of a row group up to which its columns are read one by one; larger ones are read in slices, more slowly."""
_SLICE = 65_536
_MOST_THREADS = 4
"""Beyond it memory bandwidth is the limit, and each thread holds a row group's places in memory."""


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
        groups = file.num_row_groups
    workers = min(threads or min(len(os.sched_getaffinity(0)), _MOST_THREADS), max(groups, 1))
    shares = [range(worker, groups, workers) for worker in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda share: count_batch(profile, parquet_pieces(profile, path, share)), shares))
    return sum(parts, count_batch(profile, (), predictions=predictions, target=target))


def parquet_pieces(profile: Profile, path: Path, groups: Iterable[int] | None = None) -> Iterator[Piece]:
    """Yield the rows of some row groups, or of all; each call reads through a file handle of its own."""
    with pq.ParquetFile(path, read_dictionary=_named(profile), pre_buffer=False) as file:
        for number in range(file.num_row_groups) if groups is None else groups:
            rows = file.metadata.row_group(number).num_rows
            if rows <= _LARGEST_GROUP:
                yield _RowGroup(file, number, rows, file.schema_arrow)
            else:
                yield from file.iter_batches(_SLICE, row_groups=[number], use_threads=False)


def _named(profile: Profile) -> Sequence[str]:
    """Columns of names: reading them as dictionaries, as they are mostly stored, is several times faster."""
    return [column.name for column in profile.columns if column.kind == "categorical"]
