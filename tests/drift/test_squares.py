"""Tails of weighted sums of squares."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.mixtures import LEVELS
from include.retraining.drift.squares import weighted_quantiles, widened_quantiles

WANTED = np.array([1.0, 0.5, 0.1, 0.01, 1e-3])


@pytest.mark.parametrize("freedom", [2, 7, 40])
def test_without_anything_wider_it_is_the_chi_squared_law(freedom: int) -> None:
    """At all levels down to 1e-30."""
    found = widened_quantiles(freedom, 1.0, np.array([0.0]), LEVELS)[0]
    assert found[1:] == pytest.approx(stats.chi2.isf(LEVELS[1:], freedom), rel=0.02, abs=0.02)
    assert found[0] == 0


@pytest.mark.parametrize(("freedom", "rank", "wider"), [(7, 1, 0.35), (7, 3, 2.0), (2, 1, 30.0)])
def test_wider_directions_have_their_share(freedom: int, rank: int, wider: float) -> None:
    """Against a million simulated sums."""
    rng = np.random.default_rng(0)
    sums = (1 + wider) * rng.chisquare(rank, 10**6) + rng.chisquare(freedom - rank, 10**6)
    found = widened_quantiles(freedom, rank, np.array([wider]), WANTED)[0]
    assert [(sums > limit).mean() for limit in found[1:]] == pytest.approx(WANTED[1:].tolist(), rel=0.12)


def test_a_direction_more_is_not_added_at_its_own_quantile() -> None:
    """What widens one of seven directions by a third costs less than a third of that direction's own threshold."""
    level = np.array([1.0, 1e-4])
    plain, wide = (float(widened_quantiles(7, 1.0, np.array([wider]), level)[0, 1]) for wider in (0.0, 0.35))
    assert plain < wide < plain + 0.35 * stats.chi2.isf(1e-4, 1)


def test_sums_are_computed_together_as_each_by_itself() -> None:
    """Rows do not touch each other."""
    weights = np.array([[1.0, 0.2], [3.0, 3.0]])
    counts = np.array([1.0, 5.0])
    together = weighted_quantiles(weights, counts, WANTED, 100)
    assert (together == np.concatenate([weighted_quantiles(row[None], counts, WANTED, 100) for row in weights])).all()
