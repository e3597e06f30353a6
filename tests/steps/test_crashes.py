"""Killed in the middle of any step and tried again, a run ends in the state of an undisturbed one."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.retraining import settings
from include.retraining.data.store import open_store
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace
from tests.world import interval_of

WORKER = Path(__file__).with_name("crash_worker.py")
DIFFERS_BY_CLOCK = {"trained_at", "seconds", "decided_at"}


def run_worker(folder: Path, spec: ModelSpec, kills: str) -> tuple[dict[str, int], Workplace]:
    """Run two intervals in a process of their own; gives the number of kills by step."""
    folder.mkdir()
    setting = {
        "spec": spec.model_dump(mode="json"),
        "store": str(folder / "store"),
        "mlflow": f"sqlite:///{folder / 'mlflow.db'}",
        "intervals": [interval_of(day).model_dump(mode="json") for day in (10, 11)],
    }
    (folder / "setting.json").write_text(json.dumps(setting))
    environment = os.environ | {
        "PYTHONPATH": str(settings.PROJECT),
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    }
    done = subprocess.run(
        [sys.executable, str(WORKER), str(folder / "setting.json"), kills],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    workplace = Workplace(spec, open_store(setting["store"]).child(spec.name), setting["mlflow"])
    return json.loads(done.stdout.splitlines()[-1]), workplace


def without_clock(value: Any) -> Any:
    """Leave out what differs from run to run by nature."""
    if isinstance(value, dict):
        if value.get("name") == "latency":  # a guardrail whose figure was measured
            return value["verdict"]
        return {key: without_clock(entry) for key, entry in value.items() if key not in DIFFERS_BY_CLOCK}
    return [without_clock(entry) for entry in value] if isinstance(value, list) else value


def store_state(workplace: Workplace) -> dict[str, Any]:
    """Every JSON file of the store, without what the clock decides."""
    root = Path(str(workplace.folder))
    return {str(path.relative_to(root)): without_clock(json.loads(path.read_text())) for path in root.rglob("*.json")}


def mlflow_state(workplace: Workplace) -> dict[str, Any]:
    """What MLflow holds of the model."""
    from mlflow import MlflowClient

    client = MlflowClient(workplace.tracking_uri)
    experiment = client.get_experiment_by_name(f"retraining/{workplace.spec.name}")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    model = client.get_registered_model(workplace.spec.name)
    return {
        "versions": sorted(one.version for one in client.search_model_versions(f"name='{model.name}'")),
        "aliases": model.aliases,
        "runs": sorted((run.info.status, "mlflow.parentRunId" in run.data.tags) for run in runs),
        "metrics": sorted(name for run in runs for name in run.data.metrics),
    }


@pytest.mark.end_to_end
@pytest.mark.timeout(1200)
def test_a_run_killed_at_every_point_ends_like_an_undisturbed_one(tmp_path: Path, spec: ModelSpec) -> None:
    """No second model version, no half snapshot, one MLflow run for each interval and candidate, equal decisions."""
    window = spec.retrain.window.model_copy(update={"length": timedelta(days=5)})  # the first training has candidates
    spec = spec.model_copy(update={"retrain": spec.retrain.model_copy(update={"window": window})})
    _, calm = run_worker(tmp_path / "calm", spec, "off")
    killed, harried = run_worker(tmp_path / "harried", spec, "on")
    assert min(killed.values()) >= 1, killed
    assert sum(killed.values()) > 40
    assert store_state(harried) == store_state(calm)
    state = mlflow_state(harried)
    assert state == mlflow_state(calm)
    assert [int(version) for version in state["versions"]] == [1]
    assert [nested for _, nested in state["runs"]].count(False) == 2 + 1  # two intervals, and the model's history
    assert [nested for _, nested in state["runs"]].count(True) == 1 + 2  # the training and its candidates
    leftovers = [path for path in Path(str(harried.folder)).rglob("*") if path.name.startswith(".")]
    assert len(leftovers) <= sum(killed.values())
