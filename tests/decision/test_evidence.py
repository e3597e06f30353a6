"""Probes are pooled, and the alarm budget is kept."""

from datetime import timedelta

import numpy as np
import pytest

from include.retraining.decision.evidence import SPANS, threshold, weigh_evidence
from include.retraining.results.performance import Estimate
from include.retraining.results.probe import Probe
from include.retraining.spec.retrain import Allowance
from tests.model_samples import week


def probes(gains, error=1.0):
    """Probes of successive weeks with these gains, each with this standard error."""
    half = 1.959963985 * error
    return [
        Probe(
            gain=Estimate(value=gain, low=gain - half, high=gain + half, confidence=0.95, n=500),
            since=week(number).start, rows=2000, text="",
        )
        for number, gain in enumerate(gains)
    ]  # fmt: skip


def test_nothing_is_pooled_from_nothing():
    """Also when probes could not be told."""
    assert weigh_evidence([]) is None
    assert weigh_evidence([Probe(gain=None, since=None, rows=0, text="too few")]) is None


def test_a_pooled_gain_is_the_mean_over_its_error():
    """Four gains of one standard error each are two standard errors together."""
    found = weigh_evidence(probes([-1, -1, 1, 1, 1, 1]))
    assert (round(found.z, 6), found.gain, found.intervals) == (2.0, 1.0, 4)
    assert found.since == week(2).start


def test_a_change_of_yesterday_is_given_one_interval_more():
    """One or two intervals are too few to learn from and to compare on."""
    found = weigh_evidence(probes([0, 0, 0, 0, 5]))
    assert (found.intervals, found.since) == (1, week(3).start)


def test_gains_that_swing_between_intervals_count_for_less():
    """The same mean, with much more variation than sampling explains."""
    steady = weigh_evidence(probes([1, 1, 1, 1, 1, 1, 1, 1])).z
    swinging = weigh_evidence(probes([6, -4, 6, -4, 6, -4, 6, -4])).z
    assert steady == pytest.approx(8**0.5)
    assert swinging < 1


def test_the_newest_probes_are_pooled_whatever_their_number():
    """No span is longer than what there is, and none longer than the longest."""
    assert weigh_evidence(probes([1] * 30)).intervals == max(SPANS)
    assert weigh_evidence(probes([1])).intervals == 1


def alarms(rng, looks, drift=0.0):
    """How often a stream calls for training; each time the record begins anew."""
    gains, found, needed = [], 0, threshold(Allowance(trainings=1), week(0))
    for gain in rng.normal(drift, 1.0, looks):
        gains.append(gain)
        if weigh_evidence(probes(gains[-8:])).z > needed:
            gains, found = [], found + 1
    return found


def test_needless_trainings_stay_within_the_budget():
    """One in 75 looks with probes as good as the champion; far fewer with worse ones, as they are by nature."""
    rng = np.random.default_rng(5)
    assert 0.5 < np.mean([alarms(rng, 75) for _ in range(60)]) < 1.4
    assert np.mean([alarms(rng, 75, drift=-0.5) for _ in range(40)]) < 0.2


def test_a_gain_of_a_standard_error_a_look_is_found():
    """Within eight intervals in four of five streams at least."""
    rng = np.random.default_rng(6)
    assert np.mean([alarms(rng, 8, drift=1.0) > 0 for _ in range(100)]) > 0.8


def test_a_larger_budget_lowers_the_threshold():
    """And a budget in days means more looks for shorter intervals."""
    once, twice = (threshold(Allowance(trainings=count), week(0)) for count in (1, 2))
    assert twice < once
    assert threshold(Allowance(trainings=1, per=timedelta(days=90)), week(0)) < once
