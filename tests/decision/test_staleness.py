"""How long a champion lasts follows from what newer rows were worth."""

from datetime import timedelta

import numpy as np
import pytest

from include.retraining.decision import gate
from include.retraining.decision.pace import measure_pace
from include.retraining.decision.staleness import leads_before, lifetime
from include.retraining.results.performance import Estimate
from include.retraining.results.staleness import Lead, Staleness
from include.retraining.results.succession import Watch
from tests.decision.test_decide import codes, crowned, drifted, judge, performed, wanted
from tests.decision.test_pace import BUDGET, FIRST, FOUNDING, trained
from tests.model_samples import START, WEEK, make_spec, week

TOLERANCE = 0.01


def lead(gain, weeks, error=0.01):
    """A newer model's lead."""
    half = 1.959963985 * error
    estimate = Estimate(value=gain, low=gain - half, high=gain + half, confidence=0.95, n=500)
    return Lead(gain=estimate, newer_by=weeks * WEEK)


def first(gain=0.04, weeks=4, error=0.01):
    """The first champion's training, in whose history newer rows were worth this."""
    staleness = Staleness(lead=lead(gain, weeks, error), tolerance=TOLERANCE, text="")
    return FIRST.model_copy(update={"staleness": staleness})


def seen(number, champion, found, action="none"):
    """A week that watched a champion."""
    point = trained(number, champion=champion)
    return point.model_copy(update={"action": action, "lead": found})


def test_the_first_history_alone_sets_the_pace():
    """A loss of 0.04 in four weeks reaches the tolerance of 0.01 in one; nothing follows where none is shown."""
    assert lifetime(first(), []) == WEEK
    assert lifetime(first(0.02), []) == 2 * WEEK
    assert lifetime(first(0.019), []) is None
    assert lifetime(FIRST, [lead(0.05, 4)]) is None
    unknown = Staleness(lead=None, text="few labels")
    assert lifetime(FIRST.model_copy(update={"staleness": unknown}), [lead(0.05, 4)]) is None
    assert lifetime(None, []) is None


def test_watched_pairs_add_what_they_saw():
    """The slope is that of a weighted least-squares fit through the origin."""
    leads = [lead(0.01, 3, 0.004), lead(-0.002, 5, 0.006), lead(0.03, 2, 0.02)]
    every = [first().staleness.lead, *leads]
    weights = np.array([1 / 0.01, 1 / 0.004, 1 / 0.006, 1 / 0.02])
    weeks = np.array([one.newer_by / WEEK for one in every])
    gains = np.array([one.gain.value for one in every])
    slope = np.linalg.lstsq((weeks * weights)[:, None], gains * weights, rcond=None)[0][0]
    assert lifetime(first(), leads) / WEEK == pytest.approx(TOLERANCE / slope)


def test_newer_champions_that_are_no_better_end_it():
    """Refreshes become rare, and where newer is worse there are none."""
    assert lifetime(first(), [lead(0.0, 4)]) / WEEK == pytest.approx(2)
    assert lifetime(first(), [lead(-0.05, 4)]) is None
    twins = lead(0.0, 4, 0.0)
    assert WEEK < lifetime(first(), [twins]) < timedelta(days=40_000)


def test_each_pair_counts_once_by_its_last_look():
    """Those of later weeks do not count, the run's own does."""
    points = [
        seen(12, "a", lead(0.1, 1)),
        seen(13, "a", lead(0.2, 1)),
        seen(15, "b", lead(0.3, 1)),
        seen(20, "c", lead(9, 1)),
    ]
    assert [one.gain.value for one in leads_before(week(20), points, None)] == [0.2, 0.3]
    watch = Watch(
        champion_id="b", previous_id="a", since=START, look=2, looks=8, rows=500, metric="mae",
        difference=lead(0.4, 1).gain, verdict="holds", text="", newer_by=WEEK,
    )  # fmt: skip
    assert [one.gain.value for one in leads_before(week(20), points, watch)] == [0.2, 0.4]
    same = watch.model_copy(update={"newer_by": timedelta(0)})
    assert same.lead is None
    assert [one.gain.value for one in leads_before(week(20), points, same)] == [0.2, 0.3]


