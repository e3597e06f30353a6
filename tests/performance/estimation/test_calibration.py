"""Scores become probabilities that are right on average."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from include.retraining.performance.estimation.calibration import CLIPPED, beta, choose_method, isotonic


def rows(n, distort, seed=0):
    """Draw labels from probabilities, and show the model's distorted idea of them."""
    generator = np.random.default_rng(seed)
    p = generator.uniform(0.02, 0.98, n)
    return distort(p), (generator.random(n) < p).astype(float)


def test_isotonic_agrees_with_scikit_learn():
    """The same fit as IsotonicRegression, also with weights and tied scores."""
    score, y = rows(500, lambda p: p.round(2))
    weights = np.random.default_rng(1).uniform(0.5, 2, len(y))
    grid = np.linspace(0, 1, 50)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(score, y, sample_weight=weights).predict(grid)
    assert isotonic(score, y)(weights)(grid) == pytest.approx(theirs, abs=1e-9)


def test_beta_agrees_with_an_unpenalised_logistic_regression():
    """On the logarithms of the score and of its complement."""
    score, y = rows(2_000, lambda p: p**2)
    terms = np.column_stack([np.log(score), -np.log1p(-score)])
    theirs = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(terms, y).predict_proba(terms)[:, 1]
    assert beta(score, y)(np.ones(len(y)))(score) == pytest.approx(theirs, abs=1e-3)


def test_beta_undoes_a_distortion_of_the_log_odds():
    """Twice too sure scores come back as the probabilities that they were made of."""
    score, y = rows(50_000, lambda p: p**2 / (p**2 + (1 - p) ** 2))
    calibrated = beta(score, y)(np.ones(len(y)))
    truth = np.array([0.1, 0.3, 0.5, 0.8])
    assert calibrated(truth**2 / (truth**2 + (1 - truth) ** 2)) == pytest.approx(truth, abs=0.015)


def test_beta_never_falls():
    """Scores that point the wrong way become one constant probability."""
    score, y = rows(2_000, lambda p: 1 - p)
    calibrated = beta(score, y)(np.ones(len(y)))(np.linspace(0.01, 0.99, 20))
    assert (np.diff(calibrated) >= 0).all()
    assert calibrated == pytest.approx(y.mean(), abs=0.01)


@pytest.mark.parametrize("method", [beta, isotonic])
def test_a_perfect_model_is_no_problem(method):
    """Scores of exactly 0 and 1 that are all right give finite probabilities near 0 and 1."""
    y = np.repeat([0.0, 1.0], 200)
    calibrated = method(y, y)(np.ones(len(y)))(np.array([0.0, CLIPPED, 1.0]))
    assert np.isfinite(calibrated).all()
    assert calibrated[[0, 2]] == pytest.approx([0, 1], abs=0.01)


@pytest.mark.parametrize(
    ("distort", "method"),
    [(lambda p: p**2 / (p**2 + (1 - p) ** 2), "beta"), (lambda p: 0.3 * p + 0.5 * (p > 0.5), "isotonic")],
)
def test_the_method_that_fits_is_chosen(distort, method):
    """A smooth distortion suits the few parameters of beta, a jump only the steps of isotonic regression."""
    score, y = rows(10_000, distort)
    assert choose_method(score, y, np.ones(len(y)), np.random.default_rng(0)) == method
