"""A person has the last word: what is asked, what the answer changes, and that nobody is asked twice."""

from typing import Any

import pytest

from include.retraining.errors import DataError
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Launch, Run
from include.retraining.results.succession import Approval
from include.retraining.results.training import Comparison, Training
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.approval import answer_to, note_answer, question
from include.retraining.steps.check_data_drift import check_data_drift
from include.retraining.steps.check_performance import check_performance
from include.retraining.steps.decide import decide
from include.retraining.steps.evaluate import evaluate
from include.retraining.steps.extract import extract
from include.retraining.steps.promote import promote
from include.retraining.steps.report import report
from include.retraining.steps.score import score
from include.retraining.steps.train import train
from include.retraining.steps.validate import validate
from include.retraining.steps.workplace import Workplace
from tests.steps.reigns import brisk
from tests.world import interval_of

ANN = {"id": "7", "name": "ann"}


@pytest.fixture
def spec(spec: ModelSpec) -> ModelSpec:
    """A model whose challengers a person approves."""
    return brisk(spec).model_copy(update={"promotion": spec.promotion.model_copy(update={"approval": "human"})})


def to_the_question(workplace: Workplace, day: int = 10) -> Run:
    """Take a day through all steps up to the evaluation."""
    run = extract(workplace, interval_of(day), Launch(kind="scheduled"))
    for step in (validate, score, check_data_drift, check_performance, decide, train):
        step(workplace, run)
    assert evaluate(workplace, run)
    return run


def answer(chosen: str, by: dict[str, str] | None, comment: str = "") -> dict[str, Any]:
    """What Airflow's approval task leaves in XCom."""
    return {
        "chosen_options": [chosen],
        "params_input": {"comment": comment},
        "responded_at": "2024-01-12T08:30:00+00:00",
        "responded_by_user": by,
    }


def outcome_of(workplace: Workplace, run: Run) -> tuple[dict[str, Any], Outcome, str]:
    """Report; gives what operators read first, the outcome and the page."""
    summary = report(workplace, run)
    folder = workplace.of(run)
    return summary, folder.read_record("outcome.json", Outcome), folder.read_bytes("report.html").decode()


def test_the_question_shows_the_evidence(workplace: Workplace) -> None:
    """Figures with intervals and rows, why it was trained and on what, and what no answer means."""
    run = to_the_question(workplace)
    asked = question(workplace, run)
    assert asked is not None
    comparison = workplace.of(run).read_record("comparison.json", Comparison)
    assert asked["subject"].startswith("roast: promote ")
    assert "| MAE on" in asked["body"]
    assert f"{comparison.rows:,} holdout rows" in asked["body"]
    assert "No champion reigns over this interval" in asked["body"]
    assert "no answer within 1d" in asked["body"]


def test_an_approved_challenger_names_who_approved(workplace: Workplace) -> None:
    """The ledger's entry has the name; the rerun of the interval asks nobody and promotes nothing again."""
    run = to_the_question(workplace)
    approval = note_answer(workplace, run, answer("Approve", ANN, "looks good"))
    assert (approval.verdict, approval.by, approval.comment) == ("approved", "ann", "looks good")
    assert promote(workplace, run)["in_force"]
    entry = workplace.ledger.latest()
    assert entry is not None
    assert entry.decided_by == "ann"
    summary, outcome, page = outcome_of(workplace, run)
    assert summary["promoted"]
    assert outcome.approval == approval
    assert "Approved by ann, 2024-01-12 08:30 UTC: “looks good”" in page
    again = to_the_question(workplace)
    assert question(workplace, again) is None
    promote(workplace, again)
    assert workplace.ledger.entries() == (entry,)


@pytest.mark.parametrize(
    ("given", "verdict", "headline", "said"),
    [
        (answer("Reject", ANN, "not on a Friday"), "rejected", "rejected by ann", "Rejected by ann"),
        (answer("Reject", None), "timed_out", "nobody approved it in time", "Nobody answered in time"),
    ],
)
def test_without_approval_the_champion_stays(
    workplace: Workplace, given: dict[str, Any], verdict: str, headline: str, said: str
) -> None:
    """A rejection and a time-out are recorded with the moment, and the report says so; a rerun asks again."""
    run = to_the_question(workplace)
    assert note_answer(workplace, run, given).verdict == verdict
    summary, outcome, page = outcome_of(workplace, run)
    assert headline in summary["headline"]
    assert not outcome.promoted
    assert outcome.approval is not None
    assert said in page
    assert workplace.ledger.entries() == ()
    assert question(workplace, run) is not None


def test_a_task_marked_as_done_is_no_answer(workplace: Workplace) -> None:
    """Whoever marks the task as successful is asked to answer it."""
    run = to_the_question(workplace)
    with pytest.raises(DataError, match="clear it and answer it"):
        note_answer(workplace, run, None)


def test_an_answer_about_another_challenger_does_not_count(workplace: Workplace) -> None:
    """An approval belongs to the very model that was shown."""
    run = to_the_question(workplace)
    note_answer(workplace, run, answer("Approve", ANN))
    training = workplace.of(run).read_record("training.json", Training)
    assert isinstance(answer_to(workplace, run, training.training_id), Approval)
    assert answer_to(workplace, run, "another") is None


def test_nobody_is_asked_where_the_model_file_does_not_want_it(workplace: Workplace) -> None:
    """`approval: automatic` promotes by itself."""
    run = to_the_question(workplace)
    promotion = workplace.spec.promotion.model_copy(update={"approval": "automatic"})
    automatic = Workplace(workplace.spec.model_copy(update={"promotion": promotion}), workplace.folder, None)
    assert question(automatic, run) is None
