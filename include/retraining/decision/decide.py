"""What should be done about an interval: total, pure, and always with reasons."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from include.retraining.decision import restraint, triggers
from include.retraining.decision.evidence import Evidence, weigh_evidence
from include.retraining.decision.pace import measure_pace
from include.retraining.decision.staleness import leads_before, lifetime
from include.retraining.results.diagnosis import Diagnosis
from include.retraining.results.drift import DriftResult
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.probe import Probe
from include.retraining.results.run import Launch, Run
from include.retraining.results.succession import Promotion, Watch
from include.retraining.results.training import Decision, Gate, Reason, Training
from include.retraining.results.validation import ValidationResult
from include.retraining.spec.model import ModelSpec

ROUTINE = ("stale", "age", "refresh", "new_labels", "schedule")
_CHANGED = ("concept_drift", "local_concept_drift")


def decide(  # noqa: PLR0913 -- one argument for each thing that a decision rests on
    spec: ModelSpec,
    run: Run,
    *,
    validation: ValidationResult,
    drift: DriftResult | None,
    performance: PerformanceResult | None,
    champion: Promotion | None,
    history: tuple[HistoryPoint, ...],
    diagnosis: Diagnosis | None = None,
    probe: Probe | None = None,
    first: Training | None = None,
    labelled: int | None = None,
    watch: Watch | None = None,
) -> Decision:
    """Decide between `reject`, `retrain`, `hold_labels`, `ask`, `watch` and `none`.

    Triggers, any of which suffices: no champion, asked for by hand, and those listed in `retrain.when`.
    Cool-down, budget, too few labels, and for alarms also persistence and back-off, veto the listed ones, never the
    first two; and so do labels that look wrong: whatever they show is not learned. `dry_run` changes nothing.

    Parameters
    ----------
    champion
        The promotion that reigns over this interval.
    history
        All points of this model; those that do not end before the run's interval does are ignored, so that a rerun
        decides the same, and so are dry runs.
    probe
        The small model of the newest labels against the champion, in this interval.
    first
        The training of the first champion: what it had learned from sets the pace of refreshes.
    labelled
        How many labels came in this interval.
    watch
        The champion beside the model that it replaced, where this run compared them.
    """
    interval, launch = run.interval, run.launch
    if validation.verdict == "rejected":
        return Decision(action="reject", reasons=_rejection(validation, launch))
    life = lifetime(first, leads_before(interval, history, watch))
    pace = measure_pace(history, interval, spec.retrain.budget, first, life, spec.retrain.window.holdout)
    evidence = _evidence(run, champion, history, probe)
    essential = [*_no_champion(champion), *_manual(launch)]
    alarms = [
        *triggers.outperformed(spec, interval, evidence),
        *triggers.diagnosed(spec, diagnosis),
        *triggers.dropped(spec, performance, diagnosis),
        *triggers.drifted(spec, drift),
    ]
    labels = restraint.new_labels(interval, history, labelled)
    routine = list(triggers.routine(spec, interval, champion, pace, labels))
    observed = [
        *triggers.unlisted_drop(spec, performance, diagnosis),
        *triggers.harmless_drift(spec, drift, performance),
    ]
    listed, since = [*alarms, *routine], _since(alarms, diagnosis, evidence)
    if essential:
        noted = restraint.cooldown(spec, interval, history, ignored=True) if launch.force_retrain else ()
        return Decision(action="retrain", reasons=(*essential, *listed, *observed, *noted), since=since)
    if suspected := list(_suspect_labels(spec, diagnosis)):
        ask = spec.labels.on_suspicion == "ask" or diagnosis is None or diagnosis.confidence != "high"
        waits = [reason.model_copy(update={"veto": False, "code": f"{reason.code}_waits"}) for reason in listed]
        return Decision(action="ask" if ask else "hold_labels", reasons=(*suspected, *waits, *observed))
    if listed:
        vetoes = restraint.vetoes(spec, interval, history, labelled, [reason.code for reason in listed])
        if not routine:
            vetoes += restraint.alarm_vetoes(spec, interval, history, alarms, pace)
        action: Literal["watch", "retrain"] = "watch" if vetoes else "retrain"
        return Decision(action=action, reasons=(*listed, *observed, *vetoes), since=since)
    if observed:
        return Decision(action="watch", reasons=tuple(observed))
    return Decision(action="none", reasons=tuple(_quiet(drift, performance)))


def gate(decision: Decision) -> Gate:
    """Which proof a challenger owes, by why it was trained.

    `confirmed`: the probe has shown on other labels that newer rows do better; `stale`: models are known to go stale,
    and nothing but routine asked for it; `refresh`: other routine alone; `better`: everything else has to be better
    beyond doubt.
    """
    codes = {reason.code for reason in decision.reasons}
    if "outperformed" in codes:
        return "confirmed"
    others = {"no_champion", "manual", *triggers.DIAGNOSES, "data_drift"}
    if not codes & set(ROUTINE) or codes & others:
        return "better"
    return "stale" if "stale" in codes else "refresh"


def _evidence(
    run: Run, champion: Promotion | None, history: tuple[HistoryPoint, ...], probe: Probe | None
) -> Evidence | None:
    """Pool the probes of all intervals since this champion reigns, each interval once."""
    if champion is None:
        return None
    earlier = {
        point.interval: point.probe
        for point in history
        if point.champion_id == champion.training_id and point.probe and point.interval.end < run.interval.end
    }
    ordered = [earlier[interval] for interval in sorted(earlier, key=lambda one: one.end)]
    return weigh_evidence([*ordered, *([probe] if probe else [])])


def _since(alarms: list[Reason], diagnosis: Diagnosis | None, evidence: Evidence | None) -> datetime | None:
    """When the change began: as the diagnosis dates it, else from when on newer rows did better."""
    if diagnosis is not None and diagnosis.kind in _CHANGED and diagnosis.since is not None:
        return diagnosis.since
    called = any(alarm.code == "outperformed" for alarm in alarms)
    return evidence.since if called and evidence is not None else None


def _rejection(validation: ValidationResult, launch: Launch) -> tuple[Reason, ...]:
    texts = validation.reasons or ("Validation rejected the batch.",)
    reasons = [Reason(code="rejected", text=text) for text in texts]
    if launch.force_retrain:
        text = "Retraining was asked for by hand, but a rejected batch never trains a model."
        reasons.append(Reason(code="manual_refused", text=text, veto=True))
    return tuple(reasons)


def _no_champion(champion: Promotion | None) -> Iterable[Reason]:
    if champion is None:
        yield Reason(code="no_champion", text="No champion reigns over this interval: a first one is to be trained.")


def _manual(launch: Launch) -> Iterable[Reason]:
    if launch.force_retrain:
        yield Reason(code="manual", text="Retraining was asked for by hand.")


def _suspect_labels(spec: ModelSpec, diagnosis: Diagnosis | None) -> Iterable[Reason]:
    if diagnosis is not None and diagnosis.kind == "suspect_labels" and spec.labels.on_suspicion != "accept":
        yield Reason(code="suspect_labels", text=f"{diagnosis.text} {diagnosis.advice}", origin="labels.on_suspicion")


def _quiet(drift: DriftResult | None, performance: PerformanceResult | None) -> Iterable[Reason]:
    if drift is None:
        yield Reason(code="drift_not_checked", text="Data drift was not checked.")
    else:
        text = f"No drift in {drift.compared} columns of {drift.rows_current:,} rows."
        yield Reason(code="no_drift", text=text, figure=0.0, threshold=1.0, origin="drift.false_alarm_rate")
    if performance is None:
        yield Reason(code="performance_not_checked", text="Performance was not checked.")
    else:
        yield Reason(
            code=performance.verdict,
            text=performance.text,
            figure=performance.drop.value if performance.drop else None,
            threshold=performance.maximum_drop if performance.drop else None,
            origin="performance.maximum_drop" if performance.drop else None,
        )
