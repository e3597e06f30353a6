"""The little of Airflow's REST interface that the demo and the benchmarks use."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

import httpx

from include.demo import DemoError
from include.retraining.results.run import Interval

PAGE = 100  # rows a request; Airflow's own limit
COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
TIMEOUT = 60.0  # seconds; SQLite makes requests wait for each other


class Airflow:
    """A client of a local Airflow in which everybody is an administrator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def dag_exists(self, dag_id: str) -> bool:
        """Whether Airflow has parsed this DAG."""
        return self._send("GET", f"/dags/{dag_id}", allowed=(httpx.codes.NOT_FOUND,)).is_success

    def import_errors(self) -> list[str]:
        """Why files in the DAG folder could not be parsed."""
        return [f"{row['filename']}\n{row['stack_trace']}" for row in self._rows("/importErrors", "import_errors")]

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Hold the DAG, or let it run."""
        self._send("PATCH", f"/dags/{dag_id}", json={"is_paused": paused})

    def unhealthy(self) -> list[str]:
        """Components of Airflow that report no heartbeat."""
        health = self._send("GET", "/monitor/health").json()
        return [name for name in COMPONENTS if (health.get(name) or {}).get("status") != "healthy"]

    def create_backfill(self, dag_id: str, window: Interval) -> bool:
        """Ask for all intervals that start in `window`, one after the other; those that ran well are skipped.

        Returns
        -------
        bool
            False when another backfill of this DAG is still at work, or when SQLite is busy: ask again later.
        """
        body = {
            "dag_id": dag_id,
            "from_date": window.start.isoformat(),
            "to_date": window.end.isoformat(),
            "max_active_runs": 1,
            "reprocess_behavior": "failed",
        }
        busy = (httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE)
        return self._send("POST", "/backfills", json=body, allowed=busy).is_success

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """All runs of a DAG, oldest interval first."""
        found = self._rows(f"/dags/{dag_id}/dagRuns", "dag_runs")
        return sorted(found, key=lambda run: (run["data_interval_start"] or "", run["run_after"]))

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """All task instances of a run."""
        return list(self._rows(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances"))

    def log(self, dag_id: str, run_id: str, task_id: str, attempt: int) -> list[dict[str, Any]]:
        """Lines that one attempt of a task logged: `event`, `timestamp`, `level`."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{attempt}"
        content = self._send("GET", path, headers={"accept": "application/json"}).json()["content"]
        return [line for line in content if isinstance(line, dict)]

    def _rows(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        """Walk over all pages of a list."""
        offset, total = 0, 1
        while offset < total:
            page = self._send("GET", path, params={"limit": PAGE, "offset": offset}).json()
            yield from page[key]
            offset, total = offset + PAGE, page["total_entries"]

    def _send(self, method: str, path: str, *, allowed: tuple[int, ...] = (), **parts: Any) -> httpx.Response:
        try:
            if "Authorization" not in self._http.headers:
                token = self._http.get("/auth/token").raise_for_status().json()["access_token"]
                self._http.headers["Authorization"] = f"Bearer {token}"
            response = self._http.request(method, f"/api/v2{path}", **parts)
        except httpx.HTTPError as error:
            message = f"Airflow at {self.url} does not answer ({error}); look into its log below .local/logs"
            raise DemoError(message) from error
        if response.is_error and response.status_code not in allowed:
            message = f"Airflow refused {method} {path}: {response.status_code} {response.text[:500]}"
            raise DemoError(message)
        return response


def seconds(row: dict[str, Any]) -> float | None:
    """How long a run or a task took, by its own start and end; None while it has not ended."""
    if not row["start_date"] or not row["end_date"]:
        return None
    return (moment(row["end_date"]) - moment(row["start_date"])).total_seconds()


def moment(text: str) -> datetime:
    """Read a time as Airflow writes it."""
    return datetime.fromisoformat(text)
