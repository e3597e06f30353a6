"""Arrow arrays as numpy arrays and counts, through their raw buffers.

`Array.to_numpy()` and `pyarrow.array()` import pandas behind the caller's back, which costs a task seconds
before it has done anything. Nothing here does.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from include.retraining.drift.names import name_of
from include.retraining.errors import DataError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MICROSECONDS = 1e6
_PLAIN: dict[str, type[Any]] = {
    "float": np.float32,
    "double": np.float64,
    **{f"{sign}int{bits}": np.dtype(f"{sign}int{bits}").type for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
"""Arrow types that are laid out as numpy's."""


def to_floats(array: Any) -> Floats:
    """Values as float64, nulls as NaN; booleans as 0 and 1, times as seconds (since 1970, or since midnight).

    Raises
    ------
    DataError
        When the values are no numbers, for example text that does not read as one.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_temporal(array.type):
        return np.asarray(_temporal_to_floats(array) / _MICROSECONDS)
    if (kind := _PLAIN.get(str(array.type))) is not None:  # without the compute module, which takes its time to load
        return _absent_as_nan(*_buffers(array, kind))
    try:
        return _buffer_to_floats(array.cast(pa.float64(), safe=False))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"values of type {array.type} are no numbers ({str(error).splitlines()[0]})"
        raise DataError(message) from error


def _temporal_to_floats(array: Any) -> Floats:
    kind = pa.types
    if kind.is_timestamp(array.type) or kind.is_date(array.type):
        array = array.cast(pa.timestamp("us"), safe=False)
    elif kind.is_duration(array.type):
        array = array.cast(pa.duration("us"), safe=False)
    elif kind.is_time(array.type):
        array = array.cast(pa.time64("us"), safe=False)
    else:
        message = f"values of type {array.type} have no place on one axis"
        raise DataError(message)
    return _buffer_to_floats(array.cast(pa.int64()).cast(pa.float64(), safe=False))


def _buffer_to_floats(array: Any) -> Floats:
    return _absent_as_nan(*_buffers(array, np.float64))


def _absent_as_nan(values: npt.NDArray[Any], valid: Mask | None) -> Floats:
    numbers = values.astype(np.float64, copy=False)
    return numbers if valid is None else np.where(valid, numbers, np.nan)


def _buffers(array: Any, kind: type[Any]) -> tuple[npt.NDArray[Any], Mask | None]:
    """Values of an array of fixed width, and which of them are valid (None when all are)."""
    validity, data = array.buffers()
    end = array.offset + len(array)
    values = np.zeros(end, kind) if data is None else np.frombuffer(data, kind, count=end)
    if not array.null_count:
        return values[array.offset :], None
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little", count=end)
    return values[array.offset :], bits[array.offset :].astype(bool)


def to_codes(array: Any) -> tuple[Integers, list[str]]:
    """Encode values as positions in a list of names (see `name_of`); nulls and NaN become -1.

    Raises
    ------
    DataError
        When the values have no text, for example lists.
    """
    if pa.types.is_float16(array.type):  # which Arrow does not encode
        array = array.cast(pa.float32())
    try:
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        names = _names(encoded.dictionary)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"values of type {array.type} cannot be categories ({str(error).splitlines()[0]})"
        raise DataError(message) from error
    codes, valid = _buffers(encoded.indices, _PLAIN[str(encoded.indices.type)])
    codes = codes.astype(np.int64)
    return _merge(codes if valid is None else np.where(valid, codes, -1), names)


def _names(values: Any) -> list[str | None]:
    """Name of each value; floats keep their precision, so that 0.1 is called the same in each."""
    kinds = pa.types
    if kinds.is_floating(values.type):
        numbers, valid = _buffers(values, _PLAIN[str(values.type)])
        known = ~np.isnan(numbers) if valid is None else valid & ~np.isnan(numbers)
        return [name_of(number) if is_known else None for number, is_known in zip(numbers, known, strict=True)]
    if kinds.is_boolean(values.type) or kinds.is_decimal(values.type):
        return [None if value is None else name_of(value) for value in values.to_pylist()]
    return list((values if kinds.is_string(values.type) else values.cast(pa.string())).to_pylist())


def _merge(codes: Integers, names: list[str | None]) -> tuple[Integers, list[str]]:
    """Give values of one name the same code, and those without a name -1."""
    positions: dict[str, int] = {}
    merged = [-1 if name is None else positions.setdefault(name, len(positions)) for name in names]
    if len(positions) == len(names):
        return codes, list(positions)
    return np.array([*merged, -1], np.int64)[codes], list(positions)


def objects_to_codes(values: npt.NDArray[Any]) -> tuple[Integers, list[str]]:
    """Encode a numpy array as `to_codes` does; None and NaN become -1."""
    if values.dtype.kind in "biuf":
        distinct, places = np.unique(values, return_inverse=True)
        known = ~np.isnan(distinct)
        return _merge(places, [name_of(n) if is_known else None for n, is_known in zip(distinct, known, strict=True)])
    positions: dict[str, int] = {}
    codes = np.full(len(values), -1, np.int64)
    for row, value in enumerate(values.tolist()):
        if value is not None and value == value:  # noqa: PLR0124 - NaN alone differs from itself
            codes[row] = positions.setdefault(name_of(value), len(positions))
    return codes, list(positions)
