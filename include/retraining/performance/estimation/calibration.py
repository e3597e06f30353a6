"""From a model's scores to probabilities that are right on average.

Each method takes scores and truth once and returns a function of row weights, because cross-validation, resampling and
reweighting fit the same rows again and again; many such weights are fitted together.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from sklearn.isotonic import isotonic_regression

Calibrate = Callable[[np.ndarray], np.ndarray]
"""Probabilities of scores of shape (n,): shape (n,), or (fits, n) where many were fitted together."""
Fit = Callable[[np.ndarray], Calibrate]
"""Fits with weights of shape (rows,), or many times with weights of shape (fits, rows)."""

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

    def steps(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = np.bincount(group, weights, len(scores))
        positive = np.bincount(group, weights * y, len(scores))
        held = total > 0
        levels = isotonic_regression(positive[held] / total[held], sample_weight=total[held], y_min=0.0, y_max=1.0)
        return scores[held], levels

    def fit(weights: np.ndarray) -> Calibrate:
        if weights.ndim == 1:
            knots, levels = steps(weights)
            return lambda new: np.interp(new, knots, levels)
        found = [steps(row) for row in weights]
        return lambda new: np.array([np.interp(new, knots, levels) for knots, levels in found])

    return fit


def beta(score: np.ndarray, y: np.ndarray) -> Fit:
    """Logistic regression on log(score) and -log(1 - score), neither slope below 0.

    Kull, Silva Filho and Flach (2017), AISTATS, 623-631. With two equal slopes it is Platt's scaling of the log odds.
    """
    terms = _terms(score)

    def fit(weights: np.ndarray) -> Calibrate:
        many = np.atleast_2d(weights)
        coefficients, left = np.zeros((len(many), 3)), np.arange(len(many))
        for kept in ([0, 1, 2], [0, 2], [1, 2], [2]):
            tried = np.zeros((len(left), 3))
            tried[:, kept] = _logistic(terms[:, kept], y, many[left], np.array([1.0, 1.0, 0.0])[kept])
            coefficients[left] = tried
            left = left[(tried[:, :2] < 0).any(axis=1)]
        found = coefficients[0] if weights.ndim == 1 else coefficients
        return lambda new: _sigmoid(found @ _terms(new).T)

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
    """Maximise penalised likelihoods by Newton's steps, halved while they do not help.

    Parameters
    ----------
    terms
        Shape (rows, terms).
    weights
        Shape (fits, rows): one likelihood each.

    Returns
    -------
    ndarray of shape (fits, terms)
    """
    coefficients = np.tile(prior, (len(weights), 1))
    reached, left = _penalised_losses(coefficients, terms, y, weights, prior), np.arange(len(weights))
    pairs = (terms[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    for _ in range(MAXIMUM_STEPS):
        own, at = weights[left], coefficients[left]
        p = _sigmoid(at @ terms.T)
        slopes = (own * (p - y)) @ terms + PRIOR * (at - prior)
        bends = ((own * p * (1 - p)) @ pairs).reshape(len(left), *[len(prior)] * 2) + PRIOR * np.eye(len(prior))
        steps = np.linalg.solve(bends, slopes[:, :, None])[:, :, 0]
        losses = _penalised_losses(at - steps, terms, y, own, prior)
        while len(worse := np.flatnonzero((losses > reached[left]) & (np.abs(steps).max(axis=1) > TOLERANCE))):
            steps[worse] /= 2
            losses[worse] = _penalised_losses(at[worse] - steps[worse], terms, y, own[worse], prior)
        gained, coefficients[left], reached[left] = reached[left] - losses, at - steps, losses
        left = left[gained > TOLERANCE * np.maximum(losses, 1.0)]
        if not len(left):
            break
    return coefficients


def _penalised_losses(
    coefficients: np.ndarray, terms: np.ndarray, y: np.ndarray, weights: np.ndarray, prior: np.ndarray
) -> np.ndarray:
    """Loss of each fit, shape (fits,)."""
    log_odds = coefficients @ terms.T
    losses = (weights * (np.logaddexp(0.0, log_odds) - y * log_odds)).sum(axis=1)
    return np.asarray(losses + PRIOR / 2 * ((coefficients - prior) ** 2).sum(axis=1))
