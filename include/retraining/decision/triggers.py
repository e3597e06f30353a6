"""What calls for training: the checks, the probe, and routine; and what is seen but not listed in `retrain.when`."""

from collections.abc import Iterable
from datetime import timedelta

from include.retraining.decision.evidence import Evidence, threshold
from include.retraining.decision.pace import Pace
from include.retraining.decision.words import as_days, days
from include.retraining.metrics.figures import write_figure
from include.retraining.results.diagnosis import Diagnosis
from include.retraining.results.drift import DriftResult
from include.retraining.results.performance import PerformanceResult
from include.retraining.results.run import Interval
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Reason
from include.retraining.spec.model import ModelSpec

# Diagnoses that may call for retraining, as `retrain.when` names them.
DIAGNOSES = ("concept_drift", "harmful_data_drift", "performance_drop")
# Diagnoses that do not support a drop.
UNSUPPORTED = ("not_enough_evidence", "benign_data_drift")
# Columns named in a sentence; the drift result has them all.
SHOWN_COLUMNS = 5


def outperformed(spec: ModelSpec, interval: Interval, evidence: Evidence | None) -> Iterable[Reason]:
    """The probe as a trigger, where the model file lists it."""
    if evidence is None or "outperformed" not in spec.retrain.when:
        return
    needed = threshold(spec.retrain.alarm_budget, interval)
    if evidence.z > needed:
        spans = "the newest interval" if evidence.intervals == 1 else f"the last {evidence.intervals} intervals"
        text = (
            "A small model of the newest labels predicts better than the champion: by "
            f"{write_figure(evidence.gain)} over {spans}, {evidence.z:.1f} standard errors."
        )
        yield Reason(code="outperformed", text=text, figure=evidence.z, threshold=needed, origin="retrain.alarm_budget")


def diagnosed(spec: ModelSpec, diagnosis: Diagnosis | None) -> Iterable[Reason]:
    """The diagnosis as a trigger, where the model file lists it."""
    if diagnosis is None:
        return
    trigger = {"local_concept_drift": "concept_drift"}.get(diagnosis.kind, diagnosis.kind)
    if trigger in DIAGNOSES and trigger in spec.retrain.when:
        yield Reason(code=trigger, text=" ".join([diagnosis.text, *diagnosis.evidence[:1]]), origin="retrain.when")


def dropped(spec: ModelSpec, performance: PerformanceResult | None, diagnosis: Diagnosis | None) -> Iterable[Reason]:
    """A drop as a trigger, where the model file lists it and it is more than chance."""
    if performance is None or performance.verdict != "dropped" or _may_be_chance(performance, diagnosis):
        return
    if "performance_drop" in spec.retrain.when:
        yield _drop("performance_drop", performance.text, spec, performance)


def unlisted_drop(
    spec: ModelSpec, performance: PerformanceResult | None, diagnosis: Diagnosis | None
) -> Iterable[Reason]:
    """A drop that is only watched."""
    if performance is None or performance.verdict != "dropped":
        return
    if _may_be_chance(performance, diagnosis):
        text = f"{performance.text} Neither a changed relation nor moved inputs are shown: it may be chance."
        yield _drop("drop_unconfirmed", text, spec, performance)
    elif "performance_drop" not in spec.retrain.when:
        text = f"{performance.text} `performance_drop` is not listed in `retrain.when`, so this is only watched."
        yield _drop("drop_watched", text, spec, performance)


def drifted(spec: ModelSpec, drift: DriftResult | None) -> Iterable[Reason]:
    """Data drift as a trigger, where the model file lists it."""
    if drift is not None and drift.drifted and "data_drift" in spec.retrain.when:
        yield _drift("data_drift", f"{_drift_text(drift)}.", drift)


def harmless_drift(
    spec: ModelSpec, drift: DriftResult | None, performance: PerformanceResult | None
) -> Iterable[Reason]:
    """Data drift that is only watched."""
    if drift is None or not drift.drifted or "data_drift" in spec.retrain.when:
        return
    text = f"{_drift_text(drift)}; `data_drift` is not listed in `retrain.when`, so this alone is only watched."
    yield _drift("drift_watched", f"{text}{_harm(performance)}", drift)


