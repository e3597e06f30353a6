"""The values of a column, whatever holds them: a numpy array, or an Arrow array in one piece or in several."""

from typing import Any

import numpy as np
import pyarrow as pa

from include.retraining.drift.arrow import Floats, Integers, objects_to_codes, to_codes, to_floats
from include.retraining.drift.parts import to_seconds
from include.retraining.errors import DataError


def read_numbers(values: Any) -> Floats:
    """Read as float64, nulls as NaN; times in seconds.

    Raises
    ------
    DataError
        When the values are no numbers.
    """
    if not isinstance(values, np.ndarray):
        return to_floats(_whole(values))
    try:
        return to_seconds(values)
    except (TypeError, ValueError) as error:
        message = f"values of type {values.dtype} are no numbers ({error})"
        raise DataError(message) from error


def read_names(values: Any) -> tuple[Integers, list[str]]:
    """Read as positions in a list of names; nulls are -1.

    Raises
    ------
    DataError
        When the values have no text.
    """
    return objects_to_codes(values) if isinstance(values, np.ndarray) else to_codes(_whole(values))


def _whole(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
