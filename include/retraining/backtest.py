"""Replay history through the production steps, without Airflow."""

from collections.abc import Callable, Iterable
from typing import Any

from include.retraining.flow import run_interval
from include.retraining.results import Interval, Launch, Outcome
from include.retraining.steps.workplace import Workplace


def backtest(
    workplace: Workplace, intervals: Iterable[Interval], on_interval: Callable[[Outcome], None] = lambda outcome: None
) -> list[Outcome]:
    """Run every interval in turn; each sees the world as of its own end.

    Parameters
    ----------
    on_interval
        Called after each interval, for progress.
    """
    outcomes = []
    for interval in intervals:
        outcomes.append(run_interval(workplace, interval, Launch(kind="backtest")))
        on_interval(outcomes[-1])
    return outcomes


def as_row(outcome: Outcome) -> dict[str, Any]:
    """What a backtest tells of one interval, as JSON."""
    realised = outcome.performance.realised if outcome.performance else None
    training = outcome.training
    return {
        "interval_start": outcome.interval.start.isoformat(),
        "interval_end": outcome.interval.end.isoformat(),
        "rows": outcome.validation.rows,
        "quarantined": outcome.validation.quarantined,
        "metric": outcome.performance.metric if outcome.performance else None,
        "value": realised.value if realised else None,
        "low": realised.low if realised else None,
        "high": realised.high if realised else None,
        "labels": realised.n if realised else 0,
        "drifted_columns": list(outcome.drift.drifted_names) if outcome.drift else [],
        "decision": outcome.decision.action,
        "reasons": [reason.text for reason in outcome.decision.reasons],
        "champion_version": outcome.champion_version,
        "training_window": [training.train.start.isoformat(), training.holdout.end.isoformat()] if training else None,
        "promoted": outcome.promoted,
        "comparison": [reason.text for reason in outcome.comparison.reasons] if outcome.comparison else [],
    }
