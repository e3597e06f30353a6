"""Tables become one Parquet file, equal rows equal bytes, and lose nothing on the way to pandas."""

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.data.tables import ROW_GROUP, collect, to_frame, write_parquet


def cut(table, places):
    """Cut a table in pieces at the given rows."""
    edges = [0, *sorted(places), table.num_rows]
    return [table.slice(a, b - a) for a, b in itertools.pairwise(edges)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 150_000), max_size=5))
def test_bytes_do_not_depend_on_the_cuts(tmp_path_factory, places):
    """However a source cuts its rows into chunks, the file is the same, byte by byte."""
    table = pa.table({"n": np.arange(150_000), "s": pa.array(["a", None, "b"] * 50_000)})
    folder = tmp_path_factory.mktemp("cuts")
    write_parquet(folder / "whole.parquet", [table])
    write_parquet(folder / "cut.parquet", cut(table, places))
    assert (folder / "whole.parquet").read_bytes() == (folder / "cut.parquet").read_bytes()
    assert pq.ParquetFile(folder / "cut.parquet").metadata.row_group(0).num_rows == ROW_GROUP


def test_columns_that_vary_meet_by_name(tmp_path):
    """Missing columns are null, number types widen, and what has no common type is text."""
    tables = [
        pa.table({"a": [1], "b": pa.nulls(1), "c": [True]}),
        pa.table({"b": ["x"], "a": [0.5], "c": ["yes"]}),
        pa.table({"c": [[1, 2]], "d": [None], "a": [2]}),
    ]
    write_parquet(tmp_path / "union.parquet", tables)
    assert pq.read_table(tmp_path / "union.parquet").to_pylist() == [
        {"a": 1.0, "b": None, "c": "true", "d": None},
        {"a": 0.5, "b": "x", "c": "yes", "d": None},
        {"a": 2.0, "b": None, "c": "[1, 2]", "d": None},
    ]
    assert collect(tables).equals(pq.read_table(tmp_path / "union.parquet"))


@pytest.mark.parametrize("tables", [[], [pa.table({})], [pa.table({"a": pa.nulls(0)})]])
def test_no_rows_are_a_readable_file(tmp_path, tables):
    """No table, no column and no row all give a file that reads as empty."""
    write_parquet(tmp_path / "empty.parquet", tables)
    assert pq.read_table(tmp_path / "empty.parquet").num_rows == 0
    assert collect(tables).num_rows == 0


def test_metadata_of_the_source_is_left_behind(tmp_path):
    """An index that pandas wrote into a source file does not become one here."""
    table = pa.Table.from_pandas(pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="name")))
    write_parquet(tmp_path / "rows.parquet", [table])
    assert pq.read_table(tmp_path / "rows.parquet").to_pandas().columns.tolist() == ["a", "name"]


def test_categories_become_plain_text(tmp_path):
    """Dictionary columns, whose dictionaries differ by file, are stored by their values."""
    tables = [pa.table({"shop": pa.array([name]).dictionary_encode()}) for name in ("north", "south")]
    write_parquet(tmp_path / "rows.parquet", [*tables, pa.table({"shop": ["east"]})])
    table = pq.read_table(tmp_path / "rows.parquet")
    assert table.schema.field("shop").type == pa.string()
    assert table["shop"].to_pylist() == ["north", "south", "east"]


def test_large_integer_keys_keep_their_digits():
    """A 64-bit key beside a null does not turn into a float that merges it with its neighbour."""
    frame = to_frame(pa.table({"key": [2**60, 2**60 + 1, None], "small": [1, 2, None]}))
    assert frame["key"].nunique() == 2
    assert frame["key"].isna().tolist() == [False, False, True]
    assert frame["small"].dtype == float
