"""Weights that make the reference look like the current rows."""

from dataclasses import replace

import numpy as np
import pytest

from include.retraining.performance.attribution.weights import balance, tilted, weigh
from tests.performance.roasts import roasts

TASK = "regression"


def test_weighted_means_agree_with_the_current_rows():
    """Positive weights, 1 on average, under which bean size and origins are as now."""
    then, now = roasts(1, 1_000), roasts(2, 600, larger=0.6)
    found = weigh(then, now, TASK)
    assert found.weights.min() > 0
    assert found.weights.mean() == pytest.approx(1.0)
    size = np.average(then.features["bean_size"], weights=found.weights)
    assert size == pytest.approx(now.features["bean_size"].mean(), abs=0.01)
    assert not found.overlap.poor


def test_the_tilt_is_the_true_one_between_normals():
    """From a standard normal to one of mean 0.5 the density ratio is exp(x/2 + constant)."""
    rows = np.random.default_rng(0).normal(size=(200_000, 1))
    tilt = balance(rows, np.array([0.5]), np.ones(len(rows)), ridge=0.0)
    assert tilt[0] == pytest.approx(0.5, abs=0.02)
    assert np.average(rows[:, 0], weights=tilted(rows, np.ones(len(rows)), tilt)) == pytest.approx(0.5, abs=1e-6)


def test_a_goal_out_of_reach_leaves_an_imbalance_and_says_so():
    """Beans beyond any seen: poor overlap, said in words."""
    found = weigh(roasts(1, 400), roasts(2, 200, larger=5.0), TASK)
    assert found.overlap.poor
    assert found.overlap.imbalance > 0.1
    assert "does not know" in found.overlap.text


def test_rows_that_did_not_move_are_left_nearly_alike():
    """Two samples of the same source: most reference rows stay effective."""
    found = weigh(roasts(1, 600), roasts(2, 600), TASK)
    assert found.overlap.effective_rows > 0.85 * 600
    assert not found.overlap.poor


def test_losses_to_expect_of_some_rows_are_those_that_all_were_given():
    """They are learned from the reference: with an origin that it does not know among the rows, and without."""
    then, now = roasts(1, 600), roasts(2, 400, larger=1.0)
    origins = now.features["origin"].where(np.arange(400) % 5 > 0, "Bora Bora")
    now = replace(now, features=now.features.assign(origin=origins))
    whole = weigh(then, now, TASK)
    covered = ~whole.beyond
    assert 0 < covered.sum() <= 0.8 * 400
    some = now.only(covered)
    known = weigh(then, some, TASK, expected=(whole.expected_then, whole.expected_now[covered]))
    learned = weigh(then, some, TASK)
    np.testing.assert_array_equal(known.expected_now, learned.expected_now)
    np.testing.assert_array_equal(known.weights, learned.weights)
