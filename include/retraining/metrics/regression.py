"""Metrics of predicted numbers. Each function returns an evaluator that takes row weights."""

from collections.abc import Callable

import numpy as np

from include.retraining.metrics.classification import weighted_mean

Evaluate = Callable[[np.ndarray], float]


def mae(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Mean absolute error, in the unit of the target."""
    return weighted_mean(np.abs(y - prediction))


def rmse(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Root of the mean squared error, in the unit of the target."""
    mean_squared = weighted_mean((y - prediction) ** 2)
    return lambda weights: float(np.sqrt(mean_squared(weights)))


def mape(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Mean of |error| / |truth|, as a share: 0.1 is 10%. NaN when a true value is 0.

    Hyndman and Koehler (2006), International Journal of Forecasting 22(4), 679-688.
    """
    if (y == 0).any():
        return lambda weights: float("nan")
    return weighted_mean(np.abs((y - prediction) / y))


def r2(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
    """Share of the target's variance that is explained; negative below the mean's own fit.

    1 - SS_residual / SS_total: Draper and Smith (1998), Applied Regression Analysis, chapter 1.
    NaN when all true values are equal.
    """
    squared = (y - prediction) ** 2

    def evaluate(weights: np.ndarray) -> float:
        total = weights.sum()
        if not total > 0:
            return float("nan")
        mean = (weights * y).sum() / total
        spread = (weights * (y - mean) ** 2).sum()
        return float(1.0 - (weights * squared).sum() / spread) if spread > 0 else float("nan")

    return evaluate
