"""What should be done about an interval: total, pure, and always with reasons."""

from collections.abc import Iterable
from datetime import timedelta

from include.retraining.results import (
    Decision,
    Diagnosis,
    DriftResult,
    HistoryPoint,
    Interval,
    Launch,
    PerformanceResult,
    Promotion,
    Reason,
    Run,
    ValidationResult,
)
from include.retraining.spec.duration import format_duration
from include.retraining.spec.model import ModelSpec

# Diagnoses and drops that may call for retraining, as `retrain.when` names them.
TRIGGERS = ("concept_drift", "harmful_data_drift", "performance_drop")
# Diagnoses that do not support a drop.
UNSUPPORTED = ("not_enough_evidence", "benign_data_drift")
# Columns named in a sentence; the drift result has them all.
SHOWN_COLUMNS = 5


def decide(
    spec: ModelSpec,
    run: Run,
    *,
    validation: ValidationResult,
    drift: DriftResult | None,
    performance: PerformanceResult | None,
    champion: Promotion | None,
    history: tuple[HistoryPoint, ...],
    diagnosis: Diagnosis | None = None,
) -> Decision:
    """Decide between `reject`, `retrain`, `hold_labels`, `ask`, `watch` and `none`.

    Triggers, any of which suffices: no champion, asked for by hand, and those listed in `retrain.when`.
    A cool-down vetoes the listed ones, never the first two, and so do labels that look wrong: whatever they show is
    not learned. `dry_run` does not change the decision.

    Parameters
    ----------
    champion
        The promotion that reigns over this interval.
    history
        Points of this model; those that do not end before the run's interval does are ignored, so that a rerun
        decides the same, and so are dry runs.
    """
    interval, launch = run.interval, run.launch
    if validation.verdict == "rejected":
        return Decision(action="reject", reasons=_rejection(validation, launch))
    essential = [*_no_champion(champion), *_manual(launch)]
    listed = [
        *_diagnosed(spec, diagnosis),
        *_dropped(spec, performance, diagnosis),
        *_drifted(spec, drift),
        *_old(spec, interval, champion),
    ]
    observed = [*_unlisted_drop(spec, performance, diagnosis), *_harmless_drift(spec, drift, performance)]
    if essential:
        noted = _cooldown(spec, interval, history, ignored=True) if launch.force_retrain else []
        return Decision(action="retrain", reasons=(*essential, *listed, *observed, *noted))
    if suspected := list(_suspect_labels(spec, diagnosis)):
        ask = spec.labels.on_suspicion == "ask" or diagnosis is None or diagnosis.confidence != "high"
        vetoed = [reason.model_copy(update={"veto": False, "code": f"{reason.code}_waits"}) for reason in listed]
        return Decision(action="ask" if ask else "hold_labels", reasons=(*suspected, *vetoed, *observed))
    if listed:
        vetoes = _cooldown(spec, interval, history, ignored=False)
        return Decision(action="watch" if vetoes else "retrain", reasons=(*listed, *observed, *vetoes))
    if observed:
        return Decision(action="watch", reasons=tuple(observed))
    return Decision(action="none", reasons=tuple(_quiet(drift, performance)))


def is_refresh(decision: Decision) -> bool:
    """Tell whether age alone asked for the training."""
    triggers = {"no_champion", "manual", *TRIGGERS, "data_drift", "age"}
    return {reason.code for reason in decision.reasons} & triggers == {"age"}


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


def _diagnosed(spec: ModelSpec, diagnosis: Diagnosis | None) -> Iterable[Reason]:
    """The diagnosis as a trigger, where the model file lists it."""
    if diagnosis is None:
        return
    trigger = {"local_concept_drift": "concept_drift"}.get(diagnosis.kind, diagnosis.kind)
    if trigger in TRIGGERS and trigger in spec.retrain.when:
        yield Reason(code=trigger, text=" ".join([diagnosis.text, *diagnosis.evidence[:1]]), origin="retrain.when")


def _may_be_chance(performance: PerformanceResult, diagnosis: Diagnosis | None) -> bool:
    """Whether no test supports a drop that is not clear by itself: a few labels' figure often falls by chance."""
    return diagnosis is not None and diagnosis.kind in UNSUPPORTED and not performance.clear


def _dropped(spec: ModelSpec, performance: PerformanceResult | None, diagnosis: Diagnosis | None) -> Iterable[Reason]:
    if performance is None or performance.verdict != "dropped" or _may_be_chance(performance, diagnosis):
        return
    if "performance_drop" in spec.retrain.when:
        yield _drop("performance_drop", performance.text, spec, performance)


