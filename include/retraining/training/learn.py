"""Let a trainer learn rows, in the way that a candidate says."""

from typing import Any

import numpy as np
import pandas as pd

from include.retraining.columns import encode_target
from include.retraining.results import Candidate
from include.retraining.spec.model import ModelSpec
from include.retraining.training.estimators import build, check_predicts, named, weight_parameter
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.threads import limited_threads
from include.retraining.training.weights import recency_weights
from include.retraining.training.windows import Split


def learn(plan: TrainingPlan, spec: ModelSpec, candidate: Candidate, split: Split) -> Any:
    """Fit a new estimator to the training rows of a split.

    Raises
    ------
    TrainingError
        When the trainer fails, or returns something that cannot predict.
    """
    rows, y = usable(plan, spec, split.train_rows)
    estimator = build(spec, plan.columns)
    with named(spec, f"on {len(rows):,} rows of {plan.window}"), limited_threads():
        weights = {}
        if candidate.half_life is not None:
            name = weight_parameter(estimator) or "sample_weight"
            weights = {name: recency_weights(rows[spec.data.time], split.train.end, candidate.half_life)}
        estimator.fit(rows[plan.columns.features], y, **weights)
    check_predicts(estimator, spec)
    return estimator


def usable(plan: TrainingPlan, spec: ModelSpec, rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows with a target that the model knows, and that target: a refit meets classes that only the holdout has."""
    y = encode_target(rows[spec.data.target], plan.classes)
    kept = known(y, spec)
    return rows[kept], y[kept]


def known(y: np.ndarray, spec: ModelSpec) -> np.ndarray:
    """Which rows have a target that the model knows."""
    return np.asarray(np.isfinite(y) if spec.task == "regression" else y >= 0)
