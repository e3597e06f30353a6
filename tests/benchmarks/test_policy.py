"""The benchmark of policies replays production's decisions on fits that it keeps."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.policy.fits import Model
from benchmarks.policy.replay import World, declare, every, fixed, replay
from benchmarks.policy.streams import Stream, make_stream
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


def test_models_that_go_stale_are_refreshed_at_a_pace(tmp_path):
    """The relation turns all the time: from the third batch after the first training on, and never sooner."""
    rng = np.random.default_rng(5)
    features = rng.normal(size=(BATCHES * ROWS, 2))
    angle = np.linspace(0, 3.0, BATCHES * ROWS)
    y = np.cos(angle) * features[:, 0] + np.sin(angle) * features[:, 1] + rng.normal(0, 0.3, BATCHES * ROWS)
    edges = np.arange(0, BATCHES * ROWS + 1, ROWS)
    turning = World(Stream("turning", features, (), y, y, edges, 6, "mae"), tmp_path)
    result = replay(turning, declare(turning.stream, when=["stale"]))
    assert set(result.reasons) == {"stale"}
    assert result.trained[0] == 8
    assert min(np.diff(result.trained)) >= 3
    assert len(result.trained) >= 4
    assert result.mean < 0.8 * fixed(turning, lambda batch: None).mean


def test_batches_in_another_unit_are_seen_by_no_model(world, tmp_path):
    """As validation rejects them: they are neither learned nor compared on, and nothing is decided from them."""
    features = world.stream.features.copy() + 50
    edges, y = world.stream.edges, features[:, 0]
    changed = slice(int(edges[12]), int(edges[14]))
    features[changed] /= 100
    numbers = pd.DataFrame(features, columns=["a", "b"])
    batch = pd.Series(np.repeat(np.arange(BATCHES), ROWS))
    stream = make_stream("unit", numbers, (pd.Series(y), pd.Series(y)), batch, 5, "mae")
    assert stream.rejected == (12, 13)
    assert not stream.sound[changed].any()
    assert stream.sound.sum() == (BATCHES - 2) * ROWS
    sound = World(stream, tmp_path)
    end = int(edges[16])
    with_them = world.fits.predict(Model(0, end), (end, end + ROWS))
    without = sound.fits.predict(Model(0, end), (end, end + ROWS))
    assert np.abs(without - y[end : end + ROWS]).mean() < 0.1
    assert with_them.shape == without.shape
    gain = sound.gain(sound.first, Model(0, int(edges[11])), (int(edges[11]), int(edges[15])), resamples=50)
    only = sound.gain(sound.first, Model(0, int(edges[11])), (int(edges[11]), int(edges[12])), resamples=50)
    assert abs(gain.value - only.value) < 0.1
    assert set(replay(sound, declare(stream)).trained).isdisjoint({12, 13, 14, 15})


def test_fixed_policies_train_at_each_chance(world):
    """From the first new label on, but not after the last batch."""
    assert len(every(world, 1, "grow").trained) == world.chances
    assert every(world, 5, "slide").trained == (7, 12, 17)