def routine(
    spec: ModelSpec, interval: Interval, champion: Promotion | None, pace: Pace, labels: int | None
) -> Iterable[Reason]:
    """Staleness, refresh, age, new labels and schedule, where the model file lists them."""
    if champion is None:
        return
    yield from _stale(spec, interval, pace)
    yield from _refresh(spec, interval, pace)
    yield from _old(spec, interval, champion)
    wanted = spec.retrain.new_labels
    if wanted is not None and labels is not None and labels >= wanted:
        text = f"{labels:,} labels have come since the last training; {wanted:,} are asked for."
        yield Reason(
            code="new_labels",
            text=text,
            figure=float(labels),
            threshold=float(wanted),
            origin="retrain.when: new_labels",
        )
    yield from _scheduled(spec, interval, champion, pace)


def _stale(spec: ModelSpec, interval: Interval, pace: Pace) -> Iterable[Reason]:
    if "stale" not in spec.retrain.when or pace.last is None or pace.stale is None or interval.end < pace.stale:
        return
    waited, lasts = interval.end - pace.last, pace.stale - pace.last
    text = (
        f"The champion is stale: models of this kind are expected to lose what is tolerated in {days(lasts)} or less, "
        f"and the last training was {days(waited)} ago."
    )
    yield Reason(
        code="stale", text=text, figure=as_days(waited), threshold=as_days(lasts), origin="retrain.when: stale, in days"
    )


def _refresh(spec: ModelSpec, interval: Interval, pace: Pace) -> Iterable[Reason]:
    if "refresh" not in spec.retrain.when or pace.last is None or pace.refresh is None or interval.end < pace.refresh:
        return
    waited, needed = interval.end - pace.last, pace.refresh - pace.last
    text = f"A refresh is due: the last training was {days(waited)} ago, and what it brought calls for the next after "
    yield Reason(
        code="refresh",
        text=f"{text}{days(needed)}.",
        figure=as_days(waited),
        threshold=as_days(needed),
        origin="retrain.when: refresh, in days",
    )


def _old(spec: ModelSpec, interval: Interval, champion: Promotion) -> Iterable[Reason]:
    limit = spec.retrain.maximum_age
    if limit is None:
        return
    age = interval.end - champion.first_effective
    if age >= limit:
        text = f"The champion was promoted on {champion.first_effective:%Y-%m-%d}, {days(age)} ago; its limit is "
        text += f"{days(limit)}."
        yield Reason(
            code="age", text=text, figure=as_days(age), threshold=as_days(limit), origin="retrain.when: age, in days"
        )


def _scheduled(spec: ModelSpec, interval: Interval, champion: Promotion, pace: Pace) -> Iterable[Reason]:
    from croniter import croniter

    last = max(filter(None, (pace.last, champion.effective)))
    for schedule in spec.retrain.schedules:
        tick = croniter(schedule, interval.end + timedelta(microseconds=1)).get_prev(type(interval.end))
        if last < tick <= interval.end:
            text = f"The schedule {schedule!r} asks for a training at {tick:%Y-%m-%d %H:%M}; the last was before it."
            yield Reason(code="schedule", text=text, origin="retrain.when: schedule")


def _may_be_chance(performance: PerformanceResult, diagnosis: Diagnosis | None) -> bool:
    """Whether no test supports a drop that is not clear by itself: a few labels' figure often falls by chance."""
    return diagnosis is not None and diagnosis.kind in UNSUPPORTED and not performance.clear


def _drop(code: str, text: str, spec: ModelSpec, performance: PerformanceResult) -> Reason:
    declared = spec.performance.maximum_drop is not None
    return Reason(
        code=code,
        text=text,
        figure=performance.drop.value if performance.drop else None,
        threshold=performance.maximum_drop,
        origin="performance.maximum_drop" if declared else "5% of the champion's holdout figure",
    )


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
