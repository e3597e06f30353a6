"""The system on a live Airflow and a live MLflow, through their REST interfaces."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.retraining.backtest.policies import Policy, Rule
from include.retraining.backtest.replay import finished
from include.retraining.backtest.run import Plan, run
from include.retraining.data.store import open_store
from include.retraining.flow import intervals
from include.retraining.results.outcome import Outcome
from include.retraining.settings import PROJECT
from include.retraining.spec.loading import load_spec
from include.retraining.steps.workplace import Workplace
from tests.world import make_rows

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]

MODEL = """\
name: {name}
task: regression
schedule: "0 0 * * *"
start_date: 2024-01-11
end_date: {end}
catchup: {catchup}
data:
  features: {{use: files, uri: {uri}}}
  key: id
  time: at
  target: moisture
  segments: [origin]
labels: {{expected_delay: 1d, minimum: 100}}
retrain: {{window: {{minimum_rows: 300, holdout: 2d}}}}
trainer: {{use: linear}}
"""
PATIENCE = 300  # seconds that a run may take on a busy machine before the test gives up
READING = 3  # seconds from a question to its answer
FIRST = ("2024-01-11T00:00:00Z", "2024-01-12T00:00:00Z")


@dataclass
class Live:
    """Both servers, and what the test asks of them."""

    airflow: httpx.Client
    mlflow: httpx.Client
    home: Path

    def send(self, method: str, path: str, **parts: Any) -> Any:
        answer = self.airflow.request(method, f"/api/v2{path}", **parts)
        assert answer.is_success, answer.text
        return answer.json()

    def runs(self, dag: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.send("GET", f"/dags/{dag}/dagRuns")["dag_runs"]
        return sorted(found, key=lambda run: run["run_after"])

    def wait(self, dag: str, count: int) -> list[dict[str, Any]]:
        deadline = time.monotonic() + PATIENCE
        while True:
            ended = [run for run in self.runs(dag) if run["state"] in ("success", "failed")]
            if len(ended) >= count:
                assert {run["state"] for run in ended} == {"success"}, self.tasks(dag, ended[-1])
                return ended
            assert time.monotonic() < deadline, f"{dag}: {len(ended)} of {count} runs after {PATIENCE} s"
            time.sleep(1)

    def tasks(self, dag: str, run: dict[str, Any]) -> dict[str, str]:
        rows = self.send("GET", f"/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]
        return {row["task_id"]: row["state"] for row in rows}

    def candidates(self, dag: str, run: dict[str, Any]) -> dict[str, str]:
        """States of the mapped tasks, by the names that the page shows."""
        rows = self.send("GET", f"/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]
        mapped = [row for row in rows if row["task_id"] == "train_candidate" and row["map_index"] >= 0]
        return {row["rendered_map_index"]: row["state"] for row in mapped}

    def report(self, dag: str, run: dict[str, Any]) -> dict[str, Any]:
        """What the last task returned."""
        path = f"/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances/report/xcomEntries/return_value"
        value = self.send("GET", path)["value"]
        return json.loads(value) if isinstance(value, str) else value

    def trigger(self, dag: str, conf: dict[str, Any], logical_date: str | None) -> dict[str, Any]:
        """Start a run by hand and wait for its end."""
        body = {"logical_date": logical_date, "conf": conf}
        started = self.send("POST", f"/dags/{dag}/dagRuns", json=body)["dag_run_id"]
        count = len(self.runs(dag))
        return next(run for run in self.wait(dag, count) if run["dag_run_id"] == started)

    def start(self, dag: str, conf: dict[str, Any], logical_date: str | None) -> str:
        """Start a run by hand, and let it run."""
        body = {"logical_date": logical_date, "conf": conf}
        return str(self.send("POST", f"/dags/{dag}/dagRuns", json=body)["dag_run_id"])

    def end(self, dag: str, run_id: str) -> dict[str, Any]:
        """Wait for the end of one run, whatever it is."""
        deadline = time.monotonic() + PATIENCE
        while (run := self.send("GET", f"/dags/{dag}/dagRuns/{run_id}"))["state"] not in ("success", "failed"):
            assert time.monotonic() < deadline, run
            time.sleep(1)
        return run

    def answer(self, dag: str, run_id: str, option: str) -> str:
        """Answer the approval of a run as a person does; gives the text that is shown."""
        path = f"/dags/{dag}/dagRuns/{run_id}"
        deadline = time.monotonic() + PATIENCE
        while not (found := self.send("GET", f"{path}/hitlDetails")["hitl_details"]):
            assert time.monotonic() < deadline, "nobody was asked"
            time.sleep(1)
        # the question is there a moment before the task waits for it; an answer in between would not wake the task
        while self.send("GET", f"{path}/taskInstances/approve")["state"] not in ("awaiting_input", "deferred"):
            assert time.monotonic() < deadline, "the task does not wait for an answer"
            time.sleep(1)
        # a person reads first: an answer before the scheduler has seen that the worker ended, within a second, makes
        # Airflow 3.3 take the task as failed and ask again
        time.sleep(READING)
        body = {"chosen_options": [option], "params_input": {"comment": "seen"}}
        self.send("PATCH", f"{path}/taskInstances/approve/-1/hitlDetails", json=body)
        return str(found[0]["body"])

    def backfill(self, dag: str, start: str, end: str) -> None:
        """Ask for the intervals of a window; SQLite refuses while another write is under way."""
        body = {"dag_id": dag, "from_date": start, "to_date": end, "max_active_runs": 1}
        deadline = time.monotonic() + PATIENCE
        while not (answer := self.airflow.post("/api/v2/backfills", json=body)).is_success:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            assert time.monotonic() < deadline, answer.text
            time.sleep(2)

    def versions(self, model: str) -> list[dict[str, Any]]:
        answer = self.mlflow.get("/api/2.0/mlflow/model-versions/search", params={"filter": f"name='{model}'"})
        assert answer.is_success, answer.text
        return answer.json().get("model_versions", [])

    def aliases(self, model: str) -> dict[str, str]:
        answer = self.mlflow.get("/api/2.0/mlflow/registered-models/get", params={"name": model})
        assert answer.is_success, answer.text
        return {entry["alias"]: entry["version"] for entry in answer.json()["registered_model"].get("aliases", [])}

    def interval_runs(self, model: str) -> list[dict[str, Any]]:
        name = {"experiment_name": f"retraining/{model}"}
        experiment = self.mlflow.get("/api/2.0/mlflow/experiments/get-by-name", params=name).json()["experiment"]
        body = {"experiment_ids": [experiment["experiment_id"]], "max_results": 100}
        found = self.mlflow.post("/api/2.0/mlflow/runs/search", json=body).json().get("runs", [])
        tags = [{tag["key"]: tag["value"] for tag in run["data"]["tags"]} for run in found]
        return [one for one in tags if "mlflow.parentRunId" not in one]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Start both servers on free ports with their own folders, and stop them at the end."""
    home = tmp_path_factory.mktemp("live")
    models = home / "models"
    models.mkdir()
    make_rows().to_parquet(home / "rows.parquet")
    for name, end, catchup, more in (
        ("roast", "2024-01-31", "false", ""),
        ("roast_daily", "2024-01-14", "true", ""),
        ("roast_asked", "2024-01-31", "false", "promotion: {approval: human}\n"),
        ("roast_turned", "2024-01-31", "false", ""),
    ):
        text = MODEL.format(name=name, end=end, catchup=catchup, uri=home / "rows.parquet") + more
        if name == "roast_turned":  # the relation turns on 21 January, and it learns that within days
            text = text.replace("holdout: 2d", "holdout: 1d, use: sliding, maximum: 4d")
            text = text.replace("retrain: {", "retrain: {when: [performance_drop], ")
        (models / f"{name}.yaml").write_text(text)
    environment = os.environ | {
        "RETRAINING_LOCAL": str(home / "local"),
        "RETRAINING_MODELS": str(models),
        "RETRAINING_FIRST_PORT": str(_free_port()),
        "PYTHONPATH": str(PROJECT),
    }
    command = [sys.executable, "-m", "include.demo.servers"]
    try:
        started = subprocess.run([*command, "up"], env=environment, capture_output=True, text=True, check=False)
        assert started.returncode == 0, started.stdout + started.stderr
        yield _clients(home)
    finally:
        subprocess.run([*command, "down"], env=environment, check=True, capture_output=True)


