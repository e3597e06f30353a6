"""The task in which a person answers leaves the answer in XCom, also where it is no."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped, TaskAwaitingInput

from include.retraining import settings


class TaskInstance:
    """Keeps what is pushed."""

    map_index = -1

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def answered(monkeypatch: pytest.MonkeyPatch, chosen: str, by: dict[str, str] | None) -> tuple[TaskInstance, bool]:
    """Let a person answer; gives what was pushed, and whether what follows was skipped."""
    monkeypatch.syspath_prepend(str(settings.PROJECT / "plugins"))
    from airflow.providers.standard.operators.empty import EmptyOperator
    from retraining_approval import Approval

    with DAG("model", schedule=None):
        task = Approval(task_id="approve", subject="?", defaults="Reject")
        task >> EmptyOperator(task_id="promote")
    event = {
        "chosen_options": [chosen],
        "params_input": {},
        "responded_at": datetime(2024, 1, 12, tzinfo=UTC),
        "responded_by_user": by,
    }
    instance = TaskInstance()
    try:
        task.execute_complete({"ti": instance, "task": task}, event)
    except DownstreamTasksSkipped:
        return instance, True
    return instance, False


@pytest.mark.parametrize("shown", ["About this one.", "About another one."])
def test_nobody_answers_for_a_text_that_is_not_shown(monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    """Airflow keeps the text of a task's first try: the task waits where it still holds, and fails where not."""
    monkeypatch.syspath_prepend(str(settings.PROJECT / "plugins"))
    import retraining_approval as module

    def asked(*_: Any, **__: Any) -> None:
        raise TaskAwaitingInput(method_name="execute_complete", timeout=None)

    monkeypatch.setattr(module.ApprovalOperator, "execute", asked)
    monkeypatch.setattr(module, "shown_by_airflow", lambda *_: ("?", shown))
    with DAG("model", schedule=None):
        task = module.Approval(task_id="approve", subject="?", body="About this one.", defaults="Reject")
    expected = TaskAwaitingInput if shown == task.body else AirflowFailException
    with pytest.raises(expected):
        task.execute({"ti": SimpleNamespace(id="1")})


@pytest.mark.parametrize(("chosen", "skipped"), [("Approve", False), ("Reject", True)])
def test_the_answer_is_kept_either_way(monkeypatch: pytest.MonkeyPatch, chosen: str, skipped: bool) -> None:
    """Who answered what and when; a rejection skips the promotion."""
    instance, was_skipped = answered(monkeypatch, chosen, {"id": "7", "name": "ann"})
    assert was_skipped is skipped
    assert instance.pushed["answer"] == {
        "chosen_options": [chosen],
        "params_input": {},
        "responded_at": "2024-01-12T00:00:00+00:00",
        "responded_by_user": {"id": "7", "name": "ann"},
    }
