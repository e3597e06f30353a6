"""From a model's scores to probabilities that are right on average.

Each method takes scores and truth once and returns a function of row weights, because cross-validation,
resampling and reweighting fit the same rows again and again.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from sklearn.isotonic import isotonic_regression

Calibrate = Callable[[np.ndarray], np.ndarray]
Fit = Callable[[np.ndarray], Calibrate]

# Nearest that a score comes to 0 or 1 before its logarithm is taken.
CLIPPED = 1e-6
# A prior worth a fraction of a row keeps coefficients finite where scores separate the classes perfectly.
PRIOR = 0.01
MAXIMUM_STEPS = 50
TOLERANCE = 1e-8
FOLDS = 5
"""Usual in cross-validation: Hastie, Tibshirani and Friedman (2009), section 7.10.1."""


def isotonic(score: np.ndarray, y: np.ndarray) -> Fit:
    """Rising step function through the shares of positives, straight lines between the steps.

    Zadrozny and Elkan (2002), KDD, 694-699.
    """
    scores, group = np.unique(score, return_inverse=True)

    def fit(weights: np.ndarray) -> Calibrate:
        total = np.bincount(group, weights, len(scores))
        positive = np.bincount(group, weights * y, len(scores))
        held = total > 0
        levels = isotonic_regression(positive[held] / total[held], sample_weight=total[held], y_min=0.0, y_max=1.0)
        knots = scores[held]
        return lambda new: np.interp(new, knots, levels)

    return fit


def beta(score: np.ndarray, y: np.ndarray) -> Fit:
    """Logistic regression on log(score) and -log(1 - score), neither slope below 0.

    Kull, Silva Filho and Flach (2017), AISTATS, 623-631. With two equal slopes it is Platt's scaling of the log odds.
    """
    terms = _terms(score)

    def fit(weights: np.ndarray) -> Calibrate:
        for kept in ([0, 1, 2], [0, 2], [1, 2], [2]):
            coefficients = np.zeros(3)
            coefficients[kept] = _logistic(terms[:, kept], y, weights, np.array([1.0, 1.0, 0.0])[kept])
            if (coefficients[:2] >= 0).all():
                break
        return lambda new: _sigmoid((_terms(new) * coefficients).sum(axis=1))

    return fit


METHODS: Mapping[str, Callable[[np.ndarray, np.ndarray], Fit]] = MappingProxyType({"isotonic": isotonic, "beta": beta})


def choose_method(score: np.ndarray, y: np.ndarray, weights: np.ndarray, generator: np.random.Generator) -> str:
    """Name the method with the smaller cross-validated log loss."""
    fold = generator.permutation(len(y)) % FOLDS
    edge = 0.5 / len(y)  # a share of 0 among so many rows is compatible with that much
    losses = {}
    for name, method in METHODS.items():
        p = np.clip(cross_fitted(method(score, y), score, weights, fold), edge, 1 - edge)
        losses[name] = float((weights * -np.log(np.where(y == 1, p, 1 - p))).sum())
    return min(losses, key=lambda name: losses[name])


def cross_fitted(fit: Fit, score: np.ndarray, weights: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Calibrate every row by a fit on the rows of the other folds."""
    calibrated = np.empty(len(score))
    for number in range(FOLDS):
        held = fold == number
        calibrated[held] = fit(np.where(held, 0.0, weights))(score[held])
    return calibrated


def _terms(score: np.ndarray) -> np.ndarray:
    clipped = np.clip(score, CLIPPED, 1 - CLIPPED)
    return np.column_stack([np.log(clipped), -np.log1p(-clipped), np.ones(len(clipped))])


def _sigmoid(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -35, 35))))


def _logistic(terms: np.ndarray, y: np.ndarray, weights: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Maximise the penalised likelihood by Newton's steps, halved while they do not help."""
    coefficients, reached = prior, _penalised_loss(prior, terms, y, weights, prior)
    for _ in range(MAXIMUM_STEPS):
        p = _sigmoid((terms * coefficients).sum(axis=1))
        slope = (terms * (weights * (p - y))[:, None]).sum(axis=0) + PRIOR * (coefficients - prior)
        bend = np.einsum("ni,n,nj->ij", terms, weights * p * (1 - p), terms) + PRIOR * np.eye(len(prior))
        step = np.linalg.solve(bend, slope)
        loss = _penalised_loss(coefficients - step, terms, y, weights, prior)
        while loss > reached and np.abs(step).max() > TOLERANCE:
            step = step / 2
            loss = _penalised_loss(coefficients - step, terms, y, weights, prior)
        coefficients, gained, reached = coefficients - step, reached - loss, loss
        if gained <= TOLERANCE * max(reached, 1.0):
            break
    return coefficients


def _penalised_loss(
    coefficients: np.ndarray, terms: np.ndarray, y: np.ndarray, weights: np.ndarray, prior: np.ndarray
) -> float:
    log_odds = (terms * coefficients).sum(axis=1)
    loss = (weights * (np.logaddexp(0.0, log_odds) - y * log_odds)).sum()
    return float(loss + PRIOR / 2 * ((coefficients - prior) ** 2).sum())
