"""Predictions of a fitted estimator, in the one form that the rest of the project uses."""

from typing import Any

import numpy as np
import pandas as pd

from include.retraining.errors import DataError
from include.retraining.results.columns import Columns
from include.retraining.spec.model import Task
from include.retraining.training.threads import limited_threads


def predict(estimator: Any, frame: pd.DataFrame, columns: Columns, task: Task) -> np.ndarray:
    """Predict rows with a fitted estimator.

    Returns
    -------
    ndarray
        Binary: P(positive), shape (n,). Multiclass: probabilities in class order, shape (n, k).
        Regression: shape (n,).

    Raises
    ------
    DataError
        When feature columns are missing, cannot be read by the model, or a prediction is not finite.
    """
    if missing := [name for name in columns.features if name not in frame]:
        message = (
            f"columns that the model needs are missing: {', '.join(missing)}; there are {', '.join(frame.columns)}"
        )
        raise DataError(message)
    if not len(frame):
        return _no_rows(estimator, task)
    method = "predict" if task == "regression" else "predict_proba"
    try:
        with limited_threads():
            prediction = np.asarray(getattr(estimator, method)(frame[columns.features]), dtype=float)
    except (TypeError, ValueError) as error:
        message = f"the model cannot predict these {len(frame):,} rows: {error}; check the types of its columns"
        raise DataError(message) from error
    if task == "binary_classification":
        prediction = _positive(prediction)
    if len(prediction) != len(frame) or not np.isfinite(prediction).all():
        message = f"`{method}` gave {len(prediction):,} predictions for {len(frame):,} rows, or some are not finite"
        raise DataError(message)
    return prediction


def _positive(probabilities: np.ndarray) -> np.ndarray:
    if probabilities.ndim != 2 or probabilities.shape[1] != 2:
        message = f"`predict_proba` gave the shape {probabilities.shape}; two columns are needed, negative and positive"
        raise DataError(message)
    return probabilities[:, 1]


def _no_rows(estimator: Any, task: Task) -> np.ndarray:
    if task == "multiclass_classification":
        return np.empty((0, len(estimator.classes_)))
    return np.empty(0)
