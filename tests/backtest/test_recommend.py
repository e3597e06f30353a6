"""Which policy is recommended, and how means of successive intervals are compared."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.backtest.judge import mean_difference
from include.retraining.backtest.recommend import compare, recommend
from include.retraining.metrics.catalogue import MAE, ROC_AUC
from include.retraining.results.backtest import PolicyResult, Retraining

WEEKS = 30


def trainings(count):
    """So many trainings, none of which says what it brought."""
    return tuple(
        Retraining(
            at=f"2024-01-{day + 1:02d}T00:00:00Z", training_id="t", why=(), rows=1, fits=1, seconds=1.0, promoted=True
        )
        for day in range(count)
    )


def policy(name, figures, count=0, kind="policy"):
    """A policy with these figures."""
    told = [value for value in figures if value is not None]
    mean = float(np.mean(told)) if told else None
    champions = ("t",) * len(figures)
    return PolicyResult(
        name=name, kind=kind, figures=tuple(figures), champions=champions, mean=mean, retrainings=trainings(count)
    )


@pytest.fixture
def weeks():
    """What every model finds hard or easy in each week."""
    return np.random.default_rng(1).normal(0.7, 0.02, WEEKS)


def noise(seed):
    """What differs between two equal models from week to week."""
    return np.random.default_rng(seed).normal(0, 0.004, WEEKS)


def test_the_sparing_one_of_two_that_cannot_be_told_apart(weeks):
    """Twenty trainings that bring nothing to be seen are not recommended."""
    few, many = policy("few", weeks + noise(2), 2), policy("many", weeks + noise(3) + 0.0004, 20)
    name, text = recommend([few, many], ROC_AUC)
    assert name == "few"
    assert "`few`" in text
    assert "2 trainings" in text


def test_a_clear_gain_is_worth_its_trainings(weeks):
    """Better by five standard errors."""
    few, many = policy("few", weeks + noise(2), 2), policy("many", weeks + noise(3) + 0.01, 20)
    assert recommend([few, many], ROC_AUC)[0] == "many"
    assert recommend([few, many], ROC_AUC, budget=19)[0] == "few"


def test_no_policy_within_the_budget(weeks):
    """The text says what the most sparing one takes."""
    name, text = recommend([policy("some", weeks, 4)], ROC_AUC, budget=3)
    assert name is None
    assert "3 trainings" in text
    assert "made 4" in text


def test_less_is_better_for_an_error(weeks):
    """Of an error the smallest mean is the best."""
    good, bad = policy("good", weeks - 0.1, 3), policy("bad", weeks, 1)
    assert recommend([bad, good], MAE)[0] == "good"
    told = {one.name: one for one in compare([bad, good], MAE)}
    assert told["good"].lead.value == 0
    assert told["bad"].lead.value == pytest.approx(-0.1)


def test_nothing_was_judged():
    """Without figures nobody is recommended."""
    name, text = recommend([policy("some", [None, None])], MAE)
    assert name is None
    assert "enough labels" in text


def test_captured_is_the_share_of_what_could_be_gained(weeks):
    """0 for never, 1 for the better of the rules that train every time."""
    never = policy("never", weeks, kind="rule")
    always = policy("always", weeks + 0.01, 30, kind="rule")
    sliding = policy("always:sliding", weeks + 0.02, 30, kind="rule")
    some = policy("some", weeks + 0.015, 3)
    found = {one.name: one.captured for one in compare([some, never, always, sliding], ROC_AUC)}
    assert found == pytest.approx({"some": 0.75, "never": 0.0, "always": 0.5, "always:sliding": 1.0})


def test_nothing_to_gain_captures_nothing(weeks):
    """Where training every time is worse than never, there is no share."""
    never, always = policy("never", weeks, kind="rule"), policy("always", weeks - 0.01, 30, kind="rule")
    assert all(one.captured is None for one in compare([never, always], ROC_AUC))


def test_independent_differences_have_student_s_interval():
    """Without lags to speak of it is close to the t-test's."""
    values = np.random.default_rng(4).normal(0.1, 1.0, 2_000)
    found = mean_difference(values)
    exact = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert found.low == pytest.approx(exact.low, abs=0.012)
    assert found.high == pytest.approx(exact.high, abs=0.012)


def test_the_interval_holds_when_weeks_resemble_their_neighbours():
    """Simulated: with correlation 0.5 from week to week, 95% intervals hold the truth in nine of ten streams."""
    rng, held, plain = np.random.default_rng(5), 0, 0
    for _ in range(400):
        shocks, values = rng.normal(size=150), np.zeros(150)
        for at in range(1, 150):
            values[at] = 0.5 * values[at - 1] + shocks[at]
        found = mean_difference(values[50:])
        held += found.low <= 0 <= found.high
        plain += bool(abs(stats.ttest_1samp(values[50:], 0.0).statistic) <= stats.t.ppf(0.975, 99))
    assert held / 400 >= 0.88
    assert held > plain


def test_one_interval_says_little():
    """Of a single difference the interval reaches from as bad to as good."""
    found = mean_difference(np.array([-0.2]))
    assert (found.low, found.high) == (-0.2, 0.2)
