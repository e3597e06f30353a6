"""Logistic or linear regression by stochastic gradient descent: a champion that can go on learning (`partial_fit`).

Medians, scales and categories are those of the first training and stay: only the coefficients learn on. A category that
came later counts as one of the rare ones.
"""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from include.retraining.results.columns import Columns
from include.retraining.spec.model import Task
from include.retraining.training.trainers.linear import MAXIMUM_CATEGORIES
from include.retraining.training.trainers.preparation import check_params, numbers, texts

# A step that shrinks with the fourth root of the rows seen (scikit-learn's default for regression): small enough to
# settle, and after a million rows still large enough to follow a change within some thousand rows. Averaged
# coefficients would settle better and follow worse, as they remember the first rows like the last.
STEPS: dict[str, Any] = {"learning_rate": "invscaling", "eta0": 0.01, "power_t": 0.25}
# The logistic loss is at most a quarter as curved as the squared one, so its steps may be four times as long
# (L. Bottou, Stochastic Gradient Descent Tricks, 2012: a step is limited by the curvature).
LOGISTIC: dict[str, Any] = {"loss": "log_loss", **STEPS, "eta0": 0.04}


def build(columns: Columns, task: Task, params: dict[str, Any], seed: int) -> Pipeline:
    """Build an unfitted pipeline over the raw feature columns.

    Raises
    ------
    TrainingError
        When `params` holds something that the estimator does not take.
    """
    estimator, defaults = (SGDRegressor, STEPS) if task == "regression" else (SGDClassifier, LOGISTIC)
    check_params("sgd_linear", params, estimator, {"random_state", "warm_start"})
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MAXIMUM_CATEGORIES)
    prepare = ColumnTransformer(
        [
            ("numeric", make_pipeline(numbers(), imputer, StandardScaler()), list(columns.numeric)),
            ("categorical", make_pipeline(texts(), encoder), list(columns.categorical)),
        ]
    )
    model = estimator(**{**defaults, **params}, random_state=seed)
    return Pipeline([("prepare", prepare), ("model", model)])
