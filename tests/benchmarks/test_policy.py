"""The benchmark of policies replays production's decisions on fits that it keeps."""

import numpy as np
import pytest

from benchmarks.policy.replay import World, declare, every, fixed, replay
from benchmarks.policy.streams import Stream
from benchmarks.policy.variants import captured

BATCHES, ROWS, TURN = 22, 200, 9


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Twenty-two batches of a relation that is reversed at the ninth."""
    rng = np.random.default_rng(4)
    features = rng.normal(size=(BATCHES * ROWS, 2))
    sign = np.where(np.arange(BATCHES * ROWS) < TURN * ROWS, 1.0, -1.0)
    y = sign * features[:, 0] + rng.normal(0, 0.3, BATCHES * ROWS)
    edges = np.arange(0, BATCHES * ROWS + 1, ROWS)
    return World(Stream("turn", features, (), y, y, edges, 5, "mae"), tmp_path_factory.mktemp("fits"))


def test_the_default_policy_follows_a_change_on_what_is_known(world):
    """Not before labels of the change came, two batches late, and within its budget; nothing is fitted twice."""
    result = replay(world, declare(world.stream))
    never, always = fixed(world, lambda batch: None), every(world, 1, "slide")
    bounds = {"never": never.mean, "every, sliding": always.mean, "every, growing": every(world, 1, "grow").mean}
    assert captured(world, result.mean, bounds) > 0.75
    assert min(result.promoted) >= TURN + world.delay
    assert len(result.trained) <= 3
    fitted = world.fits.fitted
    assert replay(world, declare(world.stream)) == result
    assert world.fits.fitted == fitted


def test_fixed_policies_train_at_each_chance(world):
    """From the first new label on, but not after the last batch."""
    assert len(every(world, 1, "grow").trained) == world.chances
    assert every(world, 5, "slide").trained == (7, 12, 17)
