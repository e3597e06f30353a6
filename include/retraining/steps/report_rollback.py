"""The report of a run by which a person rolled back: no batch, no figures, but who, from what, to what."""

from typing import Any

from include.retraining.report.html import render_rollback
from include.retraining.report.ledger_section import rollback_headline
from include.retraining.results.run import Run
from include.retraining.results.succession import Promotion, Ruling
from include.retraining.steps.roll_back import PLAN_FILE
from include.retraining.steps.succession import RULING_FILE, reconcile, tracker_of
from include.retraining.steps.workplace import Workplace


def report_rollback(workplace: Workplace, run: Run) -> dict[str, Any]:
    """Write the page beside the run; returns what an operator reads first."""
    folder, tracker = workplace.of(run), tracker_of(workplace)
    asked = folder.read_record(PLAN_FILE, Promotion)
    ruling = None if run.launch.dry_run else folder.read_record(RULING_FILE, Ruling)
    links = {"Airflow run": run.launch.url} if run.launch.url else {}
    page_url = None
    if tracker is not None:
        reconcile(workplace, tracker)
        version = tracker.version_of(asked.training_id)
        page_url = tracker.model_url(version) if version else None
        links |= {"Model in MLflow": page_url} if page_url else {}
    page = render_rollback(run.model, asked, ruling, ledger=workplace.ledger.entries(), links=links)
    folder.write_bytes("report.html", page.encode())
    reasons = (ruling.refusal,) if ruling and ruling.refusal else asked.reasons
    return {
        "headline": rollback_headline(asked, ruling),
        "interval": str(run.interval),
        "reasons": [reason.text for reason in reasons],
        "promoted": False,
        "mlflow_url": page_url,
    }
