"""What is written to MLflow."""

import math
import re
from datetime import timedelta

import pytest
from mlflow.utils.validation import _validate_batch_log_limits, _validate_metric_name

from include.retraining.results.run import Delays, LabelMaturity
from include.retraining.results.search import Attempt, Search
from include.retraining.tracking import content
from tests.report import diagnosed, samples
from tests.report.samples import changed, comparison, first, quiet, rejected, retrained, training, week


@pytest.mark.parametrize(
    "outcome", [retrained(), quiet(), rejected(), first()], ids=["drop", "quiet", "rejected", "first"]
)
def test_figures_are_numbers(outcome):
    """Every figure of every path is finite; one that does not exist is not sent."""
    figures = content.outcome_figures(outcome)
    assert figures["data/rows"] == 6739
    assert all(math.isfinite(value) for value in figures.values())
    assert ("performance/roc_auc" in figures) == (outcome.performance is not None)
    assert ("challenger/gain" in figures) == (outcome.champion_id is not None and outcome.comparison is not None)


def test_figures_that_are_not_finite_are_left_out():
    """Neither NaN nor infinity is ever sent."""
    found = content.metrics({"a": math.nan, "b": math.inf, "c": 0.5}, week(0))
    assert [metric.key for metric in found] == ["c"]


def test_steps_are_days_or_minutes():
    """Weeks are days apart; hours of one day have steps of their own, and the time is the end of the data."""
    (weekly,) = content.metrics({"a": 1.0}, week(0))
    assert weekly.step == 15796
    assert weekly.timestamp == int(week(0).end.timestamp() * 1000)
    hour = week(0).model_copy(update={"end": week(0).start + timedelta(hours=1)})
    (hourly,) = content.metrics({"a": 1.0}, hour)
    assert hourly.step == 15796 * 24 * 60


@pytest.mark.parametrize(
    "name", ["plain", "a/b", "../up", "Größe (cm)", "x'; drop--", " . ", "", "n" * 400, "<b>", "price\n€"]
)
def test_columns_can_be_called_anything(name):
    """Whatever a column is called, MLflow takes its figure."""
    drift = samples.drift().model_copy(
        update={"columns": (samples.drift().columns[0].model_copy(update={"column": name}),)}
    )
    for figure in content.outcome_figures(changed(retrained(), drift=drift)):
        _validate_metric_name(figure)


def test_wide_models_fit_into_one_request():
    """A thousand columns stay within MLflow's limit for a batch."""
    columns = tuple(samples.drift().columns[0].model_copy(update={"column": f"c{n}"}) for n in range(1000))
    outcome = changed(retrained(), drift=samples.drift().model_copy(update={"columns": columns}))
    metrics = content.metrics(content.outcome_figures(outcome), week(0))
    tags = content.outcome_tags(outcome)
    _validate_batch_log_limits(metrics, [], list(tags))
    assert sum(metric.key.startswith("drift_effect/") for metric in metrics) == 500


def test_tags_say_what_was_decided_and_lead_back():
    """Decision, reasons, champion, data and the Airflow run; nothing empty, nothing longer than allowed."""
    tags = content.outcome_tags(retrained())
    assert tags["retraining.decision"] == "retrain"
    assert tags["retraining.data_sha256"] == samples.SHA
    assert tags["airflow.url"] == samples.LAUNCH.url
    assert "Airflow run" in tags["mlflow.note.content"]
    assert "retraining.champion_version" not in content.outcome_tags(first())
    long = retrained().decision.model_copy(
        update={
            "reasons": tuple(reason.model_copy(update={"text": "ü" * 9000}) for reason in retrained().decision.reasons)
        }
    )
    assert all(
        0 < len(value.encode()) <= 8000 for value in content.outcome_tags(changed(retrained(), decision=long)).values()
    )


def test_version_describes_itself():
    """Window, rows, data, reasons and holdout figure stand on the version, with a comparison later."""
    tags = content.version_tags(training(), week(17), retrained().decision.reasons)
    assert tags["retraining.training_window"] == "2013-04-01 to 2013-08-05"
    assert tags["retraining.holdout_roc_auc"] == "0.7489"
    assert re.match("ROC AUC on 6,120 labels", tags["retraining.reasons"])
    assert "held out 2013-07-22 to 2013-08-05" in content.version_description(training(), ())
    assert "retraining.gain" not in content.comparison_tags(comparison().model_copy(update={"difference": None}))


