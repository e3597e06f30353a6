"""How often guardrails refuse: rarely where nothing is broken, nearly always where one segment clearly is."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.metrics.bootstrap import time_blocks
from include.retraining.results.performance import Estimate
from include.retraining.results.training import Comparison
from include.retraining.training.guardrails import guarded
from include.retraining.training.sides import Sides
from tests.model_samples import make_spec
from tests.training.meetings import CHALLENGER, CHAMPION

DAYS, ROWS = 14, 400
MOMENTS = np.datetime64("2024-01-01") + np.arange(DAYS * ROWS) * np.timedelta64(24 * 60 * 60 // ROWS, "s")
BLOCKS = time_blocks(MOMENTS)
SEGMENTS = 40
PASSED = Comparison(
    metric="mae", champion_id="old", challenger_id="new", champion=None, difference=None, rows=DAYS * ROWS,
    challenger=Estimate(value=1.0, low=0.9, high=1.1, confidence=0.95, n=DAYS * ROWS), promote=True, reasons=(),
)  # fmt: skip


def numbers(rng, *, shared=0.0, loss=0.0, columns=2):
    """Absolute errors of two models in two columns of 40 segments; the first segment of the first column may lose.

    Errors of one day have a share in common, also between the segments.
    """
    day = np.repeat(rng.normal(size=(2, DAYS)), ROWS, axis=1) * np.sqrt(shared)
    old, new = 3.0 + day + rng.normal(size=(2, DAYS * ROWS)) * np.sqrt(1 - shared)
    places = pd.DataFrame({f"s{n}": rng.integers(0, SEGMENTS, DAYS * ROWS) for n in range(columns)})
    new = new + loss * (places["s0"] == 0).to_numpy()
    return Sides(np.zeros(DAYS * ROWS), old, new, (), BLOCKS, places, {})


def promoted(sides, spec):
    """Whether a challenger that is better on the whole holds the guardrails."""
    return guarded(PASSED, spec, CHALLENGER, CHAMPION, sides).promote


def declared(task="regression", **promotion):
    """A model with segments; no tolerance, so that only doubt protects equal models."""
    exact = {"segment_tolerance": 0.0, "calibration_tolerance": 0.0, **promotion}
    data = {"segments": ["s0", "s1"]}
    return make_spec(task, data, labels={"minimum": 50}, promotion=exact)


@pytest.mark.parametrize("shared", [0.0, 0.2])
def test_equal_models_are_refused_in_at_most_one_of_twenty_comparisons(shared):
    """Although 80 segments are looked at, without any tolerance, and also where the rows of a day err together."""
    rng, spec = np.random.default_rng(21), declared()
    refused = [not promoted(numbers(rng, shared=shared), spec) for _ in range(120)]
    assert np.mean(refused) <= 0.05


def test_the_default_tolerance_refuses_no_equal_model():
    """Beyond doubt and by 5% of the segment's figure: noise does neither."""
    rng, spec = np.random.default_rng(22), make_spec("regression", {"segments": ["s0", "s1"]})
    assert all(promoted(numbers(rng), spec) for _ in range(25))


def test_a_segment_that_clearly_loses_is_found():
    """A fortieth of the rows, worse by six standard errors more than the tolerance, in at least 80%."""
    rng, spec = np.random.default_rng(23), make_spec("regression", {"segments": ["s0", "s1"]})
    loss = 0.05 * 3.0 + 6 * np.sqrt(2 / (DAYS * ROWS / SEGMENTS))
    refused = [not promoted(numbers(rng, loss=loss), spec) for _ in range(25)]
    assert np.mean(refused) >= 0.8


def classes(rng, *, sharpen=1.0, rows=DAYS * ROWS):
    """Two equally good classifiers with 10% positives, whose scores are noisy views of one truth.

    `sharpen` stretches the challenger's log odds: the ranking stays, the probabilities become too sure.
    """
    signal = rng.normal(size=rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(3.0 - 1.5 * signal))).astype(int)
    odds = [-3.0 + 1.5 * (signal + rng.normal(0, 0.3, rows)) for _ in range(2)]
    old, new = 1 / (1 + np.exp(-odds[0])), 1 / (1 + np.exp(-sharpen * odds[1]))
    places = pd.DataFrame({f"s{n}": rng.integers(0, 10, rows) for n in range(2)})
    return Sides(y, old, new, ("0", "1"), BLOCKS, places, {})


def test_equal_classifiers_are_refused_in_at_most_one_of_twenty_comparisons():
    """Segments, calibration and classes share one error."""
    rng, spec = np.random.default_rng(24), declared("binary_classification")
    refused = [not promoted(classes(rng), spec) for _ in range(120)]
    assert np.mean(refused) <= 0.05


def test_a_challenger_that_became_too_sure_is_refused():
    """Its ranking is as good, so that ROC AUC sees nothing; its probabilities are not."""
    rng, spec = np.random.default_rng(25), make_spec()
    refused = [guarded(PASSED, spec, CHALLENGER, CHAMPION, classes(rng, sharpen=3.0)) for _ in range(10)]
    broken = [{rail.name for rail in found.guardrails if rail.verdict == "broken"} for found in refused]
    assert broken.count({"calibration"}) >= 8
