"""The replay, against an Airflow that is played by the test."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from include.demo import DemoError, run
from include.demo.progress import Progress


class PlayedAirflow:
    """Refuses a backfill so many times, then ends one interval at each look."""

    def __init__(self, refusals: int = 0, done: int = 0, silent: tuple[str, ...] = ()) -> None:
        self.refusals, self.silent = refusals, silent
        self.weeks = [self._week(number, "success") for number in range(done)]
        self.paused: list[bool] = []
        self.seen_while_running = False

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """What Airflow lists: the next open interval has ended since the last look."""
        for week in self.weeks:
            if week["state"] == "queued":
                week["state"] = "success"
                break
        return [dict(week) for week in self.weeks]

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Remember what was asked."""
        self.paused.append(paused)

    def create_backfill(self, dag_id: str, window: run.Interval) -> bool:
        """Create the missing weeks, but for the refusals."""
        self.seen_while_running = self.seen_while_running or self.paused[-1:] != [True]
        self.refusals -= 1
        if self.refusals >= 0:
            return False
        wanted = (window.end - window.start) // run.WEEK + 1
        self.weeks += [self._week(number, "queued") for number in range(len(self.weeks), wanted)]
        return True

    def unhealthy(self) -> list[str]:
        """The parts that are silent."""
        return list(self.silent)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """One task that failed without a word."""
        return [{"task_id": "extract", "state": "failed", "try_number": 1}]

    def log(self, *_: object) -> list[dict[str, Any]]:
        """What the task logged last."""
        return [{"event": "Task failed", "error_detail": [{"exc_type": "SourceError", "exc_value": "no [table]"}]}]

    @staticmethod
    def _week(number: int, state: str) -> dict[str, Any]:
        start = run.FIRST + number * run.WEEK
        moments = {"start_date": start.isoformat(), "end_date": (start + timedelta(seconds=20)).isoformat()}
        interval = {"data_interval_start": start.isoformat(), "data_interval_end": (start + run.WEEK).isoformat()}
        return {"dag_run_id": f"week {number}", "state": state, **interval, **moments}


def replay(airflow: PlayedAirflow, weeks: int, store: Path) -> tuple[int, str]:
    """Replay into a recording console; what failed, and what was said."""
    console = Console(record=True, width=100)
    failed = run.replay(airflow, weeks, Progress(console, run.DAG, weeks, airflow, store))
    return failed, console.export_text()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "POLL", 0.0)


def test_every_week_is_told_once(tmp_path: Path) -> None:
    """The replay ends with the last week, and each has its line."""
    failed, said = replay(PlayedAirflow(), 3, tmp_path)
    assert failed == 0
    assert [said.count(day) for day in ("01 Apr - 08 Apr", "08 Apr - 15 Apr", "15 Apr - 22 Apr")] == [1, 1, 1]


def test_finished_weeks_are_kept_and_said_so(tmp_path: Path) -> None:
    """A second demo tells about the weeks that are done and runs only the others."""
    airflow = PlayedAirflow(done=2)
    _, said = replay(airflow, 3, tmp_path)
    assert "resuming: 2 of 3 weeks are done" in said
    assert len(airflow.weeks) == 3


def test_a_refused_backfill_is_asked_for_again(tmp_path: Path) -> None:
    """While an older backfill is at work, or SQLite is busy, the demo waits and asks again."""
    airflow = PlayedAirflow(refusals=2)
    failed, _ = replay(airflow, 2, tmp_path)
    assert failed == 0
    assert airflow.refusals < 0


def test_backfills_are_created_while_the_dag_is_held(tmp_path: Path) -> None:
    """The scheduler never sees runs that Airflow may take back, and the DAG runs in the end."""
    airflow = PlayedAirflow(refusals=1)
    replay(airflow, 2, tmp_path)
    assert not airflow.seen_while_running
    assert airflow.paused[-1] is False


def test_a_failed_week_names_task_and_error(tmp_path: Path) -> None:
    """A failed run shows which task failed and its error, markup and all."""
    airflow = PlayedAirflow(done=1)
    airflow.weeks[0]["state"] = "failed"
    failed, said = replay(airflow, 1, tmp_path)
    assert failed == 1
    assert "extract: SourceError: no [table]" in said


def test_a_dead_scheduler_ends_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo does not wait for ever for a part of Airflow that has stopped."""
    monkeypatch.setattr(run, "SILENT_FOR", -1.0)
    with pytest.raises(DemoError, match="scheduler stopped"):
        replay(PlayedAirflow(refusals=1000, silent=("scheduler",)), 1, tmp_path)
