"""Logistic or ridge regression: scaled numbers, medians for nulls, one column for each frequent category."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from include.retraining.results.columns import Columns
from include.retraining.spec.model import Task
from include.retraining.training.trainers.preparation import check_params, numbers, texts

# One-hot columns for each feature; rarer values share one.
MAXIMUM_CATEGORIES = 100
# scikit-learn's 100 steps of L-BFGS often end before convergence with many one-hot columns.
MAXIMUM_ITERATIONS = 1000


def build(columns: Columns, task: Task, params: dict[str, Any], seed: int) -> Pipeline:
    """Build an unfitted pipeline over the raw feature columns: ridge regression, or logistic regression for classes.

    Raises
    ------
    TrainingError
        When `params` holds something that the estimator does not take.
    """
    estimator = Ridge if task == "regression" else LogisticRegression
    check_params("linear", params, estimator, {"random_state"})
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MAXIMUM_CATEGORIES)
    prepare = ColumnTransformer(
        [
            ("numeric", make_pipeline(numbers(), imputer, StandardScaler()), list(columns.numeric)),
            ("categorical", make_pipeline(texts(), encoder), list(columns.categorical)),
        ]
    )
    model = estimator(**{"max_iter": MAXIMUM_ITERATIONS, **params}, random_state=seed)
    return Pipeline([("prepare", prepare), ("model", model)])
