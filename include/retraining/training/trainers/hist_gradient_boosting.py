"""Gradient-boosted trees on histograms: nulls and categories are handled natively."""

from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from include.retraining.results.columns import Columns
from include.retraining.spec.model import Task
from include.retraining.training.trainers.preparation import check_params, numbers, texts

# scikit-learn bins a feature into at most 255 values and refuses categories beyond; rarer ones are pooled.
MAXIMUM_BINS = 255


def build(columns: Columns, task: Task, params: dict[str, Any], seed: int) -> Pipeline:
    """Build an unfitted pipeline over the raw feature columns.

    A category that training never saw counts as missing. A numeric column without any value cannot be
    binned by scikit-learn 1.9: leave it out of `columns`, as `plan_training` does.

    Raises
    ------
    TrainingError
        When `params` holds something that the estimator does not take.
    """
    estimator = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    check_params("hist_gradient_boosting", params, estimator, {"random_state", "categorical_features"})
    most = min(params.get("max_bins", MAXIMUM_BINS), MAXIMUM_BINS)
    # scikit-learn counts texts one by one, but numbers at once: rare ones are pooled when all are numbers
    encoders = [
        OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=np.nan,
            encoded_missing_value=np.nan,
            max_categories=maximum,
        )
        for maximum in (None, most)
    ]
    prepare = ColumnTransformer(
        [
            ("numeric", numbers(), list(columns.numeric)),
            ("categorical", make_pipeline(texts(), *encoders), list(columns.categorical)),
        ]
    )
    categorical = [False] * len(columns.numeric) + [True] * len(columns.categorical)
    model = estimator(**params, random_state=seed, categorical_features=categorical)
    return Pipeline([("prepare", prepare), ("model", model)])
