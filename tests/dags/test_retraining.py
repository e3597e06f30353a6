"""The DAG file: one DAG for each model, light to parse, and broken files do no harm."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from include.retraining import settings

MODEL = """\
name: {name}
task: regression
schedule: "0 0 * * *"
start_date: 2020-01-01
data:
  features: {{use: files, uri: demand.parquet}}
  time: at
  target: count
"""
HUMAN = "end_date: 2020-02-01\npromotion: {approval: human, approval_timeout: 3d, approvers: [ann]}\n"
MORE = {1: HUMAN, 2: "retrain: {window: {use: expanding}}\n"}
PARSE = """
import json, runpy, sys
import airflow.sdk
before = set(sys.modules)
from airflow.sdk.definitions._internal.contextmanager import DagContext
DagContext.current_autoregister_module_name = "__main__"
runpy.run_path(sys.argv[1])
heavy = {"pandas", "sklearn", "mlflow", "great_expectations", "scipy", "pyarrow", "matplotlib"}
print(json.dumps({
    "heavy": sorted(heavy & (set(sys.modules) - before)),
    "dags": {dag.dag_id: sorted(dag.task_dict) for dag, _ in DagContext.autoregistered_dags},
    "ends": {dag.dag_id: [str(dag.end_date), sorted({str(task.end_date) for task in dag.tasks})]
             for dag, _ in DagContext.autoregistered_dags if dag.end_date},
    "train": {
        dag.dag_id: [task.trigger_rule.value, sorted(task.upstream_task_ids), sorted(task.downstream_task_ids)]
        for dag, _ in DagContext.autoregistered_dags for task in dag.tasks if task.task_id == "train"
    },
    "mapped": {
        dag.dag_id: [sorted(task.upstream_task_ids), sorted(task.downstream_task_ids), task.map_index_template]
        for dag, _ in DagContext.autoregistered_dags for task in dag.tasks if task.is_mapped
    },
    "approvals": {
        dag.dag_id: [str(task.response_timeout), task.assigned_users, sorted(task.upstream_task_ids),
                     sorted(task.downstream_task_ids)]
        for dag, _ in DagContext.autoregistered_dags for task in dag.tasks if task.task_id == "approve"
    },
}))
"""


def parse(models: Path, file: str = "retraining.py") -> subprocess.CompletedProcess[str]:
    """Run a DAG file in a fresh process; prints its DAGs and the heavy modules that it imported."""
    path = os.pathsep.join([str(settings.PROJECT), str(settings.PROJECT / "plugins")])  # Airflow adds the latter
    environment = os.environ | {"RETRAINING_MODELS": str(models), "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", PARSE, str(settings.PROJECT / "dags" / file)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Parse 100 sound model files and a broken one."""
    folder = tmp_path_factory.mktemp("models")
    for number in range(100):
        (folder / f"m{number}.yaml").write_text(MODEL.format(name=f"m{number}") + MORE.get(number, ""))
    (folder / "broken.yaml").write_text(MODEL.format(name="broken").replace("regression", "guess"))
    done = parse(folder)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]), folder=folder)


def test_every_sound_model_file_becomes_a_dag(hundred: dict[str, dict[str, object]]) -> None:
    """One DAG for each model; the broken file takes no other model with it."""
    assert set(hundred["dags"]) == {f"m{number}" for number in range(100)}


def test_the_graph_is_the_four_questions(hundred: dict[str, dict[str, object]]) -> None:
    """The tasks of the flow are all there."""
    assert hundred["dags"]["m0"] == sorted(
        ["extract", "validate", "score", "check_data_drift", "check_performance",
         "decide", "plan_candidates", "train_candidate", "train", "evaluate", "promote", "roll_back",
         "roll_back_by_hand", "report"]
    )  # fmt: skip


def test_workers_share_the_candidates(hundred: dict[str, dict[str, object]]) -> None:
    """A task for each, named by it; what follows runs when there was only one and no task for it."""
    mapped = [["plan_candidates"], ["train"], "{{ task.op_kwargs['candidate'] }}"]
    assert hundred["mapped"]["m0"] == mapped
    assert hundred["train"]["m0"] == [
        "none_failed_min_one_success",
        ["plan_candidates", "train_candidate"],
        ["evaluate"],
    ]


def test_a_declared_window_costs_no_more_tasks(hundred: dict[str, dict[str, object]]) -> None:
    """There is one candidate, which `train` trains."""
    assert "m2" not in hundred["mapped"]
    assert hundred["train"]["m2"][1:] == [["decide"], ["evaluate"]]


def test_a_model_whose_history_has_ended_can_still_be_run_by_hand(hundred: dict[str, dict[str, object]]) -> None:
    """The schedule ends; tasks of a run whose date is today are still made, as Airflow's form sets it."""
    assert hundred["ends"] == {"m1": ["2020-02-01 00:00:00+00:00", ["None"]]}


def test_only_models_that_ask_for_it_have_the_approval(hundred: dict[str, dict[str, object]]) -> None:
    """It stands between evaluation and promotion, with the approvers and the time of the model file."""
    users = [{"id": "ann", "name": "ann"}]
    assert hundred["approvals"] == {"m1": ["3 days, 0:00:00", users, ["evaluate"], ["promote"]]}


def test_parsing_imports_nothing_heavy(hundred: dict[str, object]) -> None:
    """Airflow parses often; pandas and its kin wait for the tasks."""
    assert hundred["heavy"] == []


def test_a_broken_model_file_is_an_import_error_of_its_own(hundred: dict[str, Path]) -> None:
    """The error names the file, the line and the remedy."""
    done = parse(hundred["folder"], "model_files.py")
    assert done.returncode != 0
    assert "broken.yaml: 1 problem" in done.stderr
    assert "line 2: task: 'guess' is not allowed" in done.stderr


def test_sound_model_files_raise_no_import_error(tmp_path: Path) -> None:
    """Nothing is reported where nothing is wrong."""
    (tmp_path / "m.yaml").write_text(MODEL.format(name="m"))
    assert parse(tmp_path, "model_files.py").returncode == 0
