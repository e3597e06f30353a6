"""Champion and challenger meet on the same rows, under the rule that fits the occasion."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.errors import DataError
from include.retraining.training.comparison import compare
from tests.model_samples import make_spec, week
from tests.training.meetings import CHALLENGER, CHAMPION, training

SPEC = make_spec(labels={"minimum": 100})
N = 1000


TIMES = pd.Series(pd.date_range(week(8).start, week(9).end, periods=N))


def scores(noise, seed=0):
    """Draw labels that are always the same, and scores with more or less noise."""
    y = np.random.default_rng(99).integers(0, 2, size=N)
    return y, 1 / (1 + np.exp(-(2 * y - 1 + np.random.default_rng(seed).normal(0, noise, size=N))))


def meet(old, new, *, spec=SPEC, champion=CHAMPION, times=TIMES, **arguments):
    """Compare two predictions of the same rows."""
    return compare(
        spec,
        challenger=CHALLENGER,
        y=scores(1)[0],
        challenger_prediction=new,
        rows=None if times is None else pd.DataFrame({"at": times}),
        champion=champion,
        champion_prediction=old,
        **arguments,
    )


def test_a_proven_gain_promotes():
    """With the figures of both models and the bound in the reason."""
    result = meet(scores(3, 1)[1], scores(1.5, 2)[1])
    assert result.promote
    assert result.rows == N
    assert (result.champion_id, result.challenger_id) == ("old", "new")
    assert result.difference.value == pytest.approx(result.challenger.value - result.champion.value)
    assert result.reasons[0].code == "gain_proven"
    assert "exceeds the required 0.000" in result.reasons[0].text
    assert f"better by {result.difference.value:.3f}" in result.reasons[0].text


def test_a_gain_counts_for_the_pace_when_it_is_large_enough_to_matter():
    """Beyond doubt, and at least as large as the loss that a refresh is allowed."""
    result = meet(scores(3, 1)[1], scores(1.5, 2)[1])
    gain = result.difference.value
    assert result.notable == pytest.approx(0.25 * 0.05 * result.champion.value)
    assert result.proven
    picky = make_spec(labels={"minimum": 100}, promotion={"tolerance": gain + 0.001})
    small = meet(scores(3, 1)[1], scores(1.5, 2)[1], spec=picky)
    assert small.promote
    assert not small.proven
    assert not meet(scores(2, 1)[1], scores(2, 2)[1]).proven


def test_an_equal_challenger_is_not_promoted_after_a_drop():
    """The lower bound must exceed the required gain."""
    result = meet(scores(2, 1)[1], scores(2, 2)[1])
    assert not result.promote
    assert result.reasons[0].code == "gain_not_proven"
    assert result.reasons[0].veto


def test_a_challenger_that_predicts_the_same_is_said_to():
    """Soon after a promotion it has learned the same rows, without the holdout; a gain of 0 would puzzle the reader."""
    alike = scores(2, 1)[1]
    result = meet(alike, alike.copy())
    assert not result.promote
    assert "both predict the same" in result.reasons[0].text
    assert "both predict the same" not in meet(alike, scores(2, 2)[1]).reasons[0].text


def test_the_required_gain_counts():
    """A proven gain that is too small is none."""
    spec = make_spec(labels={"minimum": 100}, promotion={"minimum_gain": 0.5})
    assert not meet(scores(3, 1)[1], scores(1.5, 2)[1], spec=spec).promote


def test_a_refresh_need_not_prove_a_gain():
    """Not worse, and its interval within the tolerance: the same figures would not promote after a drop."""
    old = scores(1, 1)[1]
    new = np.clip(old + 0.02 * (scores(1)[0] - 0.5), 0, 1)
    spec = make_spec(labels={"minimum": 100}, promotion={"minimum_gain": 0.05})
    assert meet(old, new, spec=spec, gate="refresh").promote
    assert not meet(old, new, spec=spec).promote


def test_a_refresh_that_may_do_harm_is_not_promoted():
    """Its interval reaches beyond the tolerance, a quarter of 5% of the champion's figure."""
    result = meet(scores(2, 1)[1], scores(2, 2)[1], gate="refresh")
    assert not result.promote
    assert result.reasons[0].code == "refresh_not_harmless"
    assert result.reasons[0].threshold == pytest.approx(-0.25 * 0.05 * result.champion.value)


def test_a_refresh_that_is_worse_is_not_promoted_within_any_tolerance():
    """The point estimate must not fall."""
    spec = make_spec(labels={"minimum": 100}, promotion={"tolerance": 0.9})
    assert not meet(scores(1.5, 1)[1], scores(3, 2)[1], spec=spec, gate="refresh").promote
    assert meet(scores(3, 1)[1], scores(1.5, 2)[1], spec=spec, gate="refresh").promote


def test_a_stale_champion_goes_unless_its_challenger_is_worse_beyond_doubt():
    """Slightly worse may be chance, and models are known to go stale; clearly worse is not promoted all the same."""
    slightly, clearly = scores(1.5, 3)[1], scores(3, 2)[1]
    old = scores(1.5, 1)[1]
    chance = meet(old, slightly, gate="stale")
    assert chance.difference.value < 0 <= chance.difference.high
    assert (chance.promote, chance.reasons[0].code) == (True, "newer_and_not_proven_worse")
    assert not meet(old, slightly, gate="refresh").promote
    lost = meet(old, clearly, gate="stale")
    assert (lost.promote, lost.reasons[0].code, lost.reasons[0].veto) == (False, "newer_but_proven_worse", True)


