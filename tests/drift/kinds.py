"""Columns of every kind that a table may have, by name."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

Make = Callable[[np.random.Generator, int], pa.Array]
"""Draws so many rows."""


def whole(kind: Any, most: int = 100) -> Make:
    """Whole numbers from 0, as that type."""
    return lambda rng, rows: pa.array(rng.integers(0, most, rows), pa.int64()).cast(kind)


def days(kind: Any) -> Make:
    """Days since 1970, as that type."""
    return lambda rng, rows: pa.array(rng.integers(0, 9_000, rows), pa.int32()).cast(pa.date32()).cast(kind)


def texts(most: int) -> Make:
    """Names drawn evenly from so many."""
    return lambda rng, rows: pa.array([f"name {number}" for number in rng.integers(0, most, rows)])


def normal(kind: Any) -> Make:
    """Normal numbers, as that type."""
    return lambda rng, rows: pa.array(rng.normal(size=rows).astype(kind.to_pandas_dtype()), kind)


def repeated(value: Any, kind: Any) -> Make:
    """The same value in every row."""
    return lambda rng, rows: pa.array([value] * rows, kind)


NUMBERS: dict[str, Make] = {
    **{str(kind): whole(kind) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{str(kind): whole(kind) for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())},
    **{str(kind): normal(kind) for kind in (pa.float16(), pa.float32(), pa.float64())},
    "decimal": lambda rng, rows: pa.array(
        [Decimal(int(n)) / 4 for n in rng.integers(0, 99, rows)], pa.decimal128(9, 2)
    ),
    "boolean": whole(pa.bool_(), 2),
    "seconds of the day": lambda rng, rows: whole(pa.int32(), 86_400)(rng, rows).cast(pa.time32("s")),
    "nanoseconds of the day": whole(pa.time64("ns"), 86_400 * 10**9),
    "duration": whole(pa.duration("s"), 10**6),
}
NAMES: dict[str, Make] = {
    "text": texts(6),
    "large text": lambda rng, rows: texts(6)(rng, rows).cast(pa.large_string()),
    "text view": lambda rng, rows: texts(6)(rng, rows).cast(pa.string_view()),
    "bytes of text": lambda rng, rows: texts(6)(rng, rows).cast(pa.binary()),
    "dictionary": lambda rng, rows: texts(6)(rng, rows).dictionary_encode(),
    "dictionary of numbers": lambda rng, rows: pa.DictionaryArray.from_arrays(
        pa.array(rng.integers(0, 4, rows), pa.int8()), pa.array([3, 1, 7, 9])
    ),
}
MOMENTS: dict[str, Make] = {
    "timestamp": whole(pa.timestamp("us"), 10**15),
    "timestamp with zone": whole(pa.timestamp("us", tz="Europe/Berlin"), 10**15),
    "timestamp in nanoseconds": whole(pa.timestamp("ns"), 10**18),
    "date": days(pa.date32()),
    "date in milliseconds": days(pa.date64()),
}
EMPTY: dict[str, Make] = {
    "null": lambda rng, rows: pa.nulls(rows),
    "null numbers": lambda rng, rows: pa.nulls(rows, pa.float64()),
    "null texts": lambda rng, rows: pa.nulls(rows, pa.string()),
    "NaN": repeated(float("nan"), pa.float64()),
}
UNUSABLE: dict[str, Make] = {
    "list": repeated([1.0, 2.0], pa.list_(pa.float64())),
    "fixed list": repeated([1.0, 2.0], pa.list_(pa.float32(), 2)),
    "struct": repeated({"a": 1}, pa.struct({"a": pa.int64()})),
    "map": repeated([("a", 1)], pa.map_(pa.string(), pa.int64())),
    "calendar interval": repeated((1, 2, 3), pa.month_day_nano_interval()),
    "bytes that are no text": repeated(b"\xff\x00", pa.binary()),
}
CONSTANT: dict[str, Make] = {
    "constant number": repeated(2.0, pa.float64()),
    "constant truth": repeated(True, pa.bool_()),
    "constant text": repeated("always", pa.string()),
}
EVERY = {
    **NUMBERS,
    **NAMES,
    **MOMENTS,
    **EMPTY,
    **UNUSABLE,
    **CONSTANT,
    "identifier": texts(10**9),
    "many": texts(10_000),
}
