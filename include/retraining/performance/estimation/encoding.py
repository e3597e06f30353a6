"""Feature columns as one matrix of numbers, with the categories that the reference knew."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.retraining.results.columns import Columns

# Histogram boosting takes category codes below 255.
MAXIMUM_CATEGORIES = 250


@dataclass(frozen=True)
class Encoder:
    """Numeric columns as floats, categories as codes; missing is NaN, any value not listed shares the next code."""

    numeric: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    @property
    def categorical(self) -> tuple[bool, ...]:
        """Which columns of the matrix hold codes."""
        return (False,) * len(self.numeric) + (True,) * len(self.categories)

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """Encode rows, shape (n, p); a column that is not there is missing in every row."""
        absent = np.full(len(frame), np.nan)
        columns = [_numbers(frame[name]) if name in frame else absent for name in self.numeric]
        for name, known in self.categories.items():
            columns.append(_codes(_texts(frame[name]), known) if name in frame else absent)
        return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def fit_encoder(frame: pd.DataFrame, columns: Columns) -> Encoder:
    """List the categories of the reference, the most frequent ones where there are too many."""
    categories = {}
    for name in columns.categorical:
        counts = _texts(frame[name]).value_counts()
        categories[name] = tuple(sorted(counts.index[:MAXIMUM_CATEGORIES].astype(str)))
    return Encoder(columns.numeric, categories)


def _numbers(values: pd.Series) -> np.ndarray:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _texts(values: pd.Series) -> pd.Series:
    """Text of each value, None where it is missing; 3 and 3.0 are the same value."""
    texts = values.astype("object").convert_dtypes().astype("str").astype("object")
    return texts.where(values.notna(), None)


def _codes(texts: pd.Series, known: tuple[str, ...]) -> np.ndarray:
    codes = {value: float(position) for position, value in enumerate(known)}
    coded = texts.map(codes).to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(coded) & texts.notna().to_numpy(dtype=bool), float(len(known)), coded)
