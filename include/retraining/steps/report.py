"""Step 10, on every path: put the interval into one record, one page and one MLflow run."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from include.retraining.data.store import Folder
from include.retraining.decision import decide as decide_on
from include.retraining.diagnosis import diagnose
from include.retraining.errors import StoreError
from include.retraining.report.html import render_report
from include.retraining.report.words import headline
from include.retraining.results.concept import ConceptResult
from include.retraining.results.diagnosis import Diagnosis
from include.retraining.results.drift import DriftResult
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.probe import Probe
from include.retraining.results.run import Interval, LabelMaturity, Run, Snapshot
from include.retraining.results.succession import Ruling
from include.retraining.results.training import Comparison, Decision, Training
from include.retraining.results.validation import ValidationResult
from include.retraining.steps.approval import answer_to
from include.retraining.steps.probe import PROBE_FILE
from include.retraining.steps.report_rollback import report_rollback
from include.retraining.steps.succession import RULING_FILE, reconcile
from include.retraining.steps.workplace import LIST_FILE, TRAINING_FILE, Workplace

_RECORDS = (
    *("validation", "expectations", "drift", "performance", "concept", "diagnosis", "decision", "comparison"),
    *("maturity", "approval", "ruling", "watch"),
)
EVIDENCE = tuple(f"{name}.json" for name in _RECORDS)
PAST_INTERVALS = 12  # whose drift is shown beside this interval's: a quarter of weeks


def report(workplace: Workplace, run: Run) -> dict[str, Any]:
    """Write outcome and report to the store and log both to MLflow; returns what an operator reads first."""
    if run.launch.rollback:
        return report_rollback(workplace, run)
    folder = workplace.of(run)
    tracker = run_id = None
    links = {"Airflow run": run.launch.url} if run.launch.url else {}
    if workplace.tracking_uri is not None:
        from include.retraining.tracking import Tracker

        tracker = Tracker(run.model, workplace.tracking_uri)
        run_id = tracker.interval_run(run.interval, run.label)
    outcome = _outcome(workplace, run, tracker)
    if tracker is not None and run_id is not None:
        links |= {"MLflow run": tracker.run_url(run_id) or ""}
    history = workplace.history(run.interval.start)
    past_drift = _past_drift(workplace, history, outcome)
    page = render_report(outcome, history, links=links, past_drift=past_drift, ledger=workplace.ledger.entries())
    folder.write_bytes("report.html", page.encode())
    folder.write_record("outcome.json", outcome)
    point = HistoryPoint.of(outcome, run.folder)
    workplace.folder.child("history").write_record(f"{run.interval.key}--{run.label}.json", point)
    if tracker is not None and run_id is not None:
        tracker.log_outcome(run_id, outcome, page, _evidence(folder, outcome))
        if outcome.comparison is not None and outcome.challenger_version is not None:
            tracker.describe_comparison(outcome.challenger_version, outcome.comparison)
        reconcile(workplace, tracker)
    return {
        "headline": headline(outcome),
        "interval": str(run.interval),
        "reasons": [reason.text for reason in outcome.decision.reasons],
        "promoted": outcome.promoted,
        "mlflow_url": links.get("MLflow run"),
    }


def _evidence(folder: Folder, outcome: Outcome) -> dict[str, bytes]:
    """What stands beside the report: records, and the list of labels to be made again if any are asked for."""
    names = [name for name in EVIDENCE if folder.exists(name)]
    if outcome.concept is not None and any(found.asked for found in outcome.concept.findings):
        names.append(LIST_FILE)
    return {name: folder.read_bytes(name) for name in names}


def _past_drift(
    workplace: Workplace, history: Sequence[HistoryPoint], outcome: Outcome
) -> list[tuple[Interval, DriftResult]]:
    """Drift of the last intervals, where it was measured, and against the reference that holds now."""
    if outcome.drift is None:
        return []
    last = {point.interval: point for point in history[-PAST_INTERVALS:] if point.champion_id == outcome.champion_id}
    found = []
    for interval, point in last.items():
        with suppress(StoreError):  # no drift was examined, or an older version wrote the file
            found.append((interval, workplace.folder.child(point.folder).read_record("drift.json", DriftResult)))
    return found


def _outcome(workplace: Workplace, run: Run, tracker: Any) -> Outcome:
    folder, champion = workplace.of(run), workplace.champion(run)
    validation = folder.read_record("validation.json", ValidationResult)
    sound = validation.verdict == "passed"
    checked = sound and champion is not None
    if sound:
        decision = folder.read_record("decision.json", Decision)
        diagnosis = folder.read_record("diagnosis.json", Diagnosis)
    else:  # the flow came straight from validation
        decision = decide_on(
            workplace.spec, run, validation=validation,
            drift=None, performance=None, champion=champion, history=(),
        )  # fmt: skip
        diagnosis = diagnose(validation, None, None, None)
    trained = decision.action == "retrain"
    training = folder.read_record(TRAINING_FILE, Training) if trained else None
    comparison = folder.read_record("comparison.json", Comparison) if trained else None
    better = comparison is not None and comparison.promote and not run.launch.dry_run
    approval = answer_to(workplace, run, training.training_id) if better and training else None
    agreed = better and (approval is None or approval.verdict == "approved")
    ruling = folder.read_record(RULING_FILE, Ruling) if agreed or decision.action == "rollback" else None
    return Outcome(
        model=run.model,
        interval=run.interval,
        launch=run.launch,
        champion_id=champion.training_id if champion else None,
        champion_version=champion.version if champion else None,
        snapshot=folder.read_record("snapshot.json", Snapshot),
        validation=validation,
        drift=folder.read_record("drift.json", DriftResult) if checked else None,
        performance=folder.read_record("performance.json", PerformanceResult) if checked else None,
        concept=folder.read_record("concept.json", ConceptResult) if checked else None,
        maturity=folder.read_record("maturity.json", LabelMaturity) if checked else None,
        diagnosis=diagnosis,
        probe=folder.read_record(PROBE_FILE, Probe) if checked and folder.exists(PROBE_FILE) else None,
        decision=decision,
        training=training,
        challenger_version=tracker.version_of(training.training_id) if tracker and training else None,
        comparison=comparison,
        promoted=agreed and ruling is not None and ruling.entry is not None,
        approval=approval,
        ruling=ruling,
        watch=workplace.watched(run.folder, champion) if checked else None,
    )
