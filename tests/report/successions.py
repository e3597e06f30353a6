"""Changes of champions as reports show them."""

from datetime import timedelta

from include.retraining.results.outcome import Outcome
from include.retraining.results.succession import Approval, Promotion, Ruling, SuccessionKind, Watch
from include.retraining.results.training import Reason
from tests.report.samples import changed, estimate, quiet, retrained, week


def entry(
    number: int, training_id: str, previous_id: str | None, kind: SuccessionKind = "promotion", by: str = "automatic"
) -> Promotion:
    """One entry of the ledger; the version has the training's last character."""
    return Promotion(
        number=number,
        kind=kind,
        effective=week(number).end,
        interval=week(number),
        training_id=training_id,
        previous_id=previous_id,
        version=training_id[-1],
        reasons=(Reason(code="why", text="the figures spoke for it."),),
        decided_by=by,
        decided_at=week(number).end + timedelta(hours=2),
    )


def ledger() -> tuple[Promotion, ...]:
    """Two promotions, the second by a person, and its rollback."""
    return (
        entry(1, "training-1", None),
        entry(9, "training-3", "training-1", by="ann"),
        entry(17, "training-1", "training-3", kind="rollback"),
    )


def watch(*, lost: bool = True) -> Watch:
    """The new champion beside the one before."""
    return Watch(
        champion_id="training-3",
        previous_id="training-1",
        since=week(9).end,
        look=3,
        looks=8,
        rows=5800,
        metric="roc_auc",
        champion=0.69,
        previous=0.72,
        difference=estimate(-0.03 if lost else 0.01),
        verdict="lost" if lost else "holds",
        text="on the same 5,800 rows the champion lost" if lost else "on the same 5,800 rows the champion holds",
    )


def rolled_back() -> Outcome:
    """A quiet week whose champion lost to the one before."""
    decision = quiet().decision.model_copy(update={"action": "rollback"})
    return changed(quiet(), decision=decision, watch=watch(), ruling=Ruling(entry=ledger()[-1]))


def outrun() -> Outcome:
    """A champion that lost, but was replaced by somebody else meanwhile."""
    return changed(rolled_back(), ruling=superseded())


def superseded() -> Ruling:
    """Another change came first."""
    return Ruling(entry=None, refusal=Reason(code="superseded", text="somebody else reigns by now."))


def answered(verdict: str, by: str | None) -> Outcome:
    """A better challenger, and what a person said."""
    approval = Approval.model_validate(
        {"challenger_id": "c", "verdict": verdict, "by": by, "at": week(18).start, "comment": "seen"}
    )
    return changed(retrained(), approval=approval, promoted=verdict == "approved")
