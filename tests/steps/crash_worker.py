"""Run an interval step by step, killing the process of each step at every point where something becomes visible.

Started by `test_crashes` as a process of its own: `crash_worker.py WORKPLACE_JSON on|off`. Each step runs in a
child; the child is killed (SIGKILL, as by an out-of-memory killer) before its first write, then its retry before
the second one, and so on, until a try gets through. Airflow's retries do the same.
"""

import functools
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import great_expectations  # noqa: F401 - imported once here, not in every child
import mlflow.sklearn  # noqa: F401
import sklearn.linear_model  # noqa: F401
from mlflow import MlflowClient

from include.retraining.data.store import Folder, open_store
from include.retraining.results.run import Interval, Launch, Run
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.extract import extract
from include.retraining.steps.workplace import Workplace
from include.retraining.tracking import Tracker

STEPS = (
    "validate", "score", "check_data_drift", "check_performance", "decide",
    "plan_candidates", "train", "evaluate", "promote",
)  # fmt: skip
GATES = {"validate", "decide", "evaluate"}
POINTS = {
    Folder: ("write_bytes", "write_frame", "write_chunks", "write_file", "create_bytes", "remove"),
    Tracker: ("interval_run", "register_challenger", "set_aliases", "describe_standing", "log_outcome"),
    MlflowClient: (
        "create_run",
        "set_registered_model_alias",
        "delete_registered_model_alias",
        "set_model_version_tag",
    ),
}  # fmt: skip


def kill_self() -> None:
    """End this process as an out-of-memory killer does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    """Strikes when the n-th point is reached: kills this process, if nothing else is said."""

    def __init__(self, until: int | None, strike: Callable[[], None] = kill_self) -> None:
        self.left = until
        self.strike = strike

    def pass_point(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.strike()


def arm(countdown: Countdown) -> None:
    """Make every write, and every call to MLflow, a point before and after it."""
    for owner, names in POINTS.items():
        for name in names:
            setattr(owner, name, _guarded(getattr(owner, name), countdown))


def _guarded(method: Callable[..., Any], countdown: Countdown) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(*arguments: Any, **options: Any) -> Any:
        countdown.pass_point()
        result = method(*arguments, **options)
        countdown.pass_point()
        return result

    return guarded


def in_child(work: Callable[[], Any], kill_at: int | None) -> tuple[bool, Any]:
    """Do the work in a child; says whether it got through, and what it returned."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        arm(Countdown(kill_at))
        with os.fdopen(writer, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False, None
    assert os.WEXITSTATUS(status) == 0, "the step failed of itself"
    return True, json.loads(text)


def until_through(work: Callable[[], Any], kills: bool) -> tuple[Any, int]:
    """Try again after each kill, killing one point later each time."""
    at = 1
    while True:
        through, result = in_child(work, at if kills else None)
        if through:
            return result, at - 1
        at += 1


def first_step(workplace: Workplace, interval: Interval) -> Any:
    """Extract."""
    return extract(workplace, interval, Launch(kind="scheduled")).model_dump(mode="json")


def main() -> None:
    """Take the interval through the flow, and tell how often each step was killed."""
    setting = json.loads(Path(sys.argv[1]).read_text())
    kills = sys.argv[2] == "on"
    spec = ModelSpec.model_validate(setting["spec"])
    workplace = Workplace(spec, open_store(setting["store"]).child(spec.name), setting["mlflow"])
    killed: dict[str, int] = {}
    for interval in map(Interval.model_validate, setting["intervals"]):
        record, killed["extract"] = until_through(functools.partial(first_step, workplace, interval), kills)
        run = Run.model_validate(record)

        def take(step: str, *more: str, workplace: Workplace = workplace, run: Run = run) -> Any:
            function = getattr(importlib.import_module(f"include.retraining.steps.{step}"), step)
            result, count = until_through(functools.partial(function, workplace, run, *more), kills)
            killed[step] = killed.get(step, 0) + count
            return result

        for step in STEPS:
            result = take(step)
            for candidate in result if step == "plan_candidates" else ():
                take("train_candidate", candidate)
            if (step in GATES and not result) or (step == "decide" and result != "retrain"):
                break
        take("report")
    print(json.dumps(killed))


if __name__ == "__main__":
    main()