def _unlisted_drop(
    spec: ModelSpec, performance: PerformanceResult | None, diagnosis: Diagnosis | None
) -> Iterable[Reason]:
    if performance is None or performance.verdict != "dropped":
        return
    if _may_be_chance(performance, diagnosis):
        text = f"{performance.text} Neither a changed relation nor moved inputs are shown: it may be chance."
        yield _drop("drop_unconfirmed", text, spec, performance)
    elif "performance_drop" not in spec.retrain.when:
        text = f"{performance.text} `performance_drop` is not listed in `retrain.when`, so this is only watched."
        yield _drop("drop_watched", text, spec, performance)


def _drop(code: str, text: str, spec: ModelSpec, performance: PerformanceResult) -> Reason:
    declared = spec.performance.maximum_drop is not None
    return Reason(
        code=code,
        text=text,
        figure=performance.drop.value if performance.drop else None,
        threshold=performance.maximum_drop,
        origin="performance.maximum_drop" if declared else "5% of the champion's holdout figure",
    )


def _drifted(spec: ModelSpec, drift: DriftResult | None) -> Iterable[Reason]:
    if drift is not None and drift.drifted and "data_drift" in spec.retrain.when:
        yield _drift("data_drift", f"{_drift_text(drift)}.", drift)


def _harmless_drift(
    spec: ModelSpec, drift: DriftResult | None, performance: PerformanceResult | None
) -> Iterable[Reason]:
    if drift is None or not drift.drifted or "data_drift" in spec.retrain.when:
        return
    text = f"{_drift_text(drift)}; `data_drift` is not listed in `retrain.when`, so this alone is only watched."
    yield _drift("drift_watched", f"{text}{_harm(performance)}", drift)


def _harm(performance: PerformanceResult | None) -> str:
    """What the drift costs, unless another reason says so already."""
    if performance is None or performance.verdict not in ("steady", "dropped"):
        return " What it costs is not known yet: labels are missing."
    return f" {performance.text}" if performance.verdict == "steady" else ""


def _drift(code: str, text: str, drift: DriftResult) -> Reason:
    return Reason(
        code=code,
        text=text,
        figure=float(len(drift.drifted_names)),
        threshold=1.0,
        origin=f"drift.false_alarm_rate {drift.false_alarm_rate:g}, {drift.correction}",
    )


def _drift_text(drift: DriftResult) -> str:
    names = drift.drifted_names
    shown = ", ".join(names[:SHOWN_COLUMNS]) + (", …" if len(names) > SHOWN_COLUMNS else "")
    return f"{drift.summary} in {drift.rows_current:,} rows: {shown}"


def _old(spec: ModelSpec, interval: Interval, champion: Promotion | None) -> Iterable[Reason]:
    limit = spec.retrain.maximum_age
    if champion is None or limit is None:
        return
    age = interval.end - champion.first_effective
    if age >= limit:
        text = (
            f"The champion was promoted on {champion.first_effective:%Y-%m-%d}, {_days(age)} ago; its limit is "
            f"{_days(limit)}."
        )
        yield Reason(
            code="age", text=text, figure=_as_days(age), threshold=_as_days(limit), origin="retrain.when: age, in days"
        )


def _cooldown(spec: ModelSpec, interval: Interval, history: tuple[HistoryPoint, ...], *, ignored: bool) -> list[Reason]:
    """Veto when the last training is too recent, or note that a manual run ignores that."""
    trained = [
        point.interval.end
        for point in history
        if point.action == "retrain" and not point.launch.dry_run and point.interval.end < interval.end
    ]
    if not trained or interval.end - max(trained) >= spec.retrain.cooldown:
        return []
    since = interval.end - max(trained)
    limit = format_duration(spec.retrain.cooldown)
    last = f"The last training was {_days(since)} ago, at {max(trained):%Y-%m-%d}, within the cool-down of {limit}"
    return [
        Reason(
            code="cooldown_ignored" if ignored else "cooldown",
            text=f"{last}; a manual run ignores it." if ignored else f"{last}: not now.",
            figure=_as_days(since),
            threshold=_as_days(spec.retrain.cooldown),
            origin="retrain.cooldown, in days",
            veto=not ignored,
        )
    ]


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


def _as_days(duration: timedelta) -> float:
    return duration / timedelta(days=1)


def _days(duration: timedelta) -> str:
    days = _as_days(duration)
    return f"{days:g} day{'' if days == 1 else 's'}" if days >= 1 else f"{days * 24:.3g} hours"
