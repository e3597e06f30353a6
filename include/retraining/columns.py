"""Which columns are features, of which kind, and how a target becomes numbers."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from pandas.api import types

from include.retraining.errors import DataError
from include.retraining.results.columns import Columns
from include.retraining.results.record import Kind
from include.retraining.spec.data import DataSpec
from include.retraining.spec.model import ModelSpec

# What pandas calls columns of objects that are numbers, and those that are names; all others hold times, or nothing
# that a model learns from. A column without any value may become one of names.
_NUMERIC_OBJECTS = {"boolean", "integer", "floating", "mixed-integer-float", "decimal"}
_TEXTUAL_OBJECTS = {"string", "bytes", "mixed-integer", "categorical", "empty"}


def feature_columns(frame: pd.DataFrame, data: DataSpec) -> Columns:
    """Take the declared feature columns, or infer them from the types in `frame`.

    Numbers and booleans are numeric, also where pandas holds them as objects (decimals, booleans and integers with
    gaps); text and categories are categorical. Times, dates, durations and lists are left out.

    Raises
    ------
    DataError
        When a declared column is missing, or nothing is left to learn from.
    """
    if data.numeric is not None or data.categorical is not None:
        columns = Columns(numeric=data.numeric or (), categorical=data.categorical or ())
        if missing := [name for name in columns.features if name not in frame]:
            found = ", ".join(frame.columns)
            message = f"declared features missing from the data: {', '.join(missing)}; it has {found}"
            raise DataError(message)
        return columns
    special = {data.key, data.time, data.target, data.label_time, data.prediction, *data.label_sources, *data.ignore}
    candidates = [name for name in frame.columns if name not in special and not name.startswith("__")]
    kinds = {name: _kind_of(frame[name]) for name in candidates}
    numeric, textual = (tuple(n for n in candidates if kinds[n] == kind) for kind in ("numeric", "categorical"))
    if not numeric and not textual:
        message = f"no feature column is left among {', '.join(frame.columns)}; check `ignore`, or declare `numeric`"
        raise DataError(message)
    return Columns(numeric=numeric, categorical=textual)


def _kind_of(column: pd.Series) -> Kind | None:
    """Kind of a feature column, by its type or, of objects, by what they are; None for what cannot be learned from."""
    if types.is_numeric_dtype(column.dtype):
        return "numeric"
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "categorical"
    if not types.is_object_dtype(column.dtype):
        return "categorical" if types.is_string_dtype(column.dtype) else None
    objects = types.infer_dtype(column, skipna=True)
    if objects in _NUMERIC_OBJECTS:
        return "numeric"
    if objects == "mixed":
        first = column.dropna().iloc[0]
        return "categorical" if isinstance(first, (str, bytes)) else None
    return "categorical" if objects in _TEXTUAL_OBJECTS else None


def target_classes(target: pd.Series, spec: ModelSpec) -> tuple[str, ...]:
    """Name the classes of a target, as text, in the order in which they are numbered.

    Empty for regression. For two classes the positive one comes second.

    Raises
    ------
    DataError
        When a classification target has only one class, or a binary one more than two.
    """
    if spec.task == "regression":
        return ()
    classes = [_class_name(value) for value in sorted(target.dropna().unique())]
    if len(classes) < 2:
        found = classes[0] if classes else "nothing"
        message = f"target {spec.data.target!r} holds only {found!r} in these rows; a classifier needs two classes"
        raise DataError(message)
    if spec.task == "binary_classification":
        if len(classes) > 2:
            shown = ", ".join(classes[:5])
            count = f"{len(classes)} values ({shown}, …)"
            message = f"target {spec.data.target!r} has {count}; use multiclass_classification"
            raise DataError(message)
        if spec.data.positive is not None:
            if spec.data.positive not in classes:
                message = f"positive value {spec.data.positive!r} is not among {classes} of target {spec.data.target!r}"
                raise DataError(message)
            classes.sort(key=lambda name: name == spec.data.positive)
    return tuple(classes)


def encode_target(target: pd.Series, classes: Iterable[str]) -> np.ndarray:
    """Turn a target into numbers: class positions as integers, or floats where there are no classes.

    Returns
    -------
    ndarray of shape (n,)
        A class not among `classes`, or none at all, becomes -1; a missing regression target NaN.
    """
    names = list(classes)
    if not names:
        return pd.to_numeric(target, errors="coerce").to_numpy(dtype=float)
    positions = {name: position for position, name in enumerate(names)}
    codes, values = pd.factorize(target)  # each value is named once; a missing one has the code -1
    found = np.array([*(positions.get(_class_name(value), -1) for value in values), -1], dtype=int)
    return found[codes]


def class_names(target: pd.Series) -> pd.Series:
    """Name the class of each row as `target_classes` does, also of classes that a model does not know."""
    return target.map(_class_name, na_action="ignore").astype("str")


def _class_name(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
