"""The DAG's flow without Airflow: the same steps, in the same order, in one process."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from croniter import croniter

from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Interval, Launch, Run
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.check_data_drift import check_data_drift
from include.retraining.steps.check_performance import check_performance
from include.retraining.steps.decide import decide
from include.retraining.steps.evaluate import evaluate
from include.retraining.steps.extract import extract
from include.retraining.steps.plan_candidates import plan_candidates
from include.retraining.steps.promote import promote
from include.retraining.steps.report import report
from include.retraining.steps.roll_back import request, roll_back
from include.retraining.steps.score import score
from include.retraining.steps.train import train
from include.retraining.steps.train_candidate import train_candidate
from include.retraining.steps.validate import validate
from include.retraining.steps.workplace import Workplace


def examine(workplace: Workplace, run: Run) -> bool:
    """Take what was extracted through the checks; says whether the batch is sound."""
    if not validate(workplace, run):
        return False
    score(workplace, run)
    check_data_drift(workplace, run)
    check_performance(workplace, run)
    return True


def run_interval(
    workplace: Workplace,
    interval: Interval,
    launch: Launch,
    examine: Callable[[Workplace, Run], bool] = examine,
) -> Outcome:
    """Take one interval through every step that it calls for.

    Nobody can be asked here: where `promotion.approval` is `human`, a person is assumed to approve at once whatever
    is better.

    Parameters
    ----------
    examine
        What checks the batch; a backtest remembers what it has checked before.
    """
    run = extract(workplace, interval, launch)
    if examine(workplace, run):
        action = decide(workplace, run)
        if action == "rollback":
            roll_back(workplace, run)
        if action == "retrain":
            for candidate in plan_candidates(workplace, run):
                train_candidate(workplace, run, candidate)
            train(workplace, run)
            if evaluate(workplace, run):
                promote(workplace, run)
    report(workplace, run)
    return workplace.of(run).read_record("outcome.json", Outcome)


def run_rollback(workplace: Workplace, launch: Launch) -> dict[str, Any]:
    """Roll back by hand, as the DAG's parameter does; gives what an operator reads first."""
    run = request(workplace, launch)
    roll_back(workplace, run)
    return report(workplace, run)


def intervals(spec: ModelSpec, start: datetime, end: datetime) -> Iterator[Interval]:
    """The schedule's intervals that lie within `[start, end]`, in time order.

    Examples
    --------
    >>> spec = ModelSpec.model_validate({
    ...     "name": "m", "task": "regression", "schedule": "0 0 * * 1", "start_date": "2013-04-01",
    ...     "data": {"features": {"use": "files", "uri": "x"}, "time": "t", "target": "y"}})
    >>> [str(one) for one in intervals(spec, datetime(2013, 4, 2, tzinfo=UTC), datetime(2013, 4, 22, tzinfo=UTC))]
    ['2013-04-08 to 2013-04-15', '2013-04-15 to 2013-04-22']
    """
    first = start.astimezone(UTC)
    ticks = croniter(spec.schedule, first)
    left = first if croniter.match(spec.schedule, first) else ticks.get_next(datetime)
    while (right := ticks.get_next(datetime)) <= end:
        yield Interval(start=left, end=right)
        left = right