def test_a_stale_champion_is_retrained_when_its_time_is_up():
    """Three weeks after the last training, as a holdout of two leaves nothing new of two; and where it is listed."""
    at = {"champion": crowned(10), "first": first()}
    due = judge(wanted("stale"), history=(trained(17, "stale"), FOUNDING), **at)
    assert (due.action, codes(due)) == ("retrain", ["stale"])
    assert (due.reasons[0].figure, due.reasons[0].threshold) == (21.0, 21.0)
    assert judge(wanted("stale"), history=(trained(18, "stale"), FOUNDING), **at).action == "none"
    assert judge(wanted("refresh"), history=(trained(17, "stale"), FOUNDING), **at).action == "none"
    slow = {**at, "first": first(0.006, 4, 0.001)}
    assert judge(wanted("stale"), history=(trained(14, "stale"), FOUNDING), **slow).action == "none"
    assert judge(wanted("stale"), history=(trained(13, "stale"), FOUNDING), **slow).action == "retrain"
    assert judge(wanted("stale"), champion=crowned(10), history=(trained(17), FOUNDING), first=FIRST).action == "none"


def test_a_declared_holdout_has_to_pass_and_one_interval_more():
    """Else the challenger that is compared would be older than the champion."""
    spec = make_spec(retrain={"when": ["stale"], "window": {"holdout": "28d"}})
    at = {"champion": crowned(10), "first": first()}
    assert judge(spec, history=(trained(16, "stale"), FOUNDING), **at).action == "none"
    assert judge(spec, history=(trained(15, "stale"), FOUNDING), **at).action == "retrain"


def test_where_no_loss_is_tolerated_a_champion_is_stale_at_once():
    """So the shortest pace is kept, also where two models predicted alike."""
    strict = first().model_copy(update={"staleness": Staleness(lead=lead(0.04, 4), tolerance=0.0, text="")})
    assert lifetime(strict, []) == timedelta(0)
    assert lifetime(strict, [lead(-0.01, 4, 0.0)]) is None


def test_what_was_seen_since_is_asked_in_the_decision():
    """The history's leads and the run's own watch slow the pace."""
    history = (trained(17, "stale"), FOUNDING)
    at = {"champion": crowned(10), "first": first()}
    no_better = tuple(seen(number, f"{number}", lead(0.0, 4)) for number in (12, 13, 14, 15))
    assert judge(wanted("stale"), history=(*history, *no_better), **at).action == "none"
    watch = Watch(
        champion_id="a", previous_id="z", since=START, look=2, looks=8, rows=500, metric="mae",
        difference=lead(-0.2, 4).gain, verdict="holds", text="", newer_by=4 * WEEK,
    )  # fmt: skip
    assert judge(wanted("stale"), history=history, watch=watch, **at).action == "none"


def test_a_stale_champion_has_its_own_budget_unless_one_is_declared():
    """Its trainings neither spend the default budget nor ask for it; a declared one holds for all."""
    stale = tuple(trained(number, "stale") for number in (5, 8, 11, 14, 17))
    at = {"champion": crowned(10), "first": first()}
    assert judge(wanted("stale"), history=stale, **at).action == "retrain"
    dropped = {"performance": performed("dropped"), "champion": crowned(10)}
    assert judge(wanted("performance_drop"), history=stale, **dropped).action == "retrain"
    alarms = tuple(trained(number, "performance_drop", proven=True) for number in (6, 10, 16))
    assert codes(judge(wanted("performance_drop"), history=(*stale, *alarms), **dropped))[-1] == "budget"
    both = judge(wanted("performance_drop", "stale"), history=(*stale, *alarms), performance=performed("dropped"), **at)
    assert (both.action, codes(both)) == ("retrain", ["performance_drop", "stale"])
    strict = make_spec(retrain={"when": ["stale"], "budget": {"trainings": 5, "per": "200d"}})
    assert codes(judge(strict, history=stale, **at)) == ["stale", "budget"]


def test_trainings_of_stale_champions_do_not_delay_routine():
    """Ten of them that proved nothing, and the first refresh is due as if there had been none but the last."""
    found = measure_pace((FOUNDING, *(trained(n, "stale") for n in range(13, 43, 3))), week(60), BUDGET, first(), WEEK)
    assert found.refresh == week(40).end + 10 * WEEK
    assert found.stale == week(40).end + 3 * WEEK


def test_the_proof_that_a_stale_champion_asks_for():
    """No loss beyond doubt, unless something else asked too."""
    at = {"champion": crowned(10), "first": first(), "history": (trained(17), FOUNDING)}
    assert gate(judge(wanted("stale"), **at)) == "stale"
    assert gate(judge(wanted("stale", "refresh", {"age": "7d"}), **at)) == "stale"
    assert gate(judge(wanted("stale", "data_drift"), drift=drifted("temp"), **at)) == "better"
