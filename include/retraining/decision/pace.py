"""How often to look: from what earlier trainings brought, as the history tells it. Pure, so that reruns agree.

- An alarm is followed at once. When its training brings nothing, the next waits 2, 4, then 8 intervals: after an abrupt
  change the first rows are too few to learn from, and what went before it stays in memory all the while.
- A refresh, without any alarm, is due when as much time has passed as the first champion's history spans. A proven gain
  says that the world moves, or that more rows help: the next one is due at the pace that the budget affords. One that
  proved nothing, or too little to matter, says that little is to be had: the next one waits four times as long.
- Where models are known to go stale, the next training is due when the champion has lost the tolerated amount, and no
  sooner than a holdout and one interval after the last: before it learns the holdout, the challenger has to be newer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.run import Interval
from include.retraining.results.training import Training
from include.retraining.spec.retrain import Allowance

# What the checks and the probe say, as `retrain.when` names it; all else is routine.
ALARMS = ("outperformed", "concept_drift", "performance_drop", "harmful_data_drift", "data_drift")
# Longest wait after an alarm whose training brought nothing, in intervals.
LONGEST_RETRY = 8
# After a refresh that proved nothing the wait is so many times as long: with twice, a model that has nothing to gain
# would be refreshed twice in the time in which its labels grow fivefold.
PATIENCE = 4
# Intervals in which the budget counts when the model file does not say: 3 in 20 are 15%, a share at which the best
# moments, known in hindsight, gain more than retraining every interval does.
BUDGET_SPAN = 20
HOLDOUT_INTERVALS = 2  # where the model file declares no holdout


@dataclass(frozen=True)
class Pace:
    """When the last training was, how long after it an alarm has to wait, when a refresh is due, and when staleness."""

    last: datetime | None
    retry: timedelta
    refresh: datetime | None
    stale: datetime | None = None


def measure_pace(
    history: Sequence[HistoryPoint],
    interval: Interval,
    budget: Allowance,
    first: Training | None,
    life: timedelta | None = None,
    holdout: timedelta | None = None,
) -> Pace:
    """Walk through the trainings of the history, oldest first.

    Parameters
    ----------
    first
        The first champion's training: the time that its rows span sets the first refresh.
    life
        How long a champion lasts, where models are known to go stale.
    holdout
        Declared length of the rows that models are compared on.
    """
    length = interval.end - interval.start
    afforded = budget_span(budget, interval) / budget.trainings
    gap = None if first is None else first.holdout.end - first.train.start
    failed, last = 0, None
    for point in trainings(history, interval):
        last, alarmed = point.interval.end, not set(point.reasons).isdisjoint(ALARMS)
        if point.champion_id is None:
            continue
        if point.proven:
            failed, gap = 0, afforded
        elif alarmed:
            failed += 1
        elif "stale" in point.reasons:  # what a routine look brings is not told by one that was known to be due
            failed = 0
        else:
            failed, gap = 0, None if gap is None else PATIENCE * max(gap, afforded)
    retry = length * min(2**failed, LONGEST_RETRY)
    least = length + (HOLDOUT_INTERVALS * length if holdout is None else holdout)
    lasts = None if life is None else max(life, least)
    refresh, stale = (None if last is None or wait is None else last + wait for wait in (gap, lasts))
    return Pace(last, retry, refresh, stale)


def trainings(history: Sequence[HistoryPoint], interval: Interval) -> list[HistoryPoint]:
    """Points that trained a challenger before the interval ended, oldest first; dry runs do not count."""
    found = [
        point
        for point in history
        if point.action == "retrain" and not point.launch.dry_run and point.interval.end < interval.end
    ]
    return sorted(found, key=lambda point: point.interval.end)


def budget_span(budget: Allowance, interval: Interval) -> timedelta:
    """The span in which the budget counts."""
    return BUDGET_SPAN * (interval.end - interval.start) if budget.per is None else budget.per
