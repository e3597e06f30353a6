"""Over how many directions chunks vary."""

import numpy as np
import pytest

from include.retraining.drift.rank import effective_rank

SCALES = np.full(60, 0.01)


def chunks(variances: list[float]) -> np.ndarray:
    """Sixty chunks of twenty cells with noise, and further variance in the first cells."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, (60, 20))
    noise[:, : len(variances)] += rng.normal(0, np.sqrt(variances), (60, len(variances)))
    return noise


def test_variation_along_one_direction_has_rank_one() -> None:
    """The heaviest tail is assumed."""
    assert effective_rank(chunks([1.0]), SCALES) == pytest.approx(1, abs=0.2)


def test_variation_in_many_directions_has_a_higher_rank() -> None:
    """Ten equal directions count for some, but not for more than ten."""
    assert 3 < effective_rank(chunks([1.0] * 10), SCALES) <= 10


def test_chunks_that_do_not_vary_have_rank_one() -> None:
    """Noise alone, equal chunks, and a single chunk say nothing about directions."""
    assert effective_rank(np.zeros((60, 20)), SCALES) == 1
    assert effective_rank(np.ones((1, 3)), np.ones(1)) == 1
