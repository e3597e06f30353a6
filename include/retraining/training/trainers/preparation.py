"""Steps that trainers share: raw columns to numbers, with plain scikit-learn and pandas parts only.

A pickled pipeline must load where this project is not installed, so nothing here ends up inside one.
"""

import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from include.retraining.errors import TrainingError


def numbers() -> Pipeline:
    """Turn numeric, boolean and nullable columns into floats; nulls and infinities become NaN."""
    return Pipeline(
        [
            ("floats", _apply(pd.DataFrame.to_numpy, dtype="float64", na_value=np.nan)),
            ("finite", _apply(np.nan_to_num, nan=np.nan, posinf=np.nan, neginf=np.nan)),
        ]
    )


def texts() -> Pipeline:
    """Turn columns of any type into text with NaN for nulls; 3 and 3.0 are the same value.

    A whole-number column becomes floats as soon as one value is missing: without this, all its
    categories would be unknown in a batch with a null.
    """
    return Pipeline(
        [
            ("values", _apply(pd.DataFrame.astype, dtype="object")),
            ("types", _apply(pd.DataFrame.convert_dtypes)),
            ("texts", _apply(pd.DataFrame.astype, dtype="str")),
        ]
    )


def check_params(trainer: str, params: Mapping[str, Any], estimator: Any, reserved: Collection[str]) -> None:
    """Refuse parameters that an estimator does not take, or that the trainer sets itself.

    Raises
    ------
    TrainingError
        Naming the parameter and those that are accepted.
    """
    accepted = sorted(set(estimator().get_params()) - set(reserved))
    for name in params:
        if name not in accepted:
            near = difflib.get_close_matches(name, accepted, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            message = f"trainer {trainer!r} takes no parameter {name!r}.{hint} Accepted: {', '.join(accepted)}"
            raise TrainingError(message)


def _apply(function: Callable[..., Any], **arguments: Any) -> FunctionTransformer:
    return FunctionTransformer(function, kw_args=arguments, feature_names_out="one-to-one")
