"""How often a challenger is promoted: rarely when it is no better, nearly always when it is."""

import numpy as np
import pytest

from include.retraining.metrics.bootstrap import bootstrap_gain, time_blocks, widen_for_blocks
from include.retraining.metrics.catalogue import get_metric
from include.retraining.training.comparison import judge_gain
from tests.model_samples import make_spec

SPEC = make_spec()
DAYS, ROWS = 14, 60
MOMENTS = np.datetime64("2024-01-01") + np.arange(DAYS * ROWS) * np.timedelta64(24 * 60 // ROWS, "m")


def promoted(rng, *, better, shared, gate="better"):
    """One comparison of two models on two weeks; errors of one day have a share in common."""
    day = np.repeat(rng.normal(size=(2, DAYS)), ROWS, axis=1) * np.sqrt(shared)
    errors = day + rng.normal(size=(2, DAYS * ROWS)) * np.sqrt(1 - shared)
    y = np.zeros(DAYS * ROWS)
    old, new = 3.0 + errors[0], 3.0 - better + errors[1]  # absolute errors, since the truth is 0
    gain = bootstrap_gain(
        get_metric("mae", "regression"), y, old, new, confidence=0.95, seed=int(rng.integers(1 << 30)),
        resamples=500, blocks=time_blocks(MOMENTS),
    )  # fmt: skip
    gain = widen_for_blocks(gain, time_blocks(MOMENTS))
    return judge_gain(SPEC, gain, gain, gate)[0]


def noise(shared):
    """Standard error of the gain: two models, days that share errors."""
    return np.sqrt(2 * (shared / DAYS + (1 - shared) / (DAYS * ROWS)))


@pytest.mark.parametrize("shared", [0.0, 0.2])
def test_equal_models_are_rarely_promoted(shared):
    """At most 5%, also when rows of a day err together: blocks of time are drawn, not rows."""
    rng = np.random.default_rng(11)
    rate = np.mean([promoted(rng, better=0.0, shared=shared) for _ in range(600)])
    assert rate <= 0.05


@pytest.mark.parametrize("shared", [0.0, 0.2])
def test_a_model_better_by_twice_its_noise_is_promoted(shared):
    """By twice the width at which a gain is just proven, two standard errors, in at least 80%."""
    rng = np.random.default_rng(12)
    gain = 2 * 1.96 * noise(shared)
    assert np.mean([promoted(rng, better=gain, shared=shared) for _ in range(60)]) >= 0.8


def test_confirmed_changes_need_no_second_proof():
    """The point estimate decides: half of equal models, nearly all that are better by two standard errors."""
    rng = np.random.default_rng(13)
    equal = np.mean([promoted(rng, better=0.0, shared=0.0, gate="confirmed") for _ in range(120)])
    better = np.mean([promoted(rng, better=2 * noise(0.0), shared=0.0, gate="confirmed") for _ in range(120)])
    assert 0.4 < equal < 0.6
    assert better > 0.93
