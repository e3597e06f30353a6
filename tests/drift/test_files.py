"""Parquet files piece by piece."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.retraining.drift import batch, files
from include.retraining.drift.batch import count_batch
from include.retraining.drift.files import count_file
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


def test_columns_that_the_file_does_not_have_are_not_asked_for(tmp_path: Path) -> None:
    """A categorical target, and a feature that is missing from the batch."""
    profile = profile_of(VALUES, ("c",), target=np.array([*"no"] * 150, dtype=object))
    pq.write_table(pa.table(VALUES).drop_columns(["c"]), tmp_path / "batch.parquet")
    counted = count_file(profile, tmp_path / "batch.parquet", target=np.array([*"no"] * 5, dtype=object))
    assert counted.rows == 300
    assert ("target", "target") in counted.counts
    assert ("feature", "c") not in counted.counts
