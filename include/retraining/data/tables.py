"""Arrow tables: many chunks into one Parquet file in bounded memory, and from there to pandas."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pandas as pd

ROW_GROUP = 65_536
"""Rows of a row group: small enough to stream, large enough to compress."""
_EXACT_IN_FLOAT = 2**53
"""Integers beyond this lose digits as floats (IEEE 754 binary64)."""


def write_parquet(path: Path, tables: Iterable[pa.Table]) -> pa.Schema:
    """Stream tables into one zstd Parquet file, whatever their columns.

    Columns are matched by name. One that some tables lack is null there; one whose type changes takes the common
    number type, or else is kept as text. Equal rows give equal bytes, however they were cut into tables.

    Returns
    -------
    Schema
        Of the file.
    """
    with tempfile.TemporaryDirectory() as spool:
        parts = _spool(tables, Path(spool))
        schema = union_schema([pq.read_schema(part) for part in parts])
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in _regroup(conform(chunk, schema) for part in parts for chunk in _chunks(part)):
                writer.write_table(group, row_group_size=ROW_GROUP)
    return schema


def _spool(tables: Iterable[pa.Table], folder: Path) -> list[Path]:
    """Write each run of tables with one schema to a file of its own."""
    parts: list[Path] = []
    writer: pq.ParquetWriter | None = None
    try:
        for table in tables:
            bare = plain(table)
            if writer is None or not bare.schema.equals(writer.schema):
                if writer is not None:
                    writer.close()
                parts.append(folder / f"{len(parts):06d}.parquet")
                writer = pq.ParquetWriter(parts[-1], bare.schema)
            writer.write_table(bare)
    finally:
        if writer is not None:
            writer.close()
    return parts


def _chunks(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROW_GROUP):
            yield pa.Table.from_batches([batch])


def _regroup(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut a stream of tables into groups of exactly `ROW_GROUP` rows and a rest."""
    waiting: list[pa.Table] = []
    rows = 0
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        while rows >= ROW_GROUP:
            merged = pa.concat_tables(waiting)
            yield merged.slice(0, ROW_GROUP).combine_chunks()
            waiting = [merged.slice(ROW_GROUP)]
            rows -= ROW_GROUP
    if rows:
        yield pa.concat_tables(waiting).combine_chunks()


def union_schema(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """Give the one schema that can hold rows of all `schemas`; columns in the order of first appearance.

    Examples
    --------
    >>> union_schema([pa.schema({"a": pa.int64()}), pa.schema({"a": pa.float64(), "b": pa.string()})])
    a: double
    b: string
    """
    kinds: dict[str, pa.DataType] = {}
    for schema in schemas:
        for field in schema:
            kinds[field.name] = _common_type(kinds.get(field.name, pa.null()), field.type)
    return pa.schema(kinds)


def _common_type(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    try:
        schemas = [pa.schema([("column", kind)]) for kind in (left, right)]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowTypeError:
        return pa.string()


def plain(table: pa.Table) -> pa.Table:
    """Leave a source's schema metadata behind, and store categories by their values.

    Examples
    --------
    >>> plain(pa.table({"shop": pa.array(["north"]).dictionary_encode()})).schema
    shop: string
    """
    kinds = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in table.schema.types]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Bring a table to a union schema: cast, order, and fill columns that it lacks with nulls."""
    present = set(table.column_names)
    columns = [
        _cast(table.column(field.name), field.type) if field.name in present else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type.equals(kind):
        return column
    try:
        return column.cast(kind, safe=False)
    except pa.ArrowNotImplementedError:  # lists and structs have no cast to text
        return pa.chunked_array([pa.array([None if v is None else str(v) for v in column.to_pylist()], kind)])


def collect(tables: Iterable[pa.Table]) -> pa.Table:
    """Put tables together in memory, matched by column name as in `write_parquet`.

    Tables without rows have no say in the columns, unless all are empty.
    """
    found = [plain(table) for table in tables]
    parts = [table for table in found if table.num_rows] or found
    schema = union_schema([part.schema for part in parts])
    return pa.concat_tables([schema.empty_table(), *(conform(part, schema) for part in parts)])


def to_frame(table: pa.Table) -> "pd.DataFrame":
    """Hand a table to pandas. Whole numbers with nulls become floats, unless that would cost digits: then `Int64`.

    Examples
    --------
    >>> to_frame(pa.table({"key": [9007199254740993, None], "count": [1, None]})).dtypes.astype(str).to_dict()
    {'key': 'Int64', 'count': 'float64'}
    """
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas()
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_integer(column.type) and column.null_count and _is_large(column):
            absent = np.asarray(column.is_null())
            exact = pd.array(column.fill_null(0).to_numpy(), dtype="Int64")
            exact[absent] = pd.NA
            frame[name] = exact
    return frame


def _is_large(column: pa.ChunkedArray) -> bool:
    bounds = pc.min_max(column)
    return any(abs(bounds[end].as_py() or 0) > _EXACT_IN_FLOAT for end in ("min", "max"))
