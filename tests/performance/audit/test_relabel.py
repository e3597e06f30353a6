"""What labels made again say about held ones."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from include.retraining.performance.audit.relabel import propose_relabel, settle
from include.retraining.results.audit import HeldLabels

MOMENT = datetime(2025, 1, 1, tzinfo=UTC)
KEYS = tuple(f"k{number}" for number in range(200))
HELD = HeldLabels(reason="offset", source=None, since=MOMENT, until=MOMENT, keys=KEYS, evidence=(), text="")


def outcomes(fault, size, runs=200):
    """Settle many samples of held numbers that have a fault; the true values vary by 2, a measurement by 1."""
    generator = np.random.default_rng(0)
    found = []
    for seed in range(runs):
        truth = generator.normal(0, 2, len(KEYS))
        recorded = truth + generator.normal(size=len(KEYS))
        old = recorded + 2 if fault == "offset" else generator.permutation(recorded) if fault == "mix_up" else recorded
        again = dict(zip(KEYS, truth + generator.normal(size=len(KEYS)), strict=True))
        sample = propose_relabel(HELD, size, seed)
        found.append(
            settle(
                HELD, dict(zip(KEYS, old, strict=True)), {key: again[key] for key in sample}, repeatability=1.0
            ).outcome
        )
    return found


def test_a_sample_is_random_and_repeatable():
    """The same seed draws the same keys, another one others; a small group is asked for as a whole."""
    sample = propose_relabel(HELD, 20, 1)
    assert len(set(sample)) == 20
    assert set(sample) <= set(KEYS)
    assert sample == propose_relabel(HELD, 20, 1)
    assert sample != propose_relabel(HELD, 20, 2)
    assert propose_relabel(HELD, 500, 1) == KEYS


def test_every_label_is_as_likely_to_be_asked_for():
    """Over 400 seeds each of 200 keys comes 40 times, give or take 5 standard deviations."""
    counts = Counter(key for seed in range(400) for key in propose_relabel(HELD, 20, seed))
    assert set(counts) == set(KEYS)
    assert max(abs(count - 40) for count in counts.values()) <= 30


def test_the_list_stays_while_it_is_worked_on():
    """Keys asked for before come first when the finding grows; those made again leave it, and need no others."""
    asked = propose_relabel(HELD, 20, 1)
    grown = HELD.model_copy(update={"keys": (*KEYS, *(f"new{n}" for n in range(300))), "asked": asked})
    assert propose_relabel(grown, 20, 1) == asked
    assert set(propose_relabel(grown, 20, 1, made=asked[:15])) == set(asked[15:])
    assert propose_relabel(grown, 20, 1, made=asked) == ()
    shrunk = HELD.model_copy(update={"keys": tuple(key for key in KEYS if key != asked[0]), "asked": asked})
    assert len(set(propose_relabel(shrunk, 20, 1)) - set(asked)) == 1


def test_right_labels_are_released():
    """All but about one sample in a hundred says so."""
    found = outcomes("none", 20)
    assert found.count("release") >= 0.97 * len(found)


@pytest.mark.parametrize("fault", ["offset", "mix_up"])
def test_wrong_labels_are_confirmed(fault):
    """Twenty labels made again settle an offset of two standard deviations, or a mix-up."""
    found = outcomes(fault, 20)
    assert found.count("confirm") >= 0.95 * len(found)


def test_who_stays_and_who_is_replaced():
    """Labels made again take their new value, the others stay out; keys that were not held do not count."""
    old = dict.fromkeys(KEYS, 10.0)
    new = {**{key: 1.0 + number / 10 for number, key in enumerate(KEYS[:10])}, "other": 3.0}
    settled = settle(HELD, old, new, repeatability=1.0)
    assert settled.outcome == "confirm"
    assert settled.replaced == KEYS[:10]
    assert settled.dropped == KEYS[10:]
    assert settled.compared == 10
    assert settled.released == ()


def test_few_labels_made_again_settle_nothing():
    """Seven of two hundred are too few to confirm, fifteen to release: equal values of sixteen do."""
    old = dict.fromkeys(KEYS, 10.0)
    assert settle(HELD, old, dict.fromkeys(KEYS[:7], 1.0), repeatability=1.0).outcome == "undecided"
    assert settle(HELD, old, dict.fromkeys(KEYS[:8], 1.0), repeatability=1.0).outcome == "confirm"
    assert settle(HELD, old, dict.fromkeys(KEYS[:15], 10.0), repeatability=1.0).outcome == "undecided"
    same = settle(HELD, old, dict.fromkeys(KEYS[:16], 10.0), repeatability=1.0)
    assert (same.outcome, same.released) == ("release", KEYS)


@pytest.mark.parametrize("fault", ["offset", "mix_up"])
@pytest.mark.parametrize("size", [8, 12, 16])
def test_wrong_labels_are_not_released_by_a_few(fault, size):
    """Before all twenty are back, hardly ever are wrong labels taken for right ones."""
    assert outcomes(fault, size).count("release") <= 8  # 4 of 100


def test_a_missing_old_value_counts_as_wrong():
    """Infinite or missing values that were made again are confirmed."""
    old = dict.fromkeys(KEYS, float("nan"))
    settled = settle(HELD, old, dict.fromkeys(KEYS[:8], 1.0), repeatability=1.0)
    assert settled.outcome == "confirm"


def test_classes_are_compared_by_how_many_differ():
    """One of twenty is what two careful labellings do; ten are not."""
    old = dict.fromkeys(KEYS, 0)
    for count, outcome in ((1, "release"), (10, "confirm")):
        new = {key: int(number < count) for number, key in enumerate(KEYS[:20])}
        assert settle(HELD, old, new).outcome == outcome
