"""How losses scatter about what is expected of them."""

import numpy as np
import pytest

from include.retraining.performance.estimation.chance import MOST_CELLS, chance_of


def world(n=4_000, seed=0):
    """Losses that grow with an expectation, of exponential law."""
    rng = np.random.default_rng(seed)
    expected = rng.uniform(0.5, 3.0, n)
    return expected, expected * rng.exponential(size=n), rng.choice([-1.0, 1.0], n)


def test_simulated_losses_spread_as_true_ones_do():
    """Mean and standard deviation of an exponential law, low and high, are those of the law."""
    expected, losses, signs = world()
    chance, rng = chance_of(losses, expected, signs), np.random.default_rng(1)
    for level in (0.8, 2.7):
        wanted = np.full(20_000, level)
        ratios, drawn = chance.draw(chance.cells(wanted), rng)
        assert np.mean(wanted * ratios) == pytest.approx(level, rel=0.02)
        assert np.std(wanted * ratios) == pytest.approx(level, rel=0.15)
        assert set(drawn) == {-1.0, 1.0}


def test_a_few_expectations_that_are_far_too_small_make_no_wild_losses():
    """Divided by their own expectation they would be hundreds of times too large."""
    expected, losses, signs = world()
    wrong = expected.copy()
    wrong[::100] *= 0.005
    ratios = chance_of(losses, wrong, signs).ratios
    assert (losses / wrong).max() > 100
    assert ratios.max() < 30


def test_each_cell_has_as_many_rows_and_mean_one():
    """Few rows make one cell; losses of nothing but zeros stay as they are."""
    expected, losses, signs = world(995)
    chance = chance_of(losses, expected, signs)
    assert chance.ratios.shape[0] == 995 // 50
    assert len(chance.edges) == chance.ratios.shape[0] - 1
    assert chance.ratios.mean(axis=1) == pytest.approx(1.0)
    assert chance_of(losses[:30], expected[:30], signs[:30]).ratios.shape == (1, 30)
    assert (chance_of(np.zeros(200), expected[:200], signs[:200]).ratios == 1.0).all()
    assert chance_of(*world(50_000)[1::-1], world(50_000)[2]).ratios.shape[0] == MOST_CELLS
