"""What the demo says while Airflow works: one line for each week, and on a terminal what is at work now."""

import textwrap
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.markup import escape

from include.demo.airflow_api import Airflow, moment, seconds
from include.demo.places import STORE
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Interval

_STYLES = {"retrain": "yellow", "reject": "red", "watch": "cyan", "none": "dim", "failed": "bold red"}
_INDENT = " " * 25
MINIMUM_WIDTH = 60  # characters; narrower terminals wrap by themselves
_AT_WORK = ("queued", "running", "up_for_retry")


class Progress:
    """Tells about each run once, when it has ended."""

    def __init__(self, console: Console, dag_id: str, weeks: int, airflow: Airflow, store: Path = STORE) -> None:
        self._console, self._dag_id, self._weeks, self._airflow, self._store = console, dag_id, weeks, airflow, store
        self._told: set[str] = set()
        self._status = console.status("waiting for Airflow to read the DAG")

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def resume(self, ended: list[dict[str, Any]]) -> None:
        """Tell about the runs of an earlier demo: those that ended well are kept."""
        kept = [run for run in ended if run["state"] == "success"]
        if kept:
            self._console.print(f"resuming: {len(kept)} of {self._weeks} weeks are done (`make clean` starts over)")
            self.show(kept)

    def show(self, runs: list[dict[str, Any]]) -> None:
        """Tell about the runs that have ended since the last call, and what is at work."""
        for run in runs:
            if run["state"] in ("success", "failed") and run["dag_run_id"] not in self._told:
                self._told.add(run["dag_run_id"])
                self._tell(run)
        self._status.update(f"{len(self._told)} of {self._weeks} weeks; {self._at_work(runs)}")

    def _at_work(self, runs: list[dict[str, Any]]) -> str:
        for run in runs:
            if run["state"] == "running":
                tasks = self._airflow.tasks(self._dag_id, run["dag_run_id"])
                names = [task["task_id"] for task in tasks if task["state"] in _AT_WORK]
                return f"week of {_interval(run).start:%d %b}: {', '.join(names) or 'between two tasks'}"
        return "waiting for the scheduler"

    def _tell(self, run: dict[str, Any]) -> None:
        """One line with the decision and who reigns, and the reasons below it."""
        interval, took = _interval(run), seconds(run)
        outcome = find_outcome(self._store / self._dag_id, interval)
        if run["state"] == "failed" or outcome is None:
            action, champion, reasons = "failed", "", [self._cause(run)]
        else:
            action, champion, reasons = outcome.decision.action, reigning(outcome), why(outcome)
        clock = f"{took:.0f} s" if took else ""
        head = f"{interval.start:%d %b} - {interval.end:%d %b}  {clock:>6}"
        self._console.print(f"{head}  [{_STYLES.get(action, 'white')}]{action:<8}[/] {champion}")
        width = max(self._console.width - len(_INDENT), MINIMUM_WIDTH)
        for reason in reasons:
            for line in textwrap.wrap(reason, width):
                self._console.print(f"{_INDENT}{escape(line)}", style="dim")

    def _cause(self, run: dict[str, Any]) -> str:
        """Name the tasks that failed, with the error that each of them logged last."""
        causes = []
        for task in self._airflow.tasks(self._dag_id, run["dag_run_id"]):
            if task["state"] == "failed":
                lines = self._airflow.log(self._dag_id, run["dag_run_id"], task["task_id"], task["try_number"])
                errors = [error for line in lines for error in line.get("error_detail") or []]
                error = f"{errors[-1]['exc_type']}: {errors[-1]['exc_value']}" if errors else "see its log in Airflow"
                causes.append(f"{task['task_id']}: {error}")
        return "; ".join(causes) or "the run wrote no outcome; see its logs in Airflow"


def find_outcome(model_folder: Path, interval: Interval) -> Outcome | None:
    """Read what an interval came to, from the store; the newest where it ran more than once."""
    written = sorted(
        (model_folder / "intervals" / interval.key).glob("*/outcome.json"), key=lambda p: p.stat().st_mtime
    )
    return Outcome.model_validate_json(written[-1].read_text()) if written else None


def why(outcome: Outcome) -> list[str]:
    """The decision's first reason, and what came of the training if there was one."""
    reasons = [outcome.decision.reasons[0].text]
    if outcome.comparison is not None:
        verdict = "promoted" if outcome.promoted else "champion kept"
        reasons += [f"{verdict}: {reason.text}" for reason in outcome.comparison.reasons[:1]]
    return reasons


def reigning(outcome: Outcome) -> str:
    """The version that is champion after the interval."""
    if outcome.promoted:
        return f"new champion: version {outcome.challenger_version}"
    return f"champion: version {outcome.champion_version}" if outcome.champion_version else "no champion"


def _interval(run: dict[str, Any]) -> Interval:
    return Interval(start=moment(run["data_interval_start"]), end=moment(run["data_interval_end"]))
