"""Metrics in expectation over labels that are not known yet.

A row whose true class is uncertain counts as one row of each class, weighted by that class's probability. For a
mean over rows (accuracy, log loss, Brier score) this is its exact expectation; for a ratio or a rank statistic
(precision, recall, F1, average precision, ROC AUC) it is the ratio of expectations, off by a term of order 1/n.
"""

from collections.abc import Callable

import numpy as np

from include.retraining.metrics.catalogue import Metric


def class_probabilities(positive: np.ndarray) -> np.ndarray:
    """Probabilities of both classes, shape (…, n, 2), from those of the positive one."""
    return np.stack([1.0 - positive, positive], axis=-1)


def over_classes(metric: Metric, prediction: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return a function of how much each class weighs in each row, shape (n, k)."""
    n, classes = len(prediction), 2 if prediction.ndim == 1 else prediction.shape[1]
    repeated = np.tile(prediction, classes if prediction.ndim == 1 else (classes, 1))
    evaluate = metric.evaluator(np.repeat(np.arange(classes), n), repeated)
    return lambda mass: evaluate(mass.T.ravel())
