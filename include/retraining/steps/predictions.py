"""Predictions as columns of a file, and back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "__prediction"


def to_columns(prediction: np.ndarray) -> dict[str, np.ndarray]:
    """Name the columns of a prediction: `__prediction`, or one for each class.

    Examples
    --------
    >>> list(to_columns(np.zeros((4, 2))))
    ['__prediction_0', '__prediction_1']
    """
    if prediction.ndim == 1:
        return {PREFIX: prediction}
    return {f"{PREFIX}_{number}": prediction[:, number] for number in range(prediction.shape[1])}


def from_columns(columns: "Mapping[str, Any] | pd.DataFrame") -> np.ndarray:
    """Put the prediction columns of a frame or a mapping together again.

    Returns
    -------
    ndarray of shape (n,) or (n, k)
    """
    if PREFIX in columns:
        return np.asarray(columns[PREFIX], dtype=float)
    names = sorted((str(name) for name in columns if str(name).startswith(f"{PREFIX}_")), key=_number)
    return np.column_stack([np.asarray(columns[name], dtype=float) for name in names])


def drift_names(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Name predictions as people read them in drift reports: `prediction`, `prediction_0`, …"""
    return {name.removeprefix("__"): values for name, values in columns.items()}


def prediction_columns(table: pa.Table) -> dict[str, np.ndarray]:
    """Take the prediction columns of an Arrow table without pandas."""
    names = [name for name in table.column_names if name.startswith(PREFIX)]
    return drift_names({name: table.column(name).combine_chunks() for name in names})


def _number(name: str) -> int:
    return int(name.rpartition("_")[2])
