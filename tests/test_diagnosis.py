"""One answer from four questions, asked in order; whatever is missing, there is an answer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.diagnosis import ADVICE, diagnose
from include.retraining.results.audit import Evidence, HeldLabels, LabelAudit, Settled
from include.retraining.results.concept import (
    Attribution,
    ChangePoint,
    ConceptResult,
    ConceptTest,
    LocalDrift,
    Overlap,
    Recovery,
)
from include.retraining.results.drift import DriftResult
from include.retraining.results.estimation import Estimated, Gap
from include.retraining.results.performance import Estimate, PerformanceResult
from include.retraining.results.validation import ValidationResult
from tests.decision.test_decide import drifted, validated

SINCE = datetime(2024, 5, 6, tzinfo=UTC)


def figure(value, spread=0.1, n=500):
    """A figure with its interval."""
    return Estimate(value=value, low=value - spread, high=value + spread, confidence=0.95, n=n)


def compared(p_value=1e-4, rise=0.3):
    """Report a comparison of losses."""
    return ConceptTest(
        p_value=p_value, rise=None if rise is None else figure(rise), text=f"Losses changed by {rise}; p = {p_value}."
    )


def changed(before=1.0, after=2.0):
    """Report a change point on 6 May, dated to three days."""
    days = timedelta(days=1)
    return ChangePoint(
        date=SINCE, low=SINCE - days, high=SINCE + days, confidence=0.95, before=figure(before), after=figure(after),
        detectors=("cusum",),
    )  # fmt: skip


def part(region="origin = Ethiopia", origin="declared", now=2.0, elsewhere=0.0):
    """Report a part of the rows; all other rows lose `elsewhere` more than before."""
    return LocalDrift(
        region=region, origin=origin, columns=("origin",), rows=50, share=0.1, then=figure(1.0), now=figure(now),
        elsewhere=None if elsewhere is None else figure(elsewhere), p_value=1e-6, p_adjusted=1e-5, evidence="loss",
    )  # fmt: skip


def proof(test="concentration", found=True, text="Only labels of station=B do not fit."):
    """Report a piece of evidence on labels."""
    return Evidence(test=test, found=found, statistic=1.0, unit="share", p_value=1e-6, text=text)


def held(reason="offset", source="station=B", since=SINCE):
    """Report labels that are held."""
    until = since + timedelta(days=4)
    return HeldLabels(
        reason=reason, source=source, since=since, until=until, keys=(1, 2), evidence=(proof(),), text="Off."
    )


def audited(*findings, capped=False, evidence=()):
    """Report an audit."""
    verdict = "suspect" if findings else "none"
    return LabelAudit(
        verdict=verdict, capped=capped, labels=400, held=findings, evidence=evidence, text="40 labels are off."
    )


def examined(**parts):
    """Report an examination of labels."""
    return ConceptResult(**{"labels": 400, "ongoing": True, "text": "400 labels examined.", **parts})


def estimated(value=0.80, verdict="estimated", spread=0.01):
    """Report an estimate of a metric that should be large."""
    value = value if verdict == "estimated" else None
    bounds = {} if value is None else {"low": value - spread, "high": value + spread}
    given_bounds = {name: bounds.get(name) for name in ("low", "high")}
    return Estimated(
        verdict=verdict, metric="roc_auc", value=value, **given_bounds, expected_low=given_bounds["low"],
        expected_high=given_bounds["high"], error=spread, confidence=0.95, n=500, method="calibrated_confidence",
        assumption="no concept drift", extrapolating_share=0.3, bias=0.0, text=f"The estimate is {verdict}.",
    )  # fmt: skip


def performed(verdict="steady", *, estimate=None, gap=None, greater=True, margin=0.1):
    """Report a performance whose reference is 0.9 and whose tolerance is 0.05; a drop of 0.1, give or take `margin`."""
    judged = verdict in ("steady", "dropped")
    return PerformanceResult(
        verdict=verdict, metric="roc_auc", greater_is_better=greater, reference=figure(0.9),
        realised=figure(0.9) if judged else None, drop=figure(0.1, margin) if judged else None, maximum_drop=0.05,
        metrics={}, estimated=estimate, gap=gap, text=f"ROC AUC is {verdict}.",
    )  # fmt: skip


def ask(validation=None, drift=None, performance=None, concept=None):
    """Diagnose; all is quiet unless said otherwise."""
    return diagnose(validation or validated(), drift or drifted(), performance or performed(), concept or examined())


def test_a_rejected_batch_is_a_broken_feed():
    """First of all questions, with what validation said."""
    found = ask(validation=validated("rejected", ("column temp is missing",)), concept=examined(audit=audited(held())))
    assert (found.kind, found.confidence, found.evidence) == ("broken_feed", "high", ("column temp is missing",))
    assert "column temp is missing" in found.text
    assert ask(validation=validated("rejected")).kind == "broken_feed"


def test_held_labels_are_suspect():
    """Before concept drift, with whose they are, since when, and what speaks for and against it."""
    steady = proof("unlearnable", found=False, text="A fresh model learns them.")
    earlier = held(source="station=C", since=SINCE - timedelta(days=9))
    found = ask(concept=examined(audit=audited(held(), earlier, evidence=(proof(), steady)), test=compared()))
    assert (found.kind, found.confidence) == ("suspect_labels", "high")
    assert (found.segment, found.since) == ("station=C", SINCE - timedelta(days=9))
    assert found.evidence == ("Only labels of station=B do not fit.",)
    assert found.against == ("A fresh model learns them.",)


def test_what_was_measured_again_is_not_asked_for_again():
    """Once labels made again confirm it, the cause is to be mended; once they clear it, another cause is looked for."""
    wrong, right = (
        held().model_copy(
            update={"settled": Settled(outcome=outcome, compared=20, statistic=1.0, p_value=0.5, text="Measured.")}
        )
        for outcome in ("confirm", "release")
    )
    assert ask(concept=examined(audit=audited(wrong))).advice.startswith("Have the cause mended")
    assert ask(concept=examined(audit=audited(wrong, held()))).advice.startswith("Have some of these labels made again")
    cleared = audited().model_copy(update={"released": (right,)})
    noise = ask(concept=examined(audit=cleared, test=compared(), change=changed(), recovery=recovered(0.1)))
    assert (noise.kind, noise.advice[:23]) == ("suspect_labels", "Labels made again are a")


def test_more_suspect_labels_than_may_be_held_are_less_sure():
    """The world may have changed."""
    assert ask(concept=examined(audit=audited(held(), capped=True))).confidence == "medium"


def test_a_fault_that_is_mended_hides_nothing():
    """Its labels stay held, but the other questions are asked again."""
    assert ask(concept=examined(audit=audited(held()), ongoing=False)).kind == "healthy"
    assert ask(concept=examined(audit=audited(held()), ongoing=False, test=compared())).kind == "concept_drift"
    assert ask(concept=examined(audit=audited(), ongoing=True)).kind == "healthy"


def test_a_changed_relation_is_concept_drift():
    """With the date and the losses of both sides."""
    found = ask(
        concept=examined(test=compared(), change=changed()), performance=performed("dropped"), drift=drifted("x")
    )
    assert (found.kind, found.confidence, found.since) == ("concept_drift", "high", SINCE)
    assert "about 2024-05-06 (between 2024-05-05 and 2024-05-07)" in found.text
    assert found.evidence[0] == compared().text
    assert "rose from 1 to 2" in found.evidence[1]


@pytest.mark.parametrize(
    ("p_value", "rise", "change", "kind"),
    [
        (0.0009, 0.3, None, "concept_drift"),
        (0.002, 0.3, None, "healthy"),
        (0.002, 0.3, changed(), "concept_drift"),
        (0.02, 0.3, changed(), "healthy"),
        (0.002, 0.3, changed(after=0.5), "healthy"),
        (1e-6, -0.3, None, "healthy"),
        (None, None, None, "healthy"),
        (1.0, 0.0, changed(), "healthy"),
    ],
)
def test_how_much_it_takes_to_call_a_relation_changed(p_value, rise, change, kind):
    """A strict level alone, a looser one where a change point supports it, and only for the worse."""
    assert ask(concept=examined(test=compared(p_value, rise), change=change)).kind == kind


def test_a_change_without_its_date_is_less_sure():
    """High confidence asks for test and change point both."""
    assert ask(concept=examined(test=compared())).confidence == "medium"
    assert ask(concept=examined(test=compared())).since is None
    assert ask(concept=examined(test=compared(0.005), change=changed())).confidence == "medium"


def test_a_part_that_changed_alone_is_local():
    """Named, with its share, and surer when all rows together show it too."""
    found = ask(concept=examined(test=compared(0.04), local=(part(),)))
    assert (found.kind, found.confidence, found.segment) == ("local_concept_drift", "medium", "origin = Ethiopia")
    assert ask(concept=examined(test=compared(0.4), local=(part(),))).kind == "healthy"
    assert "where origin = Ethiopia, 10% of the rows; elsewhere it holds" in found.text
    assert "the mean loss went from 1 to 2" in found.evidence[1]
    assert ask(concept=examined(test=compared(), change=changed(), local=(part(),))).confidence == "high"


def test_a_change_everywhere_is_not_local():
    """When the other rows changed as well, or all rows are named."""
    parts = (part(elsewhere=0.5),)
    assert ask(concept=examined(test=compared(), local=parts)).kind == "concept_drift"
    parts = (part(), part("all rows", "all", elsewhere=None))
    assert ask(concept=examined(test=compared(), local=parts)).kind == "concept_drift"
    assert ask(concept=examined(test=compared(0.4), local=parts)).kind == "healthy"


def test_a_part_that_became_better_is_no_harm():
    """Only a rise of the loss counts."""
    assert ask(concept=examined(test=compared(0.4), local=(part(now=0.5),))).kind == "healthy"


def test_the_evidence_names_what_is_known():
    """Attribution where it could be made, and a gap to the estimate."""
    split = Attribution(verdict="split", metric="roc_auc", greater_is_better=True, text="ROC AUC changed by 0.1.")
    gap = Gap(metric="roc_auc", difference=-0.07, low=-0.1, high=-0.04, confidence=0.95, p_value=0.001, worse=True)
    found = ask(concept=examined(test=compared(), attribution=split), performance=performed(gap=gap))
    assert found.evidence[1:] == (
        "ROC AUC changed by 0.1.",
        "Performance is 0.07 worse than the rows themselves explain (p = 0.001).",
    )
    unsplit = split.model_copy(update={"verdict": "not_enough"})
    assert len(ask(concept=examined(test=compared(), attribution=unsplit)).evidence) == 1


@pytest.mark.parametrize(
    ("performance", "kind", "confidence"),
    [
        (performed("dropped", margin=0.05), "harmful_data_drift", "high"),
        (performed("dropped", margin=0.07), "benign_data_drift", "low"),
        (performed("no_labels", estimate=estimated(0.80)), "harmful_data_drift", "medium"),
        (performed("no_labels", estimate=estimated(verdict="outside_reference")), "harmful_data_drift", "medium"),
        (performed("steady"), "benign_data_drift", "high"),
        (performed("no_labels", estimate=estimated(0.89)), "benign_data_drift", "medium"),
        (performed("no_labels", estimate=estimated(0.80, spread=0.2)), "benign_data_drift", "medium"),
        (performed("no_labels", estimate=estimated(verdict="not_estimable")), "benign_data_drift", "low"),
        (performed("no_labels"), "benign_data_drift", "low"),
    ],
)
def test_moved_inputs_are_harmful_or_not(performance, kind, confidence):
    """By what is seen, else by what is estimated beyond its own doubt, else by where the rows lie."""
    found = ask(drift=drifted("size"), performance=performance)
    assert (found.kind, found.confidence) == (kind, confidence)
    assert "size" in found.text


def test_an_error_is_better_when_small():
    """The same figures, read the other way round."""
    low = performed("no_labels", estimate=estimated(0.80), greater=False)
    high = performed("no_labels", estimate=estimated(1.00), greater=False)
    assert ask(drift=drifted("size"), performance=low).kind == "benign_data_drift"
    assert ask(drift=drifted("size"), performance=high).kind == "harmful_data_drift"


@pytest.mark.parametrize(
    ("performance", "kind", "confidence"),
    [
        (performed("steady"), "healthy", "high"),
        (performed("no_labels", estimate=estimated(0.89)), "healthy", "medium"),
        (performed("too_few_labels", estimate=estimated(0.89)), "healthy", "medium"),
        (performed("dropped"), "not_enough_evidence", "low"),
        (performed("not_joinable", estimate=estimated(0.89)), "not_enough_evidence", "high"),
        (performed("no_labels"), "not_enough_evidence", "medium"),
        (performed("no_labels", estimate=estimated(0.80)), "not_enough_evidence", "medium"),
    ],
)
def test_when_nothing_moved(performance, kind, confidence):
    """Healthy where labels or an estimate say so; else it is not known."""
    found = ask(performance=performance)
    assert (found.kind, found.confidence) == (kind, confidence)
    assert "ROC AUC" in found.text


def test_before_the_first_champion_nothing_is_known():
    """Also when the batch is sound."""
    found = diagnose(validated(), None, None, None)
    assert (found.kind, found.text) == ("not_enough_evidence", "There is no champion to judge yet.")


performances = st.none() | st.builds(
    performed,
    st.sampled_from(["steady", "dropped", "too_few_labels", "no_labels", "not_joinable"]),
    estimate=st.none()
    | st.builds(estimated, st.floats(0, 1), st.sampled_from(["estimated", "outside_reference", "not_estimable"])),
    greater=st.booleans(),
)
concepts = st.none() | st.builds(
    examined,
    audit=st.none() | st.just(audited()) | st.builds(audited, st.builds(held), capped=st.booleans()),
    ongoing=st.booleans(),
    change=st.none() | st.builds(changed, after=st.floats(0, 3)),
    test=st.none() | st.builds(compared, st.none() | st.floats(0, 1), st.none() | st.floats(-1, 1)),
    local=st.lists(
        st.builds(
            part,
            origin=st.sampled_from(["all", "declared", "category", "tree"]),
            now=st.floats(0, 3),
            elsewhere=st.none() | st.floats(-1, 1),
        ),
        max_size=4,
    ).map(tuple),
)


@settings(max_examples=300, deadline=timedelta(seconds=5))
@given(
    validation=st.builds(validated, st.sampled_from(["passed", "rejected"])),
    drift=st.none() | st.lists(st.sampled_from("abcd"), max_size=4, unique=True).map(lambda names: drifted(*names)),
    performance=performances,
    concept=concepts,
)
def test_any_combination_has_an_answer_with_its_advice(
    validation: ValidationResult,
    drift: DriftResult | None,
    performance: PerformanceResult | None,
    concept: ConceptResult | None,
):
    """Total and deterministic; only what was seen is claimed."""
    found = diagnose(validation, drift, performance, concept)
    assert found == diagnose(validation, drift, performance, concept)
    assert found.text
    assert found.advice == ADVICE[found.kind]
    assert (found.kind == "broken_feed") == (validation.verdict == "rejected")
    if found.kind in ("concept_drift", "local_concept_drift", "suspect_labels"):
        assert concept is not None
    if found.kind in ("harmful_data_drift", "benign_data_drift"):
        assert drift is not None
        assert drift.drifted
    if found.kind == "healthy":
        assert performance is not None
        assert performance.verdict != "dropped"


def recovered(share):
    """Report what a fresh model takes back of a rise of the error."""
    return Recovery(share=share, labels=30, text=f"A fresh model takes back {share:.0%}.")


def test_errors_that_nobody_can_learn_are_no_new_relation():
    """Whatever the test and the change point say: training on noise copies it."""
    seen = {"test": compared(), "change": changed()}
    noise = ask(concept=examined(recovery=recovered(0.1), **seen))
    assert (noise.kind, noise.confidence, noise.since) == ("suspect_labels", "medium", SINCE)
    assert "A fresh model takes back 10%." in noise.evidence
    assert noise.advice.startswith("Ask what happened then that no feature tells")
    assert noise.advice.endswith("do not retrain on them.")
    relation = ask(concept=examined(recovery=recovered(0.9), **seen))
    assert relation.kind == "concept_drift"
    assert "A fresh model takes back 90%." in relation.evidence
    assert ask(concept=examined(**seen)).kind == "concept_drift"


@pytest.mark.parametrize(
    ("share", "margin", "kind"),
    [
        (0.9, 0.05, "concept_drift"),
        (0.1, 0.05, "suspect_labels"),
        (0.4, 0.05, "not_enough_evidence"),
        (0.9, 0.07, "not_enough_evidence"),
        (None, 0.05, "not_enough_evidence"),
    ],
)
def test_a_clear_drop_is_told_by_what_can_be_learned(share, margin, kind):
    """On the first few labels, long before older ones let a test see it; a drop that may be chance stays open."""
    concept = examined(recovery=None if share is None else recovered(share), test=compared(0.2))
    found = ask(performance=performed("dropped", margin=margin), concept=concept)
    assert found.kind == kind
    assert found.confidence in ("medium", "low")


def test_a_target_that_moves_alone_is_no_data_drift():
    """The inputs stayed: what the labels say is a matter of the relation, or of themselves."""
    moved = drifted("late")
    columns = tuple(
        column.model_copy(update={"role": "target"}) if column.column == "late" else column for column in moved.columns
    )
    alone = moved.model_copy(update={"columns": columns})
    assert ask(drift=alone).kind == "healthy"
    noisy = examined(recovery=recovered(0.1), test=compared(0.2))
    assert ask(drift=alone, performance=performed("dropped", margin=0.05), concept=noisy).kind == "suspect_labels"


@pytest.mark.parametrize(("outside", "kind"), [(0.1, "concept_drift"), (0.6, "harmful_data_drift")])
def test_rows_where_no_model_was_before_say_nothing_of_the_old_relation(outside, kind):
    """Beans of an unknown size follow a law that nobody knows: moved inputs, not a changed relation."""
    overlap = Overlap(effective_rows=100, outside=outside, imbalance=0.0, poor=outside > 0.05, text="")
    split = Attribution(verdict="uncertain", metric="mae", greater_is_better=False, overlap=overlap, text="Uncertain.")
    concept = examined(test=compared(), change=changed(), recovery=recovered(0.9), attribution=split)
    found = ask(drift=drifted("size"), performance=performed("dropped", margin=0.05), concept=concept)
    assert found.kind == kind
    assert ask(performance=performed("dropped", margin=0.05), concept=concept).kind == "concept_drift"
