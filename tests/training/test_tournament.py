"""The newest labels choose the window, and more rows win ties."""

import numpy as np

from include.retraining.metrics.catalogue import get_metric
from include.retraining.training.tournament import pick_winner

MAE = get_metric("mae", "regression")
ROWS = 800


def choose(seed, **noise):
    """Choose among windows whose models err by so much, the longest first."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=ROWS)
    shared = rng.normal(size=ROWS)
    predictions = {name: y + (shared + rng.normal(size=ROWS)) * level for name, level in noise.items()}
    return pick_winner(MAE, y, predictions, blocks=np.arange(ROWS) * 14 // ROWS)


def test_a_clearly_better_window_wins_wherever_it_stands():
    """After a change the shortest, without one the longest."""
    assert choose(0, expanding=1.0, sliding=0.9, since_change=0.3) == "since_change"
    assert choose(0, expanding=0.3, sliding=0.9, since_change=1.0) == "expanding"
    assert choose(0, expanding=1.0, sliding=0.3, since_change=0.9) == "sliding"


def test_among_equal_windows_the_longest_usually_wins():
    """By the point estimate alone it would win in one of three cases."""
    wins = [choose(seed, expanding=1.0, sliding=1.0, since_change=1.0) for seed in range(60)]
    assert wins.count("expanding") > 0.6 * len(wins)
    assert choose(3, expanding=1.0) == "expanding"
