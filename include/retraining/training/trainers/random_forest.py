"""A forest of randomised trees: medians for nulls, one column for each frequent category."""

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler

from include.retraining.results.columns import Columns
from include.retraining.spec.model import Task
from include.retraining.training.trainers.preparation import check_params, numbers, texts

# One-hot columns for each feature; rarer values share one. Keeps the dense matrix within memory.
MAXIMUM_CATEGORIES = 32
# scikit-learn's 1 grows pure leaves: overconfident probabilities and files of hundreds of megabytes.
# 20 is the default of scikit-learn's gradient boosting.
DEFAULTS: dict[str, Any] = {"min_samples_leaf": 20}


def build(columns: Columns, task: Task, params: dict[str, Any], seed: int) -> Pipeline:
    """Build an unfitted pipeline over the raw feature columns.

    scikit-learn's trees take values that are less than 1e-7 apart for equal, and keep seven digits: so numbers are
    centred on their median and divided by their middle half, which an outlier does not move.

    Raises
    ------
    TrainingError
        When `params` holds something that the estimator does not take.
    """
    estimator = RandomForestRegressor if task == "regression" else RandomForestClassifier
    check_params("random_forest", params, estimator, {"random_state"})
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=MAXIMUM_CATEGORIES,
        sparse_output=False,
        dtype=np.float32,
    )
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    prepare = ColumnTransformer(
        [
            ("numeric", make_pipeline(numbers(), imputer, RobustScaler()), list(columns.numeric)),
            ("categorical", make_pipeline(texts(), encoder), list(columns.categorical)),
        ]
    )
    model = estimator(**{**DEFAULTS, **params}, random_state=seed)
    return Pipeline([("prepare", prepare), ("model", model)])