def _free_port() -> int:
    """A port that the system has just given away, so that no server on its way up will take it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clients(home: Path) -> Live:
    servers = json.loads((home / "local" / "servers.json").read_text())
    urls = {entry["name"]: f"http://127.0.0.1:{entry['port']}" for entry in servers}
    airflow = httpx.Client(base_url=urls["airflow"], timeout=180, trust_env=False)
    airflow.headers["Authorization"] = f"Bearer {airflow.get('/auth/token').json()['access_token']}"
    deadline = time.monotonic() + PATIENCE
    while airflow.get("/api/v2/dags/roast").status_code != httpx.codes.OK:
        assert time.monotonic() < deadline, "the DAG did not appear"
        time.sleep(1)
    return Live(airflow, httpx.Client(base_url=urls["mlflow"], timeout=180, trust_env=False), home)


def test_scheduled_backfilled_and_manual_runs(live: Live) -> None:
    """All three kinds of run end with a decision, a champion in MLflow, and reruns change nothing."""
    live.send("PATCH", "/dags/roast", json={"is_paused": False})

    # backfill: two intervals, the first trains the first champion
    live.backfill("roast", *FIRST)
    backfilled = live.wait("roast", 2)
    assert {run["run_type"] for run in backfilled} == {"backfill"}
    first, second = backfilled[:2]
    assert live.report("roast", first)["promoted"] is True
    assert live.report("roast", second)["promoted"] is False
    assert live.candidates("roast", first) == {}  # there is one, which `train` trains
    assert live.tasks("roast", first)["train_candidate"] == "skipped"
    states = live.tasks("roast", second)
    assert {states[task] for task in ("plan_candidates", "train_candidate", "train")} == {"skipped"}
    assert states["report"] == "success"
    assert live.aliases("roast") == {"champion": "1"}
    assert len(live.versions("roast")) == 1

    # the same interval by hand: the same decision, no second version, no second run in MLflow
    before = len(live.interval_runs("roast"))
    again = live.trigger("roast", {}, "2024-01-12T06:00:00Z")
    assert again["run_type"] == "manual"
    assert again["data_interval_start"] == first["data_interval_start"]
    assert live.report("roast", again)["reasons"] == live.report("roast", first)["reasons"]
    assert len(live.versions("roast")) == 1
    assert len(live.interval_runs("roast")) == before

    # by hand without a date, forced: the newest interval of the history, trained although nothing calls for it
    forced = live.trigger("roast", {"force_retrain": True, "dry_run": True}, None)
    summary = live.report("roast", forced)
    assert summary["interval"] == "2024-01-30 to 2024-01-31"
    assert any("hand" in reason or "manual" in reason.lower() for reason in summary["reasons"])
    assert live.tasks("roast", forced)["train"] == "success"
    assert live.candidates("roast", forced) == dict.fromkeys(["expanding", "sliding"], "success")
    assert live.aliases("roast")["champion"] == "1"

    # the schedule by itself
    live.send("PATCH", "/dags/roast_daily", json={"is_paused": False})
    scheduled = live.wait("roast_daily", 3)
    assert {run["run_type"] for run in scheduled} == {"scheduled"}
    assert len({run["data_interval_start"] for run in scheduled}) == 3
    assert live.aliases("roast_daily")["champion"]


def test_a_person_has_the_last_word(live: Live) -> None:
    """A rejection is recorded and keeps the champion away; an approval promotes, and nobody is asked again."""
    live.send("PATCH", "/dags/roast_asked", json={"is_paused": False})
    first = live.start("roast_asked", {}, "2024-01-12T06:00:00Z")
    assert "holdout rows" in live.answer("roast_asked", first, "Reject")
    rejected = live.end("roast_asked", first)
    assert rejected["state"] == "success"
    assert live.tasks("roast_asked", rejected)["promote"] == "skipped"
    assert "rejected by" in live.report("roast_asked", rejected)["headline"]
    assert live.aliases("roast_asked") == {"challenger": "1"}

    second = live.start("roast_asked", {}, "2024-01-12T07:00:00Z")
    live.answer("roast_asked", second, "Approve")
    approved = live.end("roast_asked", second)
    assert live.report("roast_asked", approved)["promoted"] is True
    assert live.aliases("roast_asked") == {"champion": "1"}
    (event,) = live.send("GET", "/assets/events", params={"source_dag_id": "roast_asked"})["asset_events"]
    assert (event["extra"]["kind"], event["extra"]["version"], event["extra"]["number"]) == ("promotion", "1", 1)

    third = live.end("roast_asked", live.start("roast_asked", {}, "2024-01-12T08:00:00Z"))
    assert live.tasks("roast_asked", third)["approve"] == "skipped"
    assert live.report("roast_asked", third)["promoted"] is True
    assert len(live.versions("roast_asked")) == 1


def test_a_rollback_without_a_previous_champion_fails_at_once(live: Live) -> None:
    """Nothing is read, nothing is tried again, and the aliases stay."""
    before = live.aliases("roast_asked")
    ended = live.end("roast_asked", live.start("roast_asked", {"rollback": True}, None))
    assert ended["state"] == "failed"
    assert live.tasks("roast_asked", ended)["extract"] == "failed"
    assert live.aliases("roast_asked") == before


def test_links_lead_both_ways(live: Live) -> None:
    """The task links to MLflow, MLflow's run back to Airflow, and the report opens beside the run."""
    run = [run for run in live.wait("roast", 2) if run["run_type"] == "backfill"][-1]
    path = f"/dags/roast/dagRuns/{run['dag_run_id']}/taskInstances/report/links"
    link = live.send("GET", path)["extra_links"]["MLflow"]
    assert "/#/experiments/" in link
    backward = [
        tags["airflow.url"] for tags in live.interval_runs("roast") if tags.get("airflow.run_id") == run["dag_run_id"]
    ]
    assert len(backward) == 1
    assert backward[0].startswith(f"{live.airflow.base_url}".rstrip("/"))
    page = live.airflow.get(f"/retraining/report/roast/{run['dag_run_id']}")
    assert page.status_code == httpx.codes.OK
    assert "roast" in page.text
    anonymous = httpx.get(page.request.url, trust_env=False, headers={"Authorization": "Bearer wrong"})
    assert anonymous.status_code in (401, 403)


