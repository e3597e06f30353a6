"""The decision is total, pure, and always says why."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.decision import decide, gate
from include.retraining.results.diagnosis import Diagnosis, DiagnosisKind
from include.retraining.results.drift import ColumnDrift, DriftResult, Finding
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.performance import Estimate, PerformanceResult
from include.retraining.results.run import Launch, Run
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Decision, Reason
from include.retraining.results.validation import ValidationResult
from tests.model_samples import START, WEEK, make_spec, week

NOW = week(20)


def validated(verdict="passed", reasons=()):
    """Report a validation."""
    return ValidationResult(verdict=verdict, rows=1000, quarantined=0, checks=(), reasons=reasons)


def drifted(*names):
    """Report drift in these columns, beside two that are always judged."""

    def column(name):
        finding = Finding(
            column=name, role="feature", test="ks", statistic=0.3, p_value=1e-6, threshold=0.1, threshold_origin="test",
            effect=0.3, effect_unit="share", minimum_effect=0.1, direction="up", n_reference=1000, n_current=500,
            drifted=name in names, text="",
        )  # fmt: skip
        return ColumnDrift(column=name, role="feature", kind="numeric", findings=(finding,))

    columns = tuple(column(name) for name in ("temp", "humid", *(set(names) - {"temp", "humid"})))
    return DriftResult(
        drifted=bool(names),
        rows_reference=1000,
        rows_current=500,
        false_alarm_rate=0.01,
        correction="holm",
        columns=columns,
    )


def performed(verdict="steady"):
    """Report a performance with this verdict."""
    judged = verdict in ("steady", "dropped")
    drop = Estimate(value=0.05 if verdict == "dropped" else 0.01, low=-0.01, high=0.08, confidence=0.95, n=500)
    return PerformanceResult(
        verdict=verdict, metric="roc_auc", greater_is_better=True, reference=drop if judged else None,
        realised=drop if judged else None, drop=drop if judged else None, maximum_drop=0.03, metrics={},
        text=f"ROC AUC is {verdict}.",
    )  # fmt: skip


def crowned(at=10):
    """Promote a champion at the end of this week."""
    return Promotion(
        number=1,
        effective=week(at).end,
        interval=week(at),
        training_id="a",
        previous_id=None,
        reasons=(),
        decided_by="policy",
    )


def past(number, action="retrain", dry=False):
    """Remember what an earlier week did."""
    launch = Launch(kind="scheduled", dry_run=dry)
    return HistoryPoint(
        interval=week(number),
        folder="plain",
        launch=launch,
        action=action,
        promoted=False,
        rows=1,
        quarantined=0,
        drifted_columns=(),
        realised=None,
        champion_id=None,
        champion_version=None,
    )


def wanted(*when, cooldown="0m"):
    """Declare triggers and a cool-down."""
    return make_spec(retrain={"when": list(when), "cooldown": cooldown})


EVERYTHING = wanted("performance_drop", "data_drift", {"age": "70d"}, cooldown="14d")


def judge(spec=EVERYTHING, *, force=False, dry=False, **given_results):
    """Decide about week 20, where all is quiet unless said otherwise."""
    launch = Launch(kind="manual" if force else "scheduled", force_retrain=force, dry_run=dry)
    results = {
        "validation": validated(),
        "drift": drifted(),
        "performance": performed(),
        "champion": crowned(15),
        "history": (),
        **given_results,
    }
    run = Run(model=spec.name, interval=NOW, folder="run", launch=launch)
    return decide(spec, run, **results)


def codes(decision):
    """List the codes of the reasons."""
    return [reason.code for reason in decision.reasons]


def test_a_quiet_interval_needs_nothing_and_says_what_was_seen():
    """Drift and performance each with their figures."""
    decision = judge()
    assert decision.action == "none"
    assert codes(decision) == ["no_drift", "steady"]
    assert decision.reasons[0].text == "No drift in 2 columns of 500 rows."
    assert (decision.reasons[1].figure, decision.reasons[1].threshold) == (0.01, 0.03)


def test_a_rejected_batch_is_rejected_whatever_else():
    """With the reasons of the validation; asking by hand does not help."""
    rejected = validated("rejected", ("column temp is missing",))
    decision = judge(validation=rejected, performance=performed("dropped"), champion=None)
    assert (decision.action, decision.reasons[0].text) == ("reject", "column temp is missing")
    forced = judge(validation=rejected, force=True)
    assert (forced.action, codes(forced)) == ("reject", ["rejected", "manual_refused"])
    assert forced.reasons[1].veto
    assert judge(validation=validated("rejected")).reasons


def test_without_a_champion_a_first_one_is_trained():
    """Also within a cool-down: there is nothing to cool down from."""
    decision = judge(champion=None, drift=None, performance=None, history=(past(19),))
    assert (decision.action, codes(decision)) == ("retrain", ["no_champion"])


@pytest.mark.parametrize(
    ("when", "results", "code"),
    [
        ("performance_drop", {"performance": performed("dropped")}, "performance_drop"),
        ("data_drift", {"drift": drifted("temp")}, "data_drift"),
        ({"age": "35d"}, {"champion": crowned(15)}, "age"),
    ],
)
def test_each_listed_trigger_retrains(when, results, code):
    """With its figure, its threshold and where that comes from."""
    decision = judge(wanted(when), **results)
    assert decision.action == "retrain"
    reason = next(reason for reason in decision.reasons if reason.code == code)
    assert reason.figure >= reason.threshold
    assert reason.origin
    assert not reason.veto


@pytest.mark.parametrize(
    ("results", "code"),
    [({"performance": performed("dropped")}, "drop_watched"), ({"drift": drifted("temp")}, "drift_watched")],
)
def test_what_is_not_listed_is_watched(results, code):
    """Data drift alone does not retrain, nor does a drop, unless asked for."""
    decision = judge(wanted({"age": "365d"}), **results)
    assert (decision.action, codes(decision)) == ("watch", [code])
    assert "not listed in `retrain.when`" in decision.reasons[0].text


def test_drift_names_its_columns_and_what_it_costs():
    """The first five, and the realised performance where it is known."""
    spec = wanted("performance_drop")
    decision = judge(spec, drift=drifted("temp"))
    assert "1 of 2 columns drifted in 500 rows: temp;" in decision.reasons[0].text
    assert "ROC AUC is steady." in decision.reasons[0].text
    unknown = judge(spec, drift=drifted("temp"), performance=performed("no_labels"))
    assert "not known yet" in unknown.reasons[0].text
    assert "…" in judge(spec, drift=drifted(*"abcdef")).reasons[0].text


def test_age_counts_from_the_promotion():
    """A day short of the limit is not old."""
    assert judge(wanted({"age": "36d"}), champion=crowned(15)).action == "none"
    assert judge(wanted({"age": "35d"}), champion=crowned(15)).action == "retrain"


def test_several_reasons_stand_together():
    """All that speak for it, in one decision."""
    decision = judge(performance=performed("dropped"), drift=drifted("temp"), champion=crowned(1), force=True)
    assert decision.action == "retrain"
    assert set(codes(decision)) == {"manual", "performance_drop", "data_drift", "age"}


def test_a_recent_training_vetoes():
    """The cool-down turns a retraining into watching, and is a reason itself."""
    decision = judge(performance=performed("dropped"), history=(past(19),))
    assert (decision.action, codes(decision)) == ("watch", ["performance_drop", "cooldown"])
    veto = decision.reasons[-1]
    assert veto.veto
    assert (veto.figure, veto.threshold) == (7.0, 14.0)
    assert "7 days ago" in veto.text


def test_a_cooldown_ends():
    """Two weeks after the training it may train again; other actions do not count."""
    assert judge(performance=performed("dropped"), history=(past(18), past(19, "watch"))).action == "retrain"


def test_a_dry_run_starts_no_cooldown():
    """It promoted nothing and changed nothing."""
    assert judge(performance=performed("dropped"), history=(past(19, dry=True),)).action == "retrain"


def test_a_manual_run_ignores_the_cooldown_and_says_so():
    """The note is no veto."""
    decision = judge(force=True, history=(past(19),))
    assert (decision.action, codes(decision)) == ("retrain", ["manual", "cooldown_ignored"])
    assert not any(reason.veto for reason in decision.reasons)


def test_a_rerun_decides_the_same_as_the_first_run():
    """The interval itself and later ones are no history."""
    results = {"performance": performed("dropped")}
    assert judge(**results) == judge(**results, history=(past(20), past(21)))


def test_a_dry_run_decides_the_same():
    """Only what happens next differs."""
    assert judge(performance=performed("dropped"), dry=True) == judge(performance=performed("dropped"))


def test_the_proof_owed_follows_from_what_asked():
    """Routine alone need do no harm; whatever is only watched does not matter, another trigger does."""
    old = {"champion": crowned(1)}
    assert gate(judge(wanted({"age": "7d"}), drift=drifted("temp"), **old)) == "refresh"
    assert gate(judge(performance=performed("dropped"), **old)) == "better"
    assert gate(judge(force=True, **old)) == "better"
    assert gate(judge()) == "better"
    assert gate(Decision(action="retrain", reasons=(Reason(code="outperformed", text="x"),))) == "confirmed"


def diagnosed(kind, confidence="high"):
    """Report a diagnosis."""
    return Diagnosis(kind=kind, confidence=confidence, text=f"It is {kind}.", evidence=("p = 0.001.",), advice="Act.")


def suspicious(on_suspicion, *when):
    """Declare what to do about labels that look wrong."""
    return make_spec(retrain={"when": list(when)}, labels={"on_suspicion": on_suspicion})


@pytest.mark.parametrize("kind", ["concept_drift", "local_concept_drift"])
def test_concept_drift_retrains_where_it_is_listed(kind):
    """In a part of the rows as everywhere, with the first piece of evidence."""
    decision = judge(wanted("concept_drift"), diagnosis=diagnosed(kind))
    assert (decision.action, codes(decision)) == ("retrain", ["concept_drift"])
    assert decision.reasons[0].text == f"It is {kind}. p = 0.001."
    assert judge(wanted("harmful_data_drift"), diagnosis=diagnosed(kind)).action == "none"


def test_harmful_drift_retrains_only_where_it_is_listed():
    """By default it is watched, since labels of such rows may be missing yet."""
    moved = {"drift": drifted("temp"), "diagnosis": diagnosed("harmful_data_drift")}
    assert judge(wanted("harmful_data_drift"), **moved).action == "retrain"
    decision = judge(make_spec(), **moved)
    assert (decision.action, codes(decision)) == ("watch", ["drift_watched"])
    assert judge(wanted("harmful_data_drift"), diagnosis=diagnosed("benign_data_drift")).action == "none"


def test_a_drop_that_nothing_explains_is_watched():
    """With few labels a figure often falls by chance; with support it retrains."""
    dropped = {"performance": performed("dropped")}
    decision = judge(wanted("performance_drop"), diagnosis=diagnosed("not_enough_evidence", "low"), **dropped)
    assert (decision.action, codes(decision)) == ("watch", ["drop_unconfirmed"])
    assert decision.reasons[0].figure == 0.05
    assert judge(wanted("performance_drop"), diagnosis=diagnosed("concept_drift"), **dropped).action == "retrain"
    assert judge(wanted("performance_drop"), diagnosis=diagnosed("harmful_data_drift"), **dropped).action == "retrain"


def test_suspect_labels_hold_whatever_else_calls_for_retraining():
    """Every listed trigger waits, and is still told."""
    decision = judge(
        performance=performed("dropped"),
        drift=drifted("temp"),
        champion=crowned(1),
        diagnosis=diagnosed("suspect_labels"),
    )
    assert decision.action == "hold_labels"
    assert codes(decision) == ["suspect_labels", "performance_drop_waits", "data_drift_waits", "age_waits"]
    assert decision.reasons[0].text == "It is suspect_labels. Act."
    assert gate(decision) == "better"


def test_a_person_is_asked_where_that_is_declared_or_the_finding_is_not_sure():
    """`ask`, or more suspect labels than may be held without a word."""
    sure, unsure = diagnosed("suspect_labels"), diagnosed("suspect_labels", "medium")
    assert judge(suspicious("ask"), diagnosis=sure).action == "ask"
    assert judge(suspicious("hold"), diagnosis=unsure).action == "ask"
    assert judge(suspicious("hold"), diagnosis=sure).action == "hold_labels"


def test_accepted_suspicion_vetoes_nothing():
    """The labels are taken as they are, and what they show counts."""
    decision = judge(
        suspicious("accept", "performance_drop"),
        performance=performed("dropped"),
        diagnosis=diagnosed("suspect_labels"),
    )
    assert (decision.action, codes(decision)) == ("retrain", ["performance_drop"])
    assert judge(suspicious("accept"), diagnosis=diagnosed("suspect_labels")).action == "none"


def test_a_person_and_a_missing_champion_go_before_suspicion():
    """Held labels stay out of that training all the same."""
    assert judge(force=True, diagnosis=diagnosed("suspect_labels")).action == "retrain"
    assert judge(champion=None, diagnosis=diagnosed("suspect_labels")).action == "retrain"


@pytest.mark.parametrize("kind", ["concept_drift", "harmful_data_drift"])
def test_a_cooldown_vetoes_a_diagnosis_too(kind):
    """A recent training makes it wait."""
    spec = wanted("concept_drift", "harmful_data_drift", cooldown="14d")
    decision = judge(spec, diagnosis=diagnosed(kind), history=(past(19),))
    assert (decision.action, codes(decision)) == ("watch", [kind, "cooldown"])


specs = st.builds(
    wanted,
    st.sampled_from(["performance_drop", "data_drift", "concept_drift", "harmful_data_drift"]),
    st.sampled_from(["performance_drop", {"age": "7d"}, {"age": "300d"}]),
    cooldown=st.sampled_from(["0m", "7d", "30d"]),
)
histories = st.lists(
    st.builds(past, st.integers(0, 30), st.sampled_from(["none", "watch", "retrain", "reject", "ask"])), max_size=5
).map(tuple)


@settings(max_examples=200, deadline=timedelta(seconds=5))
@given(
    spec=specs,
    force=st.booleans(),
    dry=st.booleans(),
    validation=st.builds(
        validated, st.sampled_from(["passed", "rejected"]), st.lists(st.text(min_size=1), max_size=2).map(tuple)
    ),
    drift=st.none() | st.sets(st.text(min_size=1, max_size=3), max_size=8).map(lambda names: drifted(*sorted(names))),
    performance=st.none()
    | st.builds(performed, st.sampled_from(["steady", "dropped", "too_few_labels", "no_labels", "not_joinable"])),
    champion=st.none() | st.builds(crowned, st.integers(0, 25)),
    history=histories,
    diagnosis=st.none()
    | st.builds(diagnosed, st.sampled_from(get_args(DiagnosisKind)), st.sampled_from(["high", "medium", "low"])),
)
def test_every_input_gets_one_action_and_its_reasons(spec, force, dry, validation, **results):
    """Total, deterministic, and consistent: broken data never trains, a veto never retrains, force always does."""
    decision = judge(spec, force=force, dry=dry, validation=validation, **results)
    assert decision == judge(spec, force=force, dry=dry, validation=validation, **results)
    assert decision.reasons
    assert all(reason.text for reason in decision.reasons)
    assert (decision.action == "reject") == (validation.verdict == "rejected")
    if decision.action == "retrain":
        assert not any(reason.veto for reason in decision.reasons)
    if validation.verdict == "passed" and (force or results["champion"] is None):
        assert decision.action == "retrain"
    if decision.action in {"hold_labels", "ask"}:
        assert results["diagnosis"].kind == "suspect_labels"
    assert decision.action in {"none", "watch", "retrain", "reject", "hold_labels", "ask"}


def test_weeks_are_what_the_tests_say():
    """The sample's interval 20 starts 20 weeks after its beginning."""
    assert NOW.start == START + 20 * WEEK


def test_a_clear_drop_needs_no_support():
    """Beyond 3.3 standard errors it retrains whatever the diagnosis; short of that it is watched."""
    unknown = diagnosed("not_enough_evidence")
    clear = performed("dropped").model_copy(
        update={"drop": Estimate(value=0.05, low=0.03, high=0.07, confidence=0.95, n=6_000)}
    )
    assert judge(performance=clear, diagnosis=unknown).action == "retrain"
    assert judge(performance=performed("dropped"), diagnosis=unknown).action == "watch"
