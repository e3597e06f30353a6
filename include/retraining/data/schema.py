"""What training rows looked like, kept so that a batch can be held against it."""

import numpy as np
import pandas as pd
from pandas.api import types

from include.retraining.results.columns import Columns
from include.retraining.results.record import Kind
from include.retraining.results.validation import ColumnSchema, Family, ReferenceSchema

QUANTILES = np.linspace(0.05, 0.95, 19)
"""Levels of the quantiles that are kept of a number."""
# A longer list of categories no longer tells a typing error from a new customer; such columns are left
# to drift detection. The bound also keeps schema.json small.
MAXIMUM_CATEGORIES = 1000

_FAMILY_OF_OBJECTS: dict[str, Family] = {
    "boolean": "number",
    "decimal": "number",
    "floating": "number",
    "integer": "number",
    "mixed-integer-float": "number",
    "date": "time",
    "datetime": "time",
    "datetime64": "time",
    "period": "time",
    "time": "time",
    "timedelta": "time",
    "timedelta64": "time",
}


def describe(frame: pd.DataFrame, columns: Columns) -> ReferenceSchema:
    """Summarise training rows: for each feature its type, null rate, and range and quantiles, or categories.

    Parameters
    ----------
    frame
        Training rows with at least the feature columns; columns named `__…` are this system's own and left out.
    columns
        Which columns are features, and of which kind.
    """
    kinds: dict[str, Kind] = {}
    kinds.update(dict.fromkeys(columns.numeric, "numeric"))
    kinds.update(dict.fromkeys(columns.categorical, "categorical"))
    others = tuple(name for name in frame.columns if name not in kinds and not name.startswith("__"))
    described = tuple(_describe_column(frame[name], kind) for name, kind in kinds.items())
    return ReferenceSchema(rows=len(frame), columns=described, others=others)


def family(values: pd.Series) -> Family | None:
    """Tell whether a column holds numbers, text or times, whatever its width, unit or storage.

    Booleans are numbers. A column without a single value belongs to no family (None).
    """
    if not values.notna().any():
        return None
    dtype = values.cat.categories.dtype if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype
    if types.is_numeric_dtype(dtype):
        return "number"
    if types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return "time"
    if types.is_object_dtype(dtype):
        return _FAMILY_OF_OBJECTS.get(types.infer_dtype(values, skipna=True), "text")
    return "text"


def _describe_column(values: pd.Series, kind: Kind) -> ColumnSchema:
    held = family(values)
    null_rate = float(values.isna().mean()) if len(values) else 1.0
    if kind == "categorical":
        categories = _categories(values) if held in ("number", "text") else None
        return ColumnSchema(name=str(values.name), kind=kind, family=held, null_rate=null_rate, categories=categories)
    numbers = values.to_numpy(dtype=float, na_value=np.nan) if held == "number" else np.empty(0)
    finite = numbers[np.isfinite(numbers)]
    return ColumnSchema(
        name=str(values.name),
        kind=kind,
        family=held,
        null_rate=null_rate,
        minimum=float(finite.min()) if finite.size else None,
        maximum=float(finite.max()) if finite.size else None,
        quantiles=tuple(np.quantile(finite, QUANTILES).tolist()) if finite.size else (),
    )


def _categories(values: pd.Series) -> tuple[bool | int | float | str, ...] | None:
    """List the distinct finite values; None when there are too many, or any that JSON cannot hold."""
    found = values.dropna().unique().tolist()
    if len(found) > MAXIMUM_CATEGORIES or not all(isinstance(value, (bool, int, float, str)) for value in found):
        return None
    finite = [value for value in found if isinstance(value, str) or np.isfinite(value)]
    return tuple(sorted(finite, key=lambda value: (isinstance(value, str), value)))