def test_training_is_described_by_parameters_and_figures():
    """What a training was done with, and how it went."""
    assert content.training_parameters(training())["learning_rate"] == "0.08"
    figures = content.training_figures(training())
    assert figures["holdout/roc_auc"] == pytest.approx(0.7489)
    assert figures["training/seconds"] == pytest.approx(8.31)


def test_dataset_names_its_window_and_digest():
    """Lineage shows the head of the sha256 and keeps all of it."""
    found = content.dataset(week(0), samples.SHA, "training", {"num_rows": 3})
    assert found.dataset.name == "2013-04-01 to 2013-04-08"
    assert samples.SHA.startswith(found.dataset.digest)
    assert samples.SHA in found.dataset.source
    assert [tag.value for tag in found.tags] == ["training"]


def test_diagnosis_is_tagged_and_its_figures_sent():
    """Runs can be filtered by what was the matter; estimate, gap, held labels and causes are figures."""
    tags = content.outcome_tags(diagnosed.local_concept())
    assert tags["retraining.diagnosis"] == "local_concept_drift"
    assert tags["retraining.diagnosis_confidence"] == "high"
    assert tags["retraining.diagnosis_segment"] == "origin = Ethiopia"
    figures = content.outcome_figures(diagnosed.local_concept())
    assert figures["estimated/roc_auc"] == pytest.approx(0.7401)
    assert figures["estimated/gap"] == pytest.approx(-0.0412)
    assert figures["attribution/concept"] == pytest.approx(-0.039)
    assert content.outcome_figures(diagnosed.suspect_labels())["labels/held"] == 118
    assert "retraining.diagnosis_segment" not in content.outcome_tags(diagnosed.healthy())


def test_an_unreliable_estimate_is_not_sent():
    """Where rows lie outside the reference only their share is a figure."""
    outside = diagnosed.estimated(0.7).model_copy(update={"verdict": "outside_reference"})
    figures = content.outcome_figures(changed(quiet(), performance=diagnosed.steady(estimated=outside)))
    assert "estimated/roc_auc" not in figures
    assert figures["estimated/outside_reference"] == pytest.approx(0.012)


def test_where_predictions_stand_is_sent():
    """Counts, the share labelled, and the usual delay; what is not known is left out."""
    found = LabelMaturity(
        since=week(0).start, pending=10, joined=3, matured=1, orphaned=0, excluded=2,
        delays=Delays(median=7.0, most=8.0, longest=9.0),
    )  # fmt: skip
    figures = content.outcome_figures(changed(quiet(), maturity=found))
    assert (figures["labels/pending"], figures["labels/share"], figures["labels/delay_days"]) == (10, 0.75, 7.0)
    none = found.model_copy(update={"joined": 0, "matured": 0, "delays": None})
    assert not {"labels/share", "labels/delay_days"} & set(content.outcome_figures(changed(quiet(), maturity=none)))


def test_a_search_and_a_parent_are_parameters_of_the_training():
    """What was found beside what was declared; nothing of either where there was none."""
    attempts = (
        Attempt(params={"max_depth": 3}, rows=900, score=0.7),
        Attempt(params={"max_depth": 9}, rows=300, score=None, error="memory"),
    )
    found = Search(params={"max_depth": 3}, attempts=attempts, rows=900, stopped=True, seconds=61.23)
    plain = content.training_parameters(training())
    told = content.training_parameters(training().model_copy(update={"search": found, "parent_id": "old"}))
    assert {name: told[name] for name in told.keys() - plain.keys()} == {
        "parent": "old",
        "search.found": "{'max_depth': 3}",
        "search.tried": "1",
        "search.combinations": "2",
        "search.stopped_by_time": "True",
        "search.seconds": "61.2",
    }


def test_guardrails_are_tagged_and_their_figures_sent():
    """Versions can be filtered by what they break; size and time stand with the training, limits or not."""
    tags = content.comparison_tags(samples.refused().comparison)
    assert tags["retraining.guardrail_segments"].startswith("broken: In 1 of 3 segments")
    assert tags["retraining.guardrail_classes"] == "not judged: Not judged."
    figures = content.outcome_figures(samples.refused())
    assert figures["guardrail/broken"] == 1
    assert figures["guardrail/worst_segment_gain"] == pytest.approx(-0.081)
    assert figures["guardrail/size"] == 1_234_567
    figures = content.training_figures(training())
    assert (figures["model/bytes"], figures["model/seconds_per_1000_rows"]) == (1_234_567, pytest.approx(0.0123))
    assert "model/bytes" not in content.training_figures(training().model_copy(update={"cost": None}))
