"""The task in which a person answers; no plugin, but found where plugins are by DAGs of models that ask for it."""

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.exceptions import AirflowFailException, TaskAwaitingInput

ANSWER = "answer"  # key under which the answer lies in XCom


class Approval(ApprovalOperator):
    """Airflow's approval, with an answer that is kept either way, and about what was really shown.

    Airflow's own skips what follows a rejection by an exception, and then returns nothing. And it shows the text of a
    task's first try for ever, also when the task is cleared and asks about something else.
    """

    def execute(self, context: Any) -> Any:
        """Ask, unless Airflow would show a text that is not ours."""
        try:
            return super().execute(context)
        except TaskAwaitingInput:
            if shown_by_airflow(context["ti"].id, self) != (self.subject, self.body):
                message = (
                    "Airflow still shows what an earlier try of this task asked, and that was something else: nobody "
                    "can answer for a text that they do not see. Trigger a new run of this interval (a logical date "
                    "within it) instead of clearing this one."
                )
                raise AirflowFailException(message) from None
            raise

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Keep the answer before what follows is skipped."""
        if "chosen_options" in event:
            context["ti"].xcom_push(
                key=ANSWER,
                value={
                    "chosen_options": list(event["chosen_options"]),
                    "params_input": dict(event.get("params_input") or {}),
                    "responded_at": event["responded_at"].isoformat(),
                    "responded_by_user": event["responded_by_user"],
                },
            )
        return super().execute_complete(context, event)


def shown_by_airflow(task_instance: Any, task: ApprovalOperator) -> tuple[str, str | None]:
    """Subject and text as they stand beside the buttons: asking for what is there already changes nothing."""
    from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    request = CreateHITLDetailPayload(
        ti_id=task_instance,
        options=task.options,
        subject=task.subject,
        body=task.body,
        params=task.serialized_params,
        assigned_users=[],  # None is refused
    )
    shown: Any = SUPERVISOR_COMMS.send(msg=request)
    return shown.subject, shown.body
