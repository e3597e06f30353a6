"""An example of a trainer of your own: extremely randomised trees."""

from collections.abc import Mapping
from typing import Any

from sklearn.compose import make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from include.retraining.results.columns import Columns


def build(columns: Columns, task: str, params: Mapping[str, Any], seed: int) -> Pipeline:
    """Make an untrained estimator.

    Parameters
    ----------
    columns
        Names of the numeric and the categorical features.
    task
        `binary_classification`, `multiclass_classification` or `regression`.
    params
        What stands under `trainer.params` in the model file.
    seed
        What stands under `trainer.seed`.
    """
    trees = ExtraTreesRegressor if task == "regression" else ExtraTreesClassifier
    return make_pipeline(
        make_column_transformer(
            (SimpleImputer(strategy="median"), list(columns.numeric)),
            (OneHotEncoder(handle_unknown="ignore", min_frequency=0.01), list(columns.categorical)),
        ),
        trees(random_state=seed, **params),
    )
