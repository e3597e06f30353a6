"""Between steps 8 and 9, where a model asks for it: a person has the last word on a promotion."""

from collections.abc import Mapping
from typing import Any

from include.retraining.errors import DataError
from include.retraining.report.approval import approval_question
from include.retraining.results.run import Run
from include.retraining.results.succession import Approval
from include.retraining.results.training import Comparison, Decision, Training
from include.retraining.steps.succession import tracker_of
from include.retraining.steps.workplace import TRAINING_FILE, Workplace

APPROVAL_FILE = "approval.json"
APPROVE = "Approve"  # the answer, as Airflow's approval task gives it


def question(workplace: Workplace, run: Run) -> dict[str, str] | None:
    """Ask whether the better challenger of a run shall be promoted, as `subject` and Markdown `body`.

    None where nobody is to be asked: the model file does not want it, or the promotion stands in the ledger already,
    so that the rerun of an approved interval asks nobody twice.
    """
    folder, spec = workplace.of(run), workplace.spec
    training = folder.read_record(TRAINING_FILE, Training)
    written = [
        entry
        for entry in workplace.ledger.entries()
        if (entry.kind, entry.interval, entry.training_id) == ("promotion", run.interval, training.training_id)
    ]
    if spec.promotion.approval == "automatic" or written:
        return None
    tracker, links = tracker_of(workplace), {}
    version = None
    if tracker is not None:
        version = tracker.version_of(training.training_id)
        links = {
            "Interval in MLflow": tracker.run_url(tracker.interval_run(run.interval, run.label)),
            "Challenger in MLflow": tracker.model_url(version) if version else None,
        }
    champion = workplace.champion(run)
    return approval_question(
        spec,
        run.interval,
        decision=folder.read_record("decision.json", Decision),
        training=training,
        comparison=folder.read_record("comparison.json", Comparison),
        versions=(champion.version if champion else None, version),
        links={name: address for name, address in links.items() if address},
    )


def note_answer(workplace: Workplace, run: Run, answer: Mapping[str, Any] | None) -> Approval:
    """Keep the answer of Airflow's approval task with the run.

    Raises
    ------
    DataError
        When the task ended without an answer, as when somebody marked it as successful.
    """
    folder = workplace.of(run)
    if not answer or not answer.get("chosen_options"):
        message = (
            "the task `approve` ended without an answer, so nobody can be named who approved; clear it and answer it "
            "in Airflow under Required Actions"
        )
        raise DataError(message)
    user = answer.get("responded_by_user") or {}
    approved = answer["chosen_options"] == [APPROVE]
    by = user.get("name") or user.get("id")
    approval = Approval(
        challenger_id=folder.read_record(TRAINING_FILE, Training).training_id,
        verdict="timed_out" if by is None else "approved" if approved else "rejected",
        by=by,
        at=answer["responded_at"],
        comment=str((answer.get("params_input") or {}).get("comment") or ""),
    )
    folder.write_record(APPROVAL_FILE, approval)
    return approval


def answer_to(workplace: Workplace, run: Run, challenger_id: str) -> Approval | None:
    """What was answered about this challenger, if anybody was asked."""
    folder = workplace.of(run)
    if not folder.exists(APPROVAL_FILE):
        return None
    approval = folder.read_record(APPROVAL_FILE, Approval)
    return approval if approval.challenger_id == challenger_id else None
