"""Metrics of class probabilities and of the classes that they imply.

A prediction is P(positive), shape (n,), or one probability for each class, shape (n, k).
Each function returns an evaluator that takes row weights.
"""

from collections.abc import Callable

import numpy as np

Evaluate = Callable[[np.ndarray], float]

# Above it a row counts as positive: the class with the larger probability, as scikit-learn's `predict` has it.
DECISION_THRESHOLD = 0.5


def log_loss(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Mean of -log P(true class), probabilities clipped by the machine epsilon.

    Bishop (2006), Pattern Recognition and Machine Learning, eq. 4.90 and 4.108.
    """
    epsilon = np.finfo(float).eps
    probabilities = _probabilities(prediction)[np.arange(len(y)), y.astype(int)]
    return weighted_mean(-np.log(np.clip(probabilities, epsilon, 1.0)))


def brier(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Mean squared distance between probabilities and truth.

    Brier (1950), Monthly Weather Review 78(1), 1-3. Two classes: of the positive class only
    (0 to 1); more: summed over the classes (0 to 2), as Brier wrote it.
    """
    if prediction.ndim == 1:
        return weighted_mean((prediction - y) ** 2)
    truth = np.eye(prediction.shape[1])[y.astype(int)]
    return weighted_mean(((prediction - truth) ** 2).sum(axis=1))


def accuracy(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Share of rows whose most probable class is the true one."""
    return weighted_mean((most_probable(prediction) == y).astype(float))


def precision(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """True positives over predicted positives; 0 when none was predicted."""
    return _by_class(y, prediction, lambda hits, predicted, actual: _ratio(hits, predicted))


def recall(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """True positives over actual positives."""
    return _by_class(y, prediction, lambda hits, predicted, actual: _ratio(hits, actual))


def f1(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Harmonic mean of precision and recall: van Rijsbergen (1979), Information Retrieval, chapter 7."""
    return _by_class(y, prediction, lambda hits, predicted, actual: _ratio(2 * hits, predicted + actual))


def weighted_mean(losses: np.ndarray) -> Evaluate:
    """Evaluator of a metric that is a mean over rows; NaN when no row has weight."""

    def evaluate(weights: np.ndarray) -> float:
        total = weights.sum()
        return float((losses * weights).sum() / total) if total > 0 else float("nan")

    return evaluate


def _by_class(
    y: np.ndarray, prediction: np.ndarray, figure: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
) -> Evaluate:
    """Evaluate a figure of the positive class, or its plain (macro) mean over the classes that occur.

    NaN when two classes are predicted and no row is positive.
    """
    binary = prediction.ndim == 1
    classes = 2 if binary else prediction.shape[1]
    actual_class, predicted_class = y.astype(int), most_probable(prediction)
    hit = actual_class == predicted_class

    def evaluate(weights: np.ndarray) -> float:
        actual = np.bincount(actual_class, weights, classes)
        predicted = np.bincount(predicted_class, weights, classes)
        hits = np.bincount(actual_class, weights * hit, classes)
        figures = figure(hits, predicted, actual)
        if binary:
            return float(figures[1]) if actual[1] > 0 else float("nan")
        occurs = actual + predicted > 0
        return float(figures[occurs].mean()) if occurs.any() else float("nan")

    return evaluate


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
    return ratio


def _probabilities(prediction: np.ndarray) -> np.ndarray:
    return np.column_stack([1.0 - prediction, prediction]) if prediction.ndim == 1 else prediction


def most_probable(prediction: np.ndarray) -> np.ndarray:
    """Number of the class that each row most probably has, as scikit-learn's `predict` has it."""
    if prediction.ndim == 1:
        return np.asarray(prediction > DECISION_THRESHOLD, dtype=int)
    return np.asarray(prediction.argmax(axis=1))
