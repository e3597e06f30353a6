"""Where the time of one interval goes, read from Airflow's own records of a demo that has run.

Run `make demo`, then `python -m benchmarks.pipeline`. To see imports apart from work, let Python tell about them
when the servers start: `make down; PYTHONPROFILEIMPORTTIME=1 make demo` (slower, since each import is a log line).

Along the critical path of a run (each task, and the one that it waited for) the wall time splits into
waiting (until the scheduler has queued the task), start (until its process runs), parse (until it has read the DAG
file), imports (by `-X importtime`) and work (all that is left, talking to Airflow and MLflow included).
"""

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from include.demo import servers
from include.demo.airflow_api import Airflow, moment, seconds
from include.demo.run import DAG

QUIET_BOUND = 30.0  # seconds from start to report when nothing is trained, on 2 cores
TRAINING_BOUND = 60.0  # the same when a challenger is trained
PARSED = "Worker startup parse complete"
IMPORT = re.compile(r"import time:\s+(\d+) \|")
PHASES = ("waiting", "start", "parse", "imports", "work")


@dataclass(frozen=True)
class Share:
    """Where the time of one task on the critical path went, in seconds."""

    task: str
    waiting: float
    start: float
    parse: float
    imports: float
    work: float

    @property
    def total(self) -> float:
        """From the end of the task before to its own end."""
        return self.waiting + self.start + self.parse + self.imports + self.work


def critical_path(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tasks that ran, from the first to the last, each with the one before that it had to wait for."""
    ran = sorted((task for task in tasks if task["state"] == "success"), key=lambda task: moment(task["end_date"]))
    path = [ran[-1]]
    while before := [task for task in ran if moment(task["end_date"]) <= moment(path[0]["start_date"])]:
        path.insert(0, before[-1])
    return path


def share(task: dict[str, Any], since: datetime, log: list[dict[str, Any]]) -> Share:
    """Split the time from `since` to the end of a task."""
    queued, started, ended = (moment(task[name]) for name in ("queued_when", "start_date", "end_date"))
    parsed = next((moment(line["timestamp"]) for line in log if line.get("event") == PARSED), started)
    imports = sum(_import_seconds(line) for line in log if line.get("timestamp") and moment(line["timestamp"]) > parsed)
    return Share(
        task=task["task_id"],
        waiting=(queued - since).total_seconds(),
        start=(started - queued).total_seconds(),
        parse=(parsed - started).total_seconds(),
        imports=imports,
        work=(ended - parsed).total_seconds() - imports,
    )


def _import_seconds(line: dict[str, Any]) -> float:
    found = IMPORT.match(str(line.get("event")))
    return int(found[1]) / 1e6 if found else 0.0


def shares(airflow: Airflow, dag_id: str, run: dict[str, Any]) -> list[Share]:
    """Split the wall time of a run over the tasks of its critical path."""
    since, found = moment(run["start_date"]), []
    for task in critical_path(airflow.tasks(dag_id, run["dag_run_id"])):
        log = airflow.log(dag_id, run["dag_run_id"], task["task_id"], task["try_number"])
        found.append(share(task, since, log))
        since = moment(task["end_date"])
    return found


def table(title: str, runs: list[list[Share]]) -> Table:
    """Median seconds of each task and phase over some runs."""
    shown = Table("task", *PHASES, "total", title=title)
    for column in shown.columns[1:]:
        column.justify = "right"
    for task in dict.fromkeys(entry.task for run in runs for entry in run):
        entries = [entry for run in runs for entry in run if entry.task == task]
        shown.add_row(
            task, *(f"{median(getattr(entry, name) for entry in entries):.1f}" for name in (*PHASES, "total"))
        )
    shown.add_section()
    sums = [f"{median(sum(getattr(entry, name) for entry in run) for run in runs):.1f}" for name in (*PHASES, "total")]
    shown.add_row("whole run", *sums)
    return shown


def main() -> int:
    """Print one table for quiet runs and one for runs with training; 1 when a median is above its bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dag", default=DAG)
    parser.add_argument("--skip", type=int, default=1, help="leave out the first runs, which meet cold caches")
    arguments = parser.parse_args()
    console = Console()
    known = {server.name: server for server in servers.load()}
    if "airflow" not in known:
        console.print("Airflow is not running; start it with: make demo")
        return 2
    with Airflow(known["airflow"].url) as airflow:
        ended = [run for run in airflow.runs(arguments.dag) if run["state"] == "success"][arguments.skip :]
        split = [(seconds(run) or 0.0, shares(airflow, arguments.dag, run)) for run in ended]
    good = True
    for title, trained, bound in (
        ("nothing trained", False, QUIET_BOUND),
        ("challenger trained", True, TRAINING_BOUND),
    ):
        chosen = [(wall, run) for wall, run in split if any(entry.task == "train" for entry in run) == trained]
        if not chosen:
            console.print(f"{title}: no such run yet")
            continue
        typical = median(wall for wall, _ in chosen)
        console.print(
            table(f"{title}: {len(chosen)} runs, median {typical:.0f} s of {bound:.0f} s", [run for _, run in chosen])
        )
        good = good and typical <= bound
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
