"""The demo: `python -m include.demo.run --weeks 26` starts everything and replays a year of flights."""

import argparse
import time
from datetime import UTC, datetime, timedelta

from rich.console import Console

from include.demo import DemoError, flights, servers
from include.demo.airflow_api import Airflow
from include.demo.places import AIRFLOW_HOME
from include.demo.processes import Server
from include.demo.progress import Progress
from include.retraining.results.run import Interval

DAG = "flight_delay"
FIRST = datetime(2013, 4, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
WEEKS = 26
ALL_WEEKS = 39  # until the end of the year
POLL = 1.0  # seconds
PARSED_WITHIN = 120.0  # seconds
SILENT_FOR = 120.0  # seconds without a heartbeat; a busy machine skips some
ENDED = ("success", "failed")


def replay(airflow: Airflow, weeks: int, progress: Progress) -> int:
    """Let Airflow run the first `weeks` intervals, and tell about each as it ends.

    Intervals that ran in an earlier demo are skipped by Airflow; those that failed are run again.

    Returns
    -------
    int
        How many of the intervals failed.

    Raises
    ------
    DemoError
        When a part of Airflow stops for good.
    """
    window = Interval(start=FIRST, end=FIRST + weeks * WEEK - timedelta(days=1))
    progress.resume([run for run in _runs(airflow, window) if run["state"] in ENDED])
    asked, healthy_at = _ask(airflow, window), time.monotonic()
    while True:
        runs = _runs(airflow, window)
        ended = [run for run in runs if run["state"] in ENDED]
        progress.show(runs)
        if len(ended) >= weeks:
            return sum(run["state"] == "failed" for run in ended)
        if len(ended) == len(runs) and not asked:
            # an interrupted demo's backfill has come to its end: ask for the weeks that it did not cover
            asked = _ask(airflow, window)
        if not (silent := airflow.unhealthy()):
            healthy_at = time.monotonic()
        elif time.monotonic() - healthy_at > SILENT_FOR:
            message = (
                f"Airflow's {' and '.join(silent)} stopped; see the log below .local/logs. `make down`, then go on"
            )
            raise DemoError(message)
        time.sleep(POLL)


def _ask(airflow: Airflow, window: Interval) -> bool:
    """Ask for a backfill while the DAG is held; False when it has to be asked for again later.

    SQLite gives up when too many write at once, and Airflow then deletes the runs that it has created. The
    scheduler, which ends when a run that it works on disappears, must not have seen them yet.
    """
    airflow.pause(DAG, paused=True)
    asked = airflow.create_backfill(DAG, window)
    airflow.pause(DAG, paused=False)
    return asked


def _runs(airflow: Airflow, window: Interval) -> list[dict[str, object]]:
    """Runs whose interval starts in the window, the newest of each interval."""
    newest = {}
    for run in airflow.runs(DAG):
        start = run["data_interval_start"]
        if start and window.start <= datetime.fromisoformat(start) <= window.end:
            newest[start] = run
    return list(newest.values())


def wait_for_dag(airflow: Airflow, within: float = PARSED_WITHIN) -> None:
    """Wait until Airflow has parsed the demo's DAG.

    Raises
    ------
    DemoError
        When it does not appear in time; the message shows Airflow's import errors.
    """
    deadline = time.monotonic() + within
    while not airflow.dag_exists(DAG):
        if time.monotonic() > deadline:
            found = "\n".join(airflow.import_errors()) or "Airflow reports no import error"
            message = f"Airflow has not found the DAG {DAG!r} after {within:.0f} s. {found}"
            raise DemoError(message)
        time.sleep(POLL)


def demo(weeks: int, console: Console) -> int:
    """Run the whole demo; return the exit code."""
    resumed = AIRFLOW_HOME.exists()
    console.print("starting Airflow and MLflow" + (" where the last demo ended" if resumed else ""))
    running = servers.up(console.print)
    with console.status("fetching a year of flights and writing the production tables"):
        if flights.prepare():
            console.print(f"production tables: {flights.ROWS:,} flights of 2013 in SQLite")
    console.print(
        f"one week is damaged on purpose: from {flights.DAMAGED_FROM:%d %B} the feed of {flights.DAMAGED_ORIGIN} "
        "sends distances in metres; see that it is rejected"
    )
    with console.status("waiting for Airflow and MLflow"):
        servers.wait_until_ready(running)
    console.print(f"Airflow  {running['airflow'].url}\nMLflow   {running['mlflow'].url}")
    with Airflow(running["airflow"].url) as airflow, Progress(console, DAG, weeks, airflow) as progress:
        wait_for_dag(airflow)
        failed = replay(airflow, weeks, progress)
    _say_what_next(console, running, failed)
    return 1 if failed else 0


def _say_what_next(console: Console, running: dict[str, Server], failed: int) -> None:
    airflow, mlflow = running["airflow"].url, running["mlflow"].url
    console.rule()
    if failed:
        console.print(f"{failed} weeks failed; their logs: {airflow}/dags/{DAG}. `make demo` runs them again.")
    console.print(f"Look first   {airflow}/dags/{DAG}  the grid: one column for each week; open `report`")
    console.print(f"             {mlflow}/#/models/{DAG}  the model's versions, and which one is champion")
    console.print("Log in       not needed: on this machine everybody is an administrator")
    console.print(f"Go on        make demo WEEKS={ALL_WEEKS}  replays the rest of the year")
    console.print("Stop         make down    (start over: make clean)")


def main() -> int:
    """Read the arguments and run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=WEEKS, choices=range(1, ALL_WEEKS + 1), metavar=f"1..{ALL_WEEKS}")
    console = Console(highlight=False, soft_wrap=True)
    try:
        return demo(parser.parse_args().weeks, console)
    except (DemoError, OSError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted; Airflow and MLflow go on: `make demo` follows them again, `make down` ends them")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
