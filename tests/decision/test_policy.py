"""The probe, routine and restraint in decisions."""

import pytest

from include.retraining.results.probe import Probe
from tests.decision.test_decide import codes, crowned, diagnosed, judge, past, performed, wanted
from tests.decision.test_evidence import probes
from tests.decision.test_pace import FIRST, FOUNDING, trained
from tests.model_samples import make_spec, week

CLEAR = probes([9.0])[0]


def told(number, gain, champion="a"):
    """A week that did nothing, with its probe."""
    return past(number, "none").model_copy(
        update={"champion_id": champion, "probe": probes([gain])[0].model_copy(update={"since": week(number).start})}
    )


def test_a_probe_that_does_better_retrains_and_dates_the_change():
    """With its standard errors and the threshold that the alarm budget sets."""
    decision = judge(wanted("outperformed"), probe=CLEAR)
    assert (decision.action, codes(decision)) == ("retrain", ["outperformed"])
    assert decision.reasons[0].figure > decision.reasons[0].threshold
    assert decision.since == CLEAR.since
    assert judge(wanted("performance_drop"), probe=CLEAR).action == "none"
    assert judge(wanted("outperformed"), probe=Probe(gain=None, since=None, rows=0, text="few")).action == "none"


def test_probes_under_the_same_champion_are_pooled():
    """Four of 1.3 standard errors; those of another champion, and of this interval's first try, do not count."""
    weeks = tuple(told(number, 1.3) for number in (16, 17, 18))
    now = probes([1.3])[0]
    assert judge(wanted("outperformed"), probe=now, history=weeks).action == "retrain"
    assert judge(wanted("outperformed"), probe=now, history=(*weeks, *weeks)).action == "retrain"
    others = tuple(told(number, 1.3, champion="b") for number in (16, 17, 18))
    assert judge(wanted("outperformed"), probe=now, history=(*others, told(20, 9.0))).action == "none"


def test_the_diagnosis_dates_a_change_before_the_probe_does():
    """It looks at each row's loss."""
    dated = diagnosed("concept_drift").model_copy(update={"since": week(18).start})
    assert judge(wanted("outperformed"), probe=CLEAR, diagnosis=dated).since == week(18).start


def test_a_refresh_is_due_by_the_pace():
    """Ten weeks after the first training, if it is listed."""
    history = (FOUNDING,)
    due = judge(wanted("refresh"), champion=crowned(10), history=history, first=FIRST)
    assert (due.action, codes(due)) == ("retrain", ["refresh"])
    early = (trained(13, "refresh", proven=True), FOUNDING)
    assert judge(wanted("refresh"), champion=crowned(15), history=early, first=FIRST).action == "retrain"
    late = (trained(14, "refresh", proven=True), FOUNDING)
    assert judge(wanted("refresh"), champion=crowned(15), history=late, first=FIRST).action == "none"


def test_new_labels_are_counted_since_the_last_training():
    """Those of the interval itself are included."""
    history = (past(17), past(18, "none").model_copy(update={"labelled": 300}))
    assert judge(wanted({"new_labels": 500}), history=history, labelled=200).action == "retrain"
    assert judge(wanted({"new_labels": 501}), history=history, labelled=200).action == "none"


def test_a_schedule_retrains_once_for_each_tick():
    """Week 20 ends on 27 May 2024; the tick of the 15th was before the training of week 19, that of the 21st after."""
    assert judge(wanted({"schedule": "0 0 21 * *"}), history=(past(19),)).action == "retrain"
    assert judge(wanted({"schedule": "0 0 15 * *"}), history=(past(19),)).action == "none"


def test_a_spent_budget_vetoes():
    """Three trainings in twenty intervals by default, the first champion's own aside."""
    spent = tuple(trained(number, "performance_drop", proven=True) for number in (2, 8, 14))
    decision = judge(wanted("performance_drop"), performance=performed("dropped"), history=spent)
    assert (decision.action, codes(decision)) == ("watch", ["performance_drop", "budget"])
    assert (decision.reasons[-1].figure, decision.reasons[-1].threshold) == (3.0, 3.0)
    assert judge(wanted("performance_drop"), performance=performed("dropped"), history=spent[1:]).action == "retrain"
    assert judge(wanted(), force=True, history=spent).action == "retrain"


def test_one_refresh_does_not_stand_in_the_way_of_an_alarm():
    """By default; a budget with a span of its own is kept without exception, and routine keeps to any."""
    drop = {"performance": performed("dropped")}
    spent = (trained(2, "refresh"), trained(8, "performance_drop", proven=True), trained(14, "refresh", proven=True))
    assert judge(wanted("performance_drop"), history=spent, **drop).action == "retrain"
    assert codes(judge(wanted({"age": "7d"}), champion=crowned(2), history=spent)) == ["age", "budget"]
    fourth = (*spent, trained(17, "performance_drop", proven=True))
    refused = judge(wanted("performance_drop"), history=fourth, **drop)
    assert codes(refused) == ["performance_drop", "budget"]
    assert "3 trainings in the last 140 days, a routine one aside, 3 are allowed" in refused.reasons[-1].text
    hard = make_spec(retrain={"when": ["performance_drop"], "budget": {"trainings": 3, "per": "140d"}})
    assert codes(judge(hard, history=spent, **drop)) == ["performance_drop", "budget"]


def test_an_alarm_waits_after_one_that_brought_nothing():
    """Two intervals; a training that proved its gain is no reason to wait."""
    drop = {"performance": performed("dropped")}
    failed = judge(wanted("performance_drop"), history=(trained(19, "performance_drop"),), **drop)
    assert (failed.action, codes(failed)) == ("watch", ["performance_drop", "retry_later"])
    proven = (trained(19, "performance_drop", proven=True),)
    assert judge(wanted("performance_drop"), history=proven, **drop).action == "retrain"
    assert judge(wanted("performance_drop"), history=(trained(18, "performance_drop"),), **drop).action == "retrain"


def test_an_alarm_has_to_last_where_that_is_asked_for():
    """Two of the last three intervals; what was vetoed then counts as seen."""
    spec = make_spec(retrain={"when": ["performance_drop"], "persistence": {"times": 2, "of": 3}})
    drop = {"performance": performed("dropped")}
    assert codes(judge(spec, **drop)) == ["performance_drop", "not_persistent"]
    seen = past(18, "watch").model_copy(update={"reasons": ("performance_drop", "not_persistent")})
    assert judge(spec, history=(seen,), **drop).action == "retrain"
    older = seen.model_copy(update={"interval": week(17)})
    assert judge(spec, history=(older,), **drop).action == "watch"


def test_too_few_new_labels_veto():
    """A comparison would have too few rows that the champion has not learned."""
    decision = judge(wanted("performance_drop"), performance=performed("dropped"), labelled=40)
    assert (decision.action, codes(decision)) == ("watch", ["performance_drop", "too_few_new_labels"])


@pytest.mark.parametrize("code", ["outperformed", "refresh", "new_labels"])
def test_suspect_labels_hold_these_too(code):
    """Whatever newer labels show is not learned while they look wrong."""
    spec = wanted("outperformed", "refresh", {"new_labels": 1})
    decision = judge(
        spec, probe=CLEAR, history=(FOUNDING,), first=FIRST, labelled=500, champion=crowned(10),
        diagnosis=diagnosed("suspect_labels"),
    )  # fmt: skip
    assert decision.action == "hold_labels"
    assert f"{code}_waits" in codes(decision)
