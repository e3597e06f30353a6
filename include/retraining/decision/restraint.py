"""What speaks against training now, although something calls for it. Each is a reason, with its figure."""

from collections.abc import Collection, Iterable, Sequence

from include.retraining.decision.pace import ALARMS, Pace, budget_span, trainings
from include.retraining.decision.words import as_days, days
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.run import Interval
from include.retraining.results.training import Reason
from include.retraining.spec.duration import format_duration
from include.retraining.spec.model import ModelSpec


def vetoes(
    spec: ModelSpec, interval: Interval, history: Sequence[HistoryPoint], labelled: int | None, asked: Collection[str]
) -> list[Reason]:
    """Vetoes against whatever the model file lists: cool-down, budget, too few new labels.

    Parameters
    ----------
    asked
        Codes of the reasons that call for training.
    """
    return [
        *cooldown(spec, interval, history),
        *_budget(spec, interval, history, asked),
        *_too_few_labels(spec, interval, history, labelled),
    ]


def alarm_vetoes(
    spec: ModelSpec, interval: Interval, history: Sequence[HistoryPoint], alarms: Sequence[Reason], pace: Pace
) -> list[Reason]:
    """Vetoes against alarms alone: they must last, and wait longer after trainings that brought nothing."""
    return [*_passing(spec, interval, history, alarms), *_back_off(interval, pace)] if alarms else []


def cooldown(
    spec: ModelSpec, interval: Interval, history: Sequence[HistoryPoint], *, ignored: bool = False
) -> Iterable[Reason]:
    """Veto when the last training is too recent, or note that a manual run ignores that."""
    trained = trainings(history, interval)
    if not trained or interval.end - trained[-1].interval.end >= spec.retrain.cooldown:
        return
    last, limit = trained[-1].interval.end, spec.retrain.cooldown
    text = f"The last training was {days(interval.end - last)} ago, at {last:%Y-%m-%d}, within the cool-down of "
    text += format_duration(limit)
    yield Reason(
        code="cooldown_ignored" if ignored else "cooldown",
        text=f"{text}; a manual run ignores it." if ignored else f"{text}: not now.",
        figure=as_days(interval.end - last),
        threshold=as_days(limit),
        origin="retrain.cooldown, in days",
        veto=not ignored,
    )


def _budget(
    spec: ModelSpec, interval: Interval, history: Sequence[HistoryPoint], asked: Collection[str]
) -> Iterable[Reason]:
    """Veto when the budget is spent.

    Without a declared span, one refresh in it does not stand in an alarm's way, and stale champions have their own
    pace.
    """
    budget = spec.retrain.budget
    free = budget.per is None
    if free and "stale" in asked:
        return
    span = budget_span(budget, interval)
    recent = [
        point
        for point in trainings(history, interval)
        if point.champion_id is not None
        and point.interval.end > interval.end - span
        and not (free and "stale" in point.reasons and not _alarmed(point.reasons))
    ]
    spared = free and _alarmed(asked) and not all(_alarmed(point.reasons) for point in recent)
    spent = len(recent) - spared
    if spent >= budget.trainings:
        aside = ", a routine one aside" if spared else ""
        text = (
            f"The budget is spent: {spent} trainings in the last {days(span)}{aside}, {budget.trainings} are allowed."
        )
        yield Reason(
            code="budget",
            text=text,
            figure=float(spent),
            threshold=float(budget.trainings),
            origin="retrain.budget",
            veto=True,
        )


def _alarmed(codes: Collection[str]) -> bool:
    return not set(codes).isdisjoint(ALARMS)


def _too_few_labels(
    spec: ModelSpec, interval: Interval, history: Sequence[HistoryPoint], labelled: int | None
) -> Iterable[Reason]:
    """With fewer new labels than a comparison needs, a challenger could not be promoted anyway."""
    count = new_labels(interval, history, labelled)
    if count is not None and count < spec.labels.minimum:
        text = (
            f"Only {count:,} labels have come since the last training; a comparison needs {spec.labels.minimum:,} that "
            "the champion has not learned."
        )
        yield Reason(
            code="too_few_new_labels",
            text=text,
            figure=float(count),
            threshold=float(spec.labels.minimum),
            origin="labels.minimum",
            veto=True,
        )


def new_labels(interval: Interval, history: Sequence[HistoryPoint], labelled: int | None) -> int | None:
    """How many labels came since the last training, this interval's included; None where nobody counted."""
    if labelled is None:
        return None
    last = max((point.interval.end for point in trainings(history, interval)), default=None)
    since = {
        point.interval: point.labelled or 0
        for point in history
        if point.interval.end < interval.end and (last is None or point.interval.end > last)
    }
    return labelled + sum(since.values())


def _passing(
    spec: ModelSpec, interval: Interval, history: Sequence[HistoryPoint], alarms: Sequence[Reason]
) -> Iterable[Reason]:
    """Veto while no alarm has been raised often enough; the probe pools intervals itself."""
    wanted = spec.retrain.persistence
    recent: dict[Interval, set[str]] = {}
    for point in history:
        if interval.end - wanted.of * (interval.end - interval.start) < point.interval.end < interval.end:
            recent.setdefault(point.interval, set()).update(point.reasons)
    times = max(1 + sum(alarm.code in codes for codes in recent.values()) for alarm in alarms)
    if times < wanted.times and all(alarm.code != "outperformed" for alarm in alarms):
        text = f"Seen in {times} of the last {wanted.of} intervals; {wanted.times} are asked for."
        yield Reason(
            code="not_persistent",
            text=text,
            figure=float(times),
            threshold=float(wanted.times),
            origin="retrain.persistence",
            veto=True,
        )


def _back_off(interval: Interval, pace: Pace) -> Iterable[Reason]:
    if pace.last is None or interval.end - pace.last >= pace.retry:
        return
    text = f"The last training, at {pace.last:%Y-%m-%d}, is too recent: after it alarms wait {days(pace.retry)}."
    yield Reason(
        code="retry_later",
        text=text,
        figure=as_days(interval.end - pace.last),
        threshold=as_days(pace.retry),
        origin="retries after an alarm: 1, 2, 4, 8 intervals; in days",
        veto=True,
    )
