"""A holdout that counts as if its features were the batch's: calibration that follows a covariate shift.

Weights are trusted only where they can be checked: predictions are functions of the features, so with the right weights
the holdout's predictions are distributed as the batch's.
"""

import math
from dataclasses import dataclass

import numpy as np

from include.retraining.domain import null_variance, tell_apart
from include.retraining.errors import DataError
from include.retraining.performance.estimation.confidence import ConfidenceEstimator, fit_confidence

# Standard deviations above one half from which on the domain classifier's AUC says that features moved.
MOVED = 3.0
# Weighted rows that calibrate as well as so many equal ones; a 95% interval of a proportion is then ±0.05.
MINIMUM_EFFECTIVE = 400
# Kolmogorov's distance, times the root of the effective size, that two samples of one distribution exceed with a
# chance of 0.001: Smirnov (1948), Annals of Mathematical Statistics 19(2), 279-281.
BALANCED = 1.949
# What that distance is on average: the mean of Kolmogorov's distribution, sqrt(pi / 2) ln 2.
EXPECTED = 0.869
# Weights miss at least that share of a move, also where no distance shows it. Measured: estimates of a shifted AUC went
# 0.92 of the way on average.
LEAST_MISSED = 0.1
# Share of the distance without weights that they may leave all the same: ratios learned from few rows are a little too
# even. Measured: 0.05 to 0.16 where estimates gained from weights, 0.8 on car loans, where they lost.
REMAINING = 0.2


@dataclass(frozen=True)
class Reweighted:
    """The estimator to use, and a sentence that says what was done; empty where the features did not move.

    `remaining` is the share of the move from the holdout to the batch that weights are taken to miss.
    """

    estimator: ConfidenceEstimator
    note: str = ""
    remaining: float = 0.0


@dataclass(frozen=True)
class Holdout:
    """Labelled rows that the champion has not learned from: truth, prediction, and features, shape (n, p).

    `known` are the features of all rows that the champion has seen, or a sample of them: where they lie, it knows its
    way. A holdout of some days alone has seen little weather. None: those of the holdout.
    """

    y: np.ndarray
    prediction: np.ndarray
    features: np.ndarray
    categorical: tuple[bool, ...]
    known: np.ndarray | None = None


def reweight(
    estimator: ConfidenceEstimator, holdout: Holdout, prediction: np.ndarray, features: np.ndarray, *, seed: int = 0
) -> Reweighted:
    """Calibrate anew with weights where that is called for and can be trusted; else leave the estimator as it is.

    Parameters
    ----------
    prediction, features
        Of the batch.
    """
    if min(len(prediction), len(holdout.y)) < MINIMUM_EFFECTIVE or not features.shape[1]:
        return Reweighted(estimator)
    apart = tell_apart(holdout.features, features, categorical=holdout.categorical, seed=seed)
    if apart.auc <= 0.5 + MOVED * math.sqrt(null_variance(len(holdout.y), len(prediction))):
        return Reweighted(estimator)
    moved = f"A classifier tells the batch's features from the holdout's with an AUC of {apart.auc:.2f}"
    weights, effective = apart.weights_reference, apart.effective_rows
    if effective < MINIMUM_EFFECTIVE:
        return Reweighted(
            estimator, f"{moved}, but too few holdout rows resemble the batch ({effective:,.0f} effective ones)."
        )
    scale = math.sqrt(1 / effective + 1 / len(prediction))
    before = imbalance(holdout.prediction, np.ones(len(weights)), prediction)
    after = imbalance(holdout.prediction, weights, prediction)
    if after > max(BALANCED * scale, REMAINING * before):
        return Reweighted(
            estimator,
            f"{moved}, but weights do not make the holdout's predictions look like the batch's: "
            f"their distance is {after:.3f}, without weights {before:.3f}.",
        )
    try:
        weighted = fit_confidence(estimator.task, holdout.y, holdout.prediction, weights=weights, seed=seed)
    except DataError as error:
        return Reweighted(estimator, f"{moved}, but {error}.")
    note = f"{moved}; the holdout was weighted to resemble it ({effective:,.0f} effective rows)."
    missed = (after - EXPECTED * scale) / max(before, after)
    return Reweighted(weighted, note, max(missed, LEAST_MISSED))


def imbalance(reference: np.ndarray, weights: np.ndarray, current: np.ndarray) -> float:
    """Largest distance between the distributions of weighted and of current predictions, over the classes."""
    if reference.ndim == 2:
        return max(imbalance(reference[:, k], weights, current[:, k]) for k in range(reference.shape[1]))
    order = np.argsort(reference)
    grid, ordered = np.sort(current), reference[order]
    below = np.concatenate([[0.0], np.cumsum(weights[order])]) / weights.sum()
    points = np.concatenate([ordered, grid])
    then = below[np.searchsorted(ordered, points, "right")]
    now = np.searchsorted(grid, points, "right") / len(grid)
    return float(np.abs(then - now).max())
