"""Parquet files piece by piece."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.retraining.drift import batch, files
from include.retraining.drift.batch import count_batch
from include.retraining.drift.files import count_file
from include.retraining.drift.profile import ColumnProfile
from tests.drift.samples import profile_of

VALUES = {"x": np.arange(300.0), "y": np.arange(300.0) % 7, "c": [*"abc"] * 100}
PROFILE = profile_of(VALUES, ("c",))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("largest", [10, 1_000])
@pytest.mark.parametrize("share", [30, 1_000])
def test_a_file_is_counted_as_the_table_that_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int, share: int, threads: int
) -> None:
    """Whether its row groups are read column by column or in slices, by one thread or by several that share them."""
    monkeypatch.setattr(files, "_LARGEST_GROUP", largest)
    monkeypatch.setattr(batch, "_SHARED", share)
    monkeypatch.setattr(batch, "_SUMMED", 16)
    table = pa.table(VALUES)
    pq.write_table(table, tmp_path / "batch.parquet", row_group_size=70)
    whole = count_batch(PROFILE, table)
    read = count_file(PROFILE, tmp_path / "batch.parquet", threads=threads)
    assert whole.rows == read.rows == 300
    assert all((counts.bins == read.counts[key].bins).all() for key, counts in whole.counts.items())
    assert whole.pairs is not None
    assert read.pairs is not None
    assert (whole.pairs.products == read.pairs.products).all()
    assert whole.sample is not None
    assert read.sample is not None
    assert (whole.sample.cells == read.sample.cells).all()


@pytest.mark.parametrize("shared", [30, 1_000])
def test_threads_share_the_columns_of_a_single_row_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: int
) -> None:
    """Of a large one two are counted at the same time, of a small one all by who asked."""
    monkeypatch.setattr(batch, "_SHARED", shared)
    monkeypatch.setattr(batch, "_TOGETHER", 1)
    meeting, counting, seen = threading.Barrier(2), batch._count_column, []

    def counted(column: ColumnProfile, *more: Any) -> Any:
        seen.append(threading.get_ident())
        if shared == 30 and column.name in ("x", "y"):
            meeting.wait(timeout=30)  # breaks where one comes after the other
        return counting(column, *more)

    monkeypatch.setattr(batch, "_count_column", counted)
    pq.write_table(pa.table(VALUES), tmp_path / "batch.parquet")
    assert count_file(PROFILE, tmp_path / "batch.parquet", threads=2).rows == 300
    assert len(seen) == 3
    assert (set(seen) == {threading.get_ident()}) == (shared == 1_000)


def test_columns_that_the_file_does_not_have_are_not_asked_for(tmp_path: Path) -> None:
    """A categorical target, and a feature that is missing from the batch."""
    profile = profile_of(VALUES, ("c",), target=np.array([*"no"] * 150, dtype=object))
    pq.write_table(pa.table(VALUES).drop_columns(["c"]), tmp_path / "batch.parquet")
    counted = count_file(profile, tmp_path / "batch.parquet", target=np.array([*"no"] * 5, dtype=object))
    assert counted.rows == 300
    assert ("target", "target") in counted.counts
    assert ("feature", "c") not in counted.counts
