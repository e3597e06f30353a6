"""Let a trainer learn rows, in the way that a candidate says."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.columns import encode_target
from include.retraining.results.candidate import Candidate
from include.retraining.spec.model import ModelSpec
from include.retraining.training.estimators import build, check_predicts, named, weight_parameter
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.threads import limited_threads
from include.retraining.training.update import carry_on, unlearned
from include.retraining.training.weights import recency_weights
from include.retraining.training.windows import Split

Load = Callable[[], Any]
"""Loads the champion's fitted estimator, where one is needed."""


def learn(plan: TrainingPlan, spec: ModelSpec, candidate: Candidate, split: Split, champion: Load | None = None) -> Any:
    """Let a new estimator learn the training rows of a split, or the champion those that are new to it.

    Parameters
    ----------
    champion
        Loads the champion's estimator; needed for an update.

    Raises
    ------
    TrainingError
        When the trainer fails, or returns something that cannot predict.
    """
    rows, y = usable(plan, spec, split.train_rows)
    if candidate.kind == "update" and plan.champion is not None and champion is not None:
        new = unlearned(rows, spec, plan.champion)
        with named(spec, f"on {new.sum():,} rows that are new to {plan.champion.training_id}"), limited_threads():
            return carry_on(champion(), rows.loc[new, plan.columns.features], y[new])
    weights = None
    if candidate.half_life is not None:
        weights = recency_weights(rows[spec.data.time], split.train.end, candidate.half_life)
    return _fit(plan, spec, rows, y, weights)


def fit_rows(plan: TrainingPlan, spec: ModelSpec, rows: pd.DataFrame) -> Any:
    """Fit a new estimator to rows that all count alike; those whose class the plan does not know are left out.

    Raises
    ------
    TrainingError
        When the trainer fails, or returns something that cannot predict.
    """
    return _fit(plan, spec, *usable(plan, spec, rows), None)


def _fit(plan: TrainingPlan, spec: ModelSpec, rows: pd.DataFrame, y: np.ndarray, weights: np.ndarray | None) -> Any:
    estimator = build(spec, plan.columns, plan.params)
    with named(spec, f"on {len(rows):,} rows of {plan.window}"), limited_threads():
        counted = {} if weights is None else {weight_parameter(estimator) or "sample_weight": weights}
        estimator.fit(rows[plan.columns.features], y, **counted)
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
