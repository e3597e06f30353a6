"""Step 6: what is the matter, and what should be done?"""

from include.retraining.decision import decide as decide_on
from include.retraining.diagnosis import diagnose
from include.retraining.results.concept import ConceptResult
from include.retraining.results.drift import DriftResult
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.probe import Probe
from include.retraining.results.record import Action
from include.retraining.results.run import Run, Snapshot
from include.retraining.results.succession import Promotion, Watch
from include.retraining.results.training import Decision, Reason
from include.retraining.results.validation import ValidationResult
from include.retraining.steps.workplace import Workplace


def decide(workplace: Workplace, run: Run) -> Action:
    """Diagnose and decide from the stored results; says what is to be done."""
    folder, champion = workplace.of(run), workplace.champion(run)
    validation = folder.read_record("validation.json", ValidationResult)
    drift = folder.read_record("drift.json", DriftResult) if champion else None
    performance = folder.read_record("performance.json", PerformanceResult) if champion else None
    concept = folder.read_record("concept.json", ConceptResult) if champion else None
    diagnosis, watched = diagnose(validation, drift, performance, concept), workplace.watched(run.folder, champion)
    decision: Decision = decide_on(
        workplace.spec,
        run,
        validation=validation,
        drift=drift,
        performance=performance,
        champion=champion,
        history=workplace.all_history(run.interval.start),
        diagnosis=diagnosis,
        probe=_probe(workplace, run, champion) if champion else None,
        first=workplace.first_training(run),
        labelled=folder.read_record("snapshot.json", Snapshot).labelled_rows,
        watch=watched,
    )
    decision = _or_rollback(decision, watched, run)
    folder.write_record("diagnosis.json", diagnosis)
    folder.write_record("decision.json", decision)
    return decision.action


def _probe(workplace: Workplace, run: Run, champion: Promotion) -> Probe | None:
    """Ask whether a fresh model would do better; only where that counts are its libraries imported."""
    if "outperformed" not in workplace.spec.retrain.when:
        return None
    from include.retraining.steps.probe import probe

    return probe(workplace, run, champion)


def _or_rollback(decision: Decision, watch: Watch | None, run: Run) -> Decision:
    """Roll back instead, where a new champion lost to its predecessor; the next interval decides on retraining.

    Not while the labels are in doubt, and not in a run that a person started for something else: the plain run of the
    interval takes care of it.
    """
    if watch is None or watch.verdict != "lost":
        return decision
    bounds = [found.high for found in (watch.difference, watch.recent) if found is not None]
    reason = Reason(code="champion_lost", text=watch.text, figure=min(bounds), threshold=0.0, origin="promotion.watch")
    if decision.action in ("hold_labels", "ask") or not run.launch.is_plain:
        why = "a person started this run for something else" if not run.launch.is_plain else "labels are in doubt"
        waits = reason.model_copy(update={"text": f"{watch.text} No rollback in this run: {why}.", "veto": True})
        return decision.model_copy(update={"reasons": (*decision.reasons, waits)})
    return Decision(action="rollback", reasons=(reason, *decision.reasons))
