"""A change of champions as one transaction: the ledger first, then all that follows it."""

import logging
from typing import TYPE_CHECKING, Any

from include.retraining.data.ledger import before, reigning, rolled_back
from include.retraining.errors import SupersededError
from include.retraining.results.run import Run
from include.retraining.results.succession import Promotion, Ruling
from include.retraining.results.training import Comparison, Reason
from include.retraining.steps.workplace import Workplace

if TYPE_CHECKING:
    from include.retraining.tracking import Tracker

RULING_FILE = "ruling.json"
RECENT_ENTRIES = 3  # of the ledger, whose versions are looked at in each run: who came, who went, and one before
_LOG = logging.getLogger(__name__)


def enact(workplace: Workplace, run: Run, draft: Promotion) -> dict[str, Any]:
    """Write a draft to the ledger, then let MLflow follow; returns what an asset event tells.

    The ledger's entry is the one moment at which the champion changes. All before it leaves no trace, all after it
    can be done again: a crash in between is mended by the next try, or by the next run's `reconcile`.
    A draft against a champion that has changed meanwhile is refused, and the refusal recorded.
    """
    tracker, link = tracker_of(workplace), None
    if tracker is not None:
        version = tracker.version_of(draft.training_id)
        link = tracker.model_url(version) if version else None
        draft = draft.model_copy(update={"version": version})
    try:
        ruling = Ruling(entry=workplace.ledger.append(draft))
    except SupersededError as error:
        ruling = Ruling(entry=None, refusal=Reason(code="superseded", text=str(error), veto=True))
    workplace.of(run).write_record(RULING_FILE, ruling)
    if tracker is not None:
        reconcile(workplace, tracker)
    latest = workplace.ledger.latest()
    return {
        "model": run.model,
        "kind": draft.kind,
        "number": ruling.entry.number if ruling.entry else None,
        "in_force": ruling.entry is not None and ruling.entry == latest,
        "version": draft.version,
        "training_id": draft.training_id,
        "interval_start": run.interval.start.isoformat(),
        "interval_end": run.interval.end.isoformat(),
        "text": ruling.refusal.text if ruling.refusal else "",
        "mlflow_url": link,
    }


def tracker_of(workplace: Workplace) -> "Tracker | None":
    """MLflow's side of a model; None where tracking is switched off."""
    if workplace.tracking_uri is None:
        return None
    from include.retraining.tracking import Tracker

    return Tracker(workplace.spec.name, workplace.tracking_uri)


def reconcile(workplace: Workplace, tracker: "Tracker") -> None:
    """Let MLflow's aliases and the versions' own words follow the ledger.

    Every run does this, so that what a crash or an outage of MLflow left undone is mended. When the ledger grew
    meanwhile it is done again: whoever sets an alias last has looked at the ledger after the last entry came.
    """
    while entries := workplace.ledger.entries():
        champion = reigning(entries)
        assert champion is not None  # noqa: S101 - there are entries
        version = tracker.version_of(champion.training_id)
        if version is None:
            _LOG.warning(
                "MLflow holds no version of the champion %s of %s (ledger entry %d); its aliases stay as they are. "
                "Run its interval again to register it.",
                champion.training_id, workplace.spec.name, champion.number,
            )  # fmt: skip
            return
        previous = before(entries, champion)
        tracker.set_aliases(version, tracker.version_of(previous) if previous else None)
        concerned = {name for entry in entries[-RECENT_ENTRIES:] for name in (entry.training_id, entry.previous_id)}
        for training_id in sorted(name for name in concerned if name):
            tracker.describe_standing(training_id, entries)
        if workplace.ledger.head() == entries[-1].number:
            return


def without_return(workplace: Workplace, run: Run, comparison: Comparison) -> Comparison:
    """Keep a challenger that was champion and rolled back from coming back by itself, with the same content.

    A rerun of the interval that once promoted it decides as it did then: the ledger has its entry already.
    """
    rollback = rolled_back(workplace.ledger.entries(run.ledger), comparison.challenger_id)
    if rollback is None or not comparison.promote:
        return comparison
    if rollback.effective > run.interval.end or (rollback.effective == run.interval.end and run.launch.is_plain):
        return comparison
    text = (
        f"This very model (same rows, trainer and parameters) was champion and rolled back, effective "
        f"{rollback.effective:%Y-%m-%d %H:%M} UTC (ledger entry {rollback.number}); it does not come back by itself."
    )
    reason = Reason(code="rolled_back_before", text=text, veto=True)
    return comparison.model_copy(update={"promote": False, "reasons": (*comparison.reasons, reason)})
