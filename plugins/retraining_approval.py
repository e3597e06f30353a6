"""The task in which a person answers; no plugin, but found where plugins are by DAGs of models that ask for it."""

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

ANSWER = "answer"  # key under which the answer lies in XCom


class Approval(ApprovalOperator):
    """Airflow's approval, which also leaves a rejection in XCom.

    Airflow's own returns its answer, but skips what follows a rejection by an exception: then nothing is returned.
    """

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
