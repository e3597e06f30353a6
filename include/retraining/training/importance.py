"""How much a trained model relies on each of its features."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.metrics.catalogue import Metric
from include.retraining.results.columns import Columns
from include.retraining.spec.model import Task
from include.retraining.training.predict import predict

_LOG = logging.getLogger(__name__)

# A feature that matters stands out on so many rows; the order of the others decides nothing.
MAXIMUM_ROWS = 4_000
# Rows shuffled for all features together: with more than 250 features the sample gets smaller ...
MAXIMUM_PREDICTED = 1_000_000
# ... but not smaller than this.
MINIMUM_ROWS = 500
# Shuffles of each feature, over which its loss is averaged, where rows are few: another row tells more than another
# shuffle of the same.
REPEATS = 3


def feature_importance(
    estimator: Any, rows: pd.DataFrame, y: np.ndarray, columns: Columns, *, task: Task, metric: Metric, seed: int
) -> dict[str, float]:
    """Measure how much worse the metric gets when a feature is shuffled among the rows.

    As scikit-learn's `permutation_importance`, but all shuffles of a feature are predicted in one call: what a pipeline
    spends on a call is often as much as on its rows.

    A shuffle on which the metric is not defined is left out; a feature without any other counts as an average one.
    Where nothing can be said (the metric is not defined on the sample, or the model or the metric fails on it), the
    reason is logged and nothing is known: importance orders a report, and no training fails for it.

    Parameters
    ----------
    rows
        Rows that the model has not seen, n of them; of more than `MAXIMUM_ROWS` a sample is taken.
    y
        Encoded target of these rows, all of it known, shape (n,).

    Returns
    -------
    dict
        By feature, not negative, 1 on average, and 1 throughout where no feature matters; empty when not known.

    References
    ----------
    L. Breiman, "Random forests", Machine Learning 45 (2001), section 10.
    """
    try:
        losses = _losses(estimator, rows, y, columns, task=task, metric=metric, seed=seed)
    except Exception as error:  # noqa: BLE001 - model and metric may be the user's own code
        _LOG.warning("importance of the features not measured: %s: %s", type(error).__name__, error)
        return {}
    if not np.isfinite(losses).any():
        _LOG.warning("importance of the features not measured: %s is not defined on the sample", metric.label)
        return {}
    return dict(zip(columns.features, _scaled(losses).tolist(), strict=True))


def _losses(
    estimator: Any, rows: pd.DataFrame, y: np.ndarray, columns: Columns, *, task: Task, metric: Metric, seed: int
) -> np.ndarray:
    """Loss of the metric by each shuffle, shape (features, repeats); NaN where it is not defined."""
    most = min(MAXIMUM_ROWS, max(MAXIMUM_PREDICTED // len(columns.features), MINIMUM_ROWS))
    if len(y) > most:
        kept = np.random.default_rng(seed).choice(len(y), most, replace=False)
        rows, y = rows.iloc[kept], y[kept]
    repeats = min(-(-most // len(y)), REPEATS)
    features, generator = rows[columns.features].reset_index(drop=True), np.random.default_rng(seed)
    whole = metric(y, predict(estimator, features, columns, task))
    copies, losses = pd.concat([features] * repeats, ignore_index=True), np.empty((len(columns.features), repeats))
    for position, name in enumerate(columns.features):
        orders = [generator.permutation(len(y)) for _ in range(repeats)]
        shuffled = copies.assign(**{name: features[name].array.take(np.concatenate(orders))})
        predictions = np.split(predict(estimator, shuffled, columns, task), repeats)
        losses[position] = [metric.gain(metric(y, prediction), whole) for prediction in predictions]
    return np.where(np.isfinite(losses), losses, np.nan)


def _scaled(losses: np.ndarray) -> np.ndarray:
    """Mean loss of each feature, clipped at 0, in units of the mean over the features."""
    defined = np.isfinite(losses)
    sums, repeats = np.where(defined, losses, 0.0).sum(axis=1), defined.sum(axis=1)
    means = np.clip(sums / np.maximum(repeats, 1), 0.0, None)
    known = repeats > 0
    average = float(means[known].mean())
    return np.where(known, means / average, 1.0) if average > 0 else np.ones(len(means))
