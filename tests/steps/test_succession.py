"""Promotion and rollback are transactions: there is always one champion, and the ledger and MLflow come to agree."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.retraining import settings
from include.retraining.spec.model import ModelSpec
from tests.steps.reigns import brisk

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1800)]
WORKER = Path(__file__).with_name("succession_worker.py")


def under(attack: str, folder: Path, spec: ModelSpec) -> Any:
    """Change champions under an attack, in a process of its own; gives what the worker saw."""
    setting = folder / "setting.json"
    setting.write_text(json.dumps({"spec": brisk(spec).model_dump(mode="json")}))
    environment = os.environ | {"PYTHONPATH": str(settings.PROJECT), "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
    done = subprocess.run(
        [sys.executable, str(WORKER), str(setting), attack],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_killed_between_any_two_calls(tmp_path: Path, spec: ModelSpec) -> None:
    """After every kill MLflow has a champion and all versions, and the ledger one entry more or not."""
    told = under("crash", tmp_path, spec)
    for name, entries in (("promotion", 2), ("rollback", 3), ("report", 3)):
        states = told[name]
        assert len(states) > 5, name
        for state in states:
            assert state["versions"] == ["1", "2"]
            assert state["aliases"]["champion"] in state["versions"]
            assert len(state["ledger"]) in (entries - 1, entries)
        lengths = [len(state["ledger"]) for state in states]
        assert lengths == sorted(lengths)
    promoted, back = told["promotion"][-1], told["report"][-1]
    assert promoted["aliases"] == {"champion": "2", "previous": "1"}
    assert back["aliases"] == {"champion": "1"}
    assert back["rolled_back"] == ["2"]
    assert [entry[1] for entry in back["ledger"]] == ["promotion", "promotion", "rollback"]


def test_two_changes_at_once(tmp_path: Path, spec: ModelSpec) -> None:
    """Whoever comes first is heard; the other is refused or came before; MLflow ends where the ledger ends."""
    for found in under("race", tmp_path, spec)["rounds"]:
        state, told = found["state"], found["told"]
        assert state["versions"] == ["1", "2", "3"]
        assert state["aliases"]["champion"] == state["champion"]
        assert any(summary["number"] for summary in told)
        assert all(summary["number"] or "Nothing was changed" in summary["text"] for summary in told)
        numbers = [entry[0] for entry in state["ledger"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {summary["number"] for summary in told} - {None} <= set(numbers)


def test_mlflow_stops_in_the_middle(tmp_path: Path, spec: ModelSpec) -> None:
    """The step fails and says what to do; a later try, and the next run in any case, brings MLflow up to the ledger."""
    told = under("outage", tmp_path, spec)
    errors = [seen["said"] for seen in told["seen"]]
    assert errors[0].startswith("TrackingError")
    assert all(not said or said.startswith("TrackingError: MLflow at http://127.0.0.1") for said in errors)
    for seen in told["seen"]:
        assert seen["state"]["versions"] == ["1", "2"]
        assert seen["state"]["aliases"]["champion"] in ("1", "2")
    assert told["final"]["aliases"] == {"champion": "2", "previous": "1"}
    assert [entry[1] for entry in told["final"]["ledger"]] == ["promotion", "promotion"]
