"""Targets as drift looks at them: numbers, or the names of classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


def target_values(encoded: np.ndarray, classes: Sequence[str]) -> Any:
    """Turn encoded targets back into class names; leave numbers alone.

    Parameters
    ----------
    encoded
        Class positions, -1 for a class unknown to the model; or numbers where there are no classes.

    Returns
    -------
    ndarray or pyarrow.DictionaryArray, of n values
        Floats, or the names of those classes that there are.

    Examples
    --------
    >>> target_values(np.array([1, 0, -1]), ["no", "yes"]).to_pylist()
    ['yes', 'no', 'another class']
    """
    if not classes:
        return encoded.astype(float)
    found, codes = np.unique(encoded.astype(np.int32), return_inverse=True)
    names = pa.array([[*classes, "another class"][position] for position in found.tolist()], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)