def test_rows_that_the_champion_was_trained_on_are_left_out():
    """Only the newer half of the holdout is fair to the challenger."""
    result = meet(scores(3, 1)[1], scores(1.5, 2)[1], champion=training("old", train_weeks=9))
    assert result.rows == N // 2
    assert result.promote


def test_too_few_rows_after_the_champions_training_keep_it():
    """The reason counts them."""
    result = meet(scores(3, 1)[1], scores(1.5, 2)[1], champion=training("old", train_weeks=10))
    assert not result.promote
    assert result.difference is None
    assert result.reasons[0].code == "too_few_rows"
    assert result.reasons[0].threshold == 100


def test_the_champion_is_not_promoted_over_itself():
    """The same rows, trainer and parameters gave the same model."""
    score = scores(1)[1]
    result = meet(score, score, champion=CHALLENGER)
    assert (result.promote, result.reasons[0].code) == (False, "same_model")


def test_an_undefined_metric_keeps_the_champion():
    """One class only among the rows that both may be judged on."""
    result = compare(
        SPEC,
        challenger=CHALLENGER,
        y=np.zeros(N, dtype=int),
        challenger_prediction=np.full(N, 0.5),
        rows=pd.DataFrame({"at": TIMES}),
        champion=CHAMPION,
        champion_prediction=np.full(N, 0.5),
    )
    assert (result.promote, result.reasons[0].code) == (False, "not_defined")


def test_a_first_model_must_beat_a_constant():
    """One that has learned something does, one that guesses does not."""
    y, score = scores(2)
    learned = compare(SPEC, challenger=CHALLENGER, y=y, challenger_prediction=score)
    assert learned.promote
    assert learned.champion is None
    assert "against 0.500 for the best constant prediction" in learned.reasons[0].text
    guess = np.random.default_rng(3).random(N)
    guessed = compare(SPEC, challenger=CHALLENGER, y=y, challenger_prediction=guess)
    assert not guessed.promote
    assert guessed.reasons[0].code == "constant_not_beaten"


@pytest.mark.parametrize("metric", ["mae", "rmse", "r2", "mape"])
def test_a_first_regression_model_must_beat_the_median_or_mean(metric):
    """Whichever is the best constant for the metric."""
    generator = np.random.default_rng(0)
    y = generator.lognormal(1, 0.5, size=500)
    spec = make_spec("regression", performance={"metric": metric})
    good = compare(spec, challenger=CHALLENGER, y=y, challenger_prediction=y * generator.uniform(0.9, 1.1, 500))
    useless = compare(spec, challenger=CHALLENGER, y=y, challenger_prediction=y.mean() + generator.normal(0, 1, 500))
    assert good.promote
    assert not useless.promote


def test_a_first_multiclass_model_must_beat_the_class_shares():
    """As probabilities."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, 3, size=500)
    spec, new = make_spec("multiclass_classification"), training("new", classes=("a", "b", "c"))
    good = compare(spec, challenger=new, y=y, challenger_prediction=0.4 * np.eye(3)[y] + 0.2)
    useless = compare(spec, challenger=new, y=y, challenger_prediction=np.full((500, 3), 1 / 3))
    assert (good.promote, useless.promote) == (True, False)


def test_models_with_different_classes_meet_on_the_union():
    """A class that the champion never knew has probability 0 there."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, 3, size=N)
    old, new = training("old", 5, classes=("a", "c", "gone")), training("new", classes=("a", "b", "c"))
    result = compare(
        make_spec("multiclass_classification", performance={"metric": "accuracy"}),
        challenger=new,
        y=y,
        challenger_prediction=0.4 * np.eye(3)[y] + 0.2,
        rows=pd.DataFrame({"at": TIMES}),
        champion=old,
        champion_prediction=np.eye(3)[np.choose(y, [0, 0, 1])],
    )
    assert result.challenger.value == 1.0
    assert result.champion.value == pytest.approx((y != 1).mean())


def test_binary_models_of_different_classes_cannot_be_compared():
    """The target has changed its meaning."""
    with pytest.raises(DataError, match="not the same question"):
        meet(scores(1)[1], scores(1)[1], champion=training("old", 5, classes=("no", "yes")))


def test_labels_of_an_unknown_class_are_left_out():
    """They count for neither model."""
    y, score = scores(1)
    y = y.copy()
    y[:30] = -1
    result = compare(SPEC, challenger=CHALLENGER, y=y, challenger_prediction=score)
    assert result.rows == N - 30


def test_arrays_that_do_not_belong_together_are_refused():
    """Every holdout row needs truth, time and both predictions."""
    with pytest.raises(DataError, match="truth, time and both predictions"):
        meet(scores(1)[1][:-1], scores(1)[1])
    with pytest.raises(DataError, match="truth, time and both predictions"):
        meet(scores(1)[1], scores(1)[1], times=None)
