"""Step 9: make the challenger champion."""

from typing import TYPE_CHECKING, Any

from include.retraining.results import Comparison, Run, Training
from include.retraining.steps.workplace import TRAINING_FILE, Workplace

if TYPE_CHECKING:
    from include.retraining.tracking import Tracker


def promote(workplace: Workplace, run: Run) -> dict[str, Any]:
    """Write the promotion to the ledger, then let MLflow's aliases follow it.

    The ledger comes first and both are idempotent, so a crash between them is mended by the next try.
    A rerun of an old interval never takes the alias from a newer champion: aliases follow the ledger's last entry.
    """
    folder = workplace.of(run)
    training = folder.read_record(TRAINING_FILE, Training)
    comparison = folder.read_record("comparison.json", Comparison)
    version = link = None
    if workplace.tracking_uri is not None:
        from include.retraining.tracking import Tracker

        tracker = Tracker(run.model, workplace.tracking_uri)
        version = tracker.version_of(training.training_id)
        link = tracker.model_url(version) if version else None
    promotion = workplace.ledger.append(
        effective=run.interval.end,
        interval=run.interval,
        training_id=training.training_id,
        previous_id=comparison.champion_id,
        version=version,
        reasons=comparison.reasons,
        decided_by=run.launch.run_id or run.launch.kind,
    )
    folder.write_record("promotion.json", promotion)
    if workplace.tracking_uri is not None:
        follow_ledger(tracker, workplace)
    return {
        "model": run.model,
        "version": version,
        "training_id": training.training_id,
        "interval_start": run.interval.start.isoformat(),
        "interval_end": run.interval.end.isoformat(),
        "mlflow_url": link,
    }


def follow_ledger(tracker: "Tracker", workplace: Workplace) -> None:
    """Point MLflow's aliases at the last entry of the ledger."""
    versions = {entry.training_id: entry.version for entry in workplace.ledger.entries()}
    latest = workplace.ledger.latest()
    if latest is not None and latest.version is not None:
        tracker.set_aliases(latest.version, versions.get(latest.previous_id or ""))
