"""Predictions come in one form, or with an error that names the cause."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor

from include.retraining.errors import DataError
from include.retraining.results.columns import Columns
from include.retraining.training.predict import predict
from include.retraining.training.trainers.linear import build

COLUMNS = Columns(numeric=("x1",), categorical=())
FRAME = pd.DataFrame({"x1": [0.0, 1.0, 2.0, 3.0]})


def fitted(y):
    """Fit a classifier that predicts class shares."""
    return DummyClassifier().fit(FRAME, y)


def test_shapes_follow_the_task():
    """One column, one for each class, or the number itself."""
    assert predict(fitted([0, 1, 1, 1]), FRAME, COLUMNS, "binary_classification").tolist() == [0.75] * 4
    assert predict(fitted([0, 1, 2, 2]), FRAME, COLUMNS, "multiclass_classification").shape == (4, 3)
    assert predict(DummyRegressor().fit(FRAME, [1, 2, 3, 4]), FRAME, COLUMNS, "regression").tolist() == [2.5] * 4


def test_no_rows_give_no_predictions():
    """An empty batch is no error here."""
    nothing = FRAME.head(0)
    assert predict(fitted([0, 1, 1, 1]), nothing, COLUMNS, "binary_classification").shape == (0,)
    assert predict(fitted([0, 1, 2, 2]), nothing, COLUMNS, "multiclass_classification").shape == (0, 3)


def test_missing_columns_are_named():
    """With those that are there."""
    with pytest.raises(DataError, match="are missing: x1; there are other"):
        predict(fitted([0, 1, 1, 1]), pd.DataFrame({"other": [1]}), COLUMNS, "binary_classification")


def test_values_that_the_model_cannot_read_are_an_error():
    """A number that became text, for example."""
    model = build(COLUMNS, "binary_classification", {}, 0).fit(FRAME, [0, 0, 1, 1])
    with pytest.raises(DataError, match=r"cannot predict these 1 rows: could not convert string"):
        predict(model, pd.DataFrame({"x1": ["n/a"]}), COLUMNS, "binary_classification")


def test_a_binary_model_needs_two_columns():
    """A model fitted on three classes is no binary one."""
    with pytest.raises(DataError, match=r"shape \(4, 3\)"):
        predict(fitted([0, 1, 2, 2]), FRAME, COLUMNS, "binary_classification")


def test_predictions_must_be_finite():
    """NaN would poison every figure after it."""
    model = DummyRegressor(strategy="constant", constant=1.0).fit(FRAME, [1, 2, 3, 4])
    model.constant_ = np.array([[np.nan]])
    with pytest.raises(DataError, match="not finite"):
        predict(model, FRAME, COLUMNS, "regression")