def test_a_backtest_decides_as_the_backfill_did(live: Live, tmp_path: Path) -> None:
    """Over the same days: the same decisions and champions, and the same trainings became versions in MLflow."""
    span = datetime(2024, 1, 18, tzinfo=UTC), datetime(2024, 1, 25, tzinfo=UTC)
    live.send("PATCH", "/dags/roast_turned", json={"is_paused": False})
    live.backfill(
        "roast_turned", *(f"{moment - timedelta(days=late):%Y-%m-%dT00:00:00Z}" for late, moment in enumerate(span))
    )
    spec = load_spec(live.home / "models" / "roast_turned.yaml")
    covered = tuple(intervals(spec, *span))
    live.wait("roast_turned", len(covered))
    store = open_store(str(live.home / "local" / "store")).child("roast_turned")
    filled = [finished(Workplace(spec, store, None), interval) for interval in covered]

    plan = Plan(spec, (Policy("declared", spec),), (Rule("never"),), covered, tmp_path)
    replayed = run(plan, processes=1, budget=None, on_progress=lambda *_: None).outcomes
    told = [[_essence(one) for one in outcomes] for outcomes in (filled, replayed)]
    assert told[0] == told[1]
    assert [one.promoted for one in replayed].count(True) >= 2
    trained = sorted({one.training.training_id for one in replayed if one.training is not None})
    tags = [{tag["key"]: tag["value"] for tag in version["tags"]} for version in live.versions("roast_turned")]
    assert sorted(one["retraining.training_id"] for one in tags) == trained


def _essence(outcome: Outcome | None) -> tuple[object, ...]:
    """What a run came to, whoever asked for it."""
    assert outcome is not None
    reasons = tuple((reason.code, reason.figure, reason.veto) for reason in outcome.decision.reasons)
    training, comparison = outcome.training, outcome.comparison
    trained = training and (training.training_id, training.data_sha256, training.holdout_metric)
    compared = comparison and (comparison.promote, comparison.difference)
    return outcome.interval, outcome.decision.action, reasons, outcome.champion_id, trained, compared, outcome.promoted
