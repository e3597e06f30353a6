"""What the Airflow UI gains: the report beside each run, and a link from tasks to MLflow.

Every Airflow process loads this file, also each task: it imports next to nothing.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk.types import TaskInstanceKey

MLFLOW_LINK = "mlflow_url"  # key under which tasks leave their MLflow address in XCom
Message = MutableMapping[str, Any]


async def reports(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Pass a request on to the pages of `retraining_reports`, imported at the first one."""
    from retraining_reports import app

    await app(scope, receive, send)


def xcom(dag_id: str, run_id: str, task_id: str, key: str) -> Any:
    """The newest XCom value of a task, or None."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.scalars(
            XComModel.get_many(key=key, run_id=run_id, dag_ids=dag_id, task_ids=task_id, limit=1)
        ).first()
        return None if found is None else XComModel.deserialize_value(found)


class MlflowLink(BaseOperatorLink):
    """Button on a task that leads to what it wrote in MLflow."""

    name = "MLflow"

    def get_link(self, operator: object, *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002 - as Airflow calls it
        """The address, or an empty string for tasks that wrote nothing."""
        return xcom(ti_key.dag_id, ti_key.run_id, ti_key.task_id, MLFLOW_LINK) or ""


class RetrainingPlugin(AirflowPlugin):
    """Registered by Airflow when it loads the plugins folder."""

    name = "retraining"
    fastapi_apps = [{"app": reports, "url_prefix": "/retraining", "name": "Retraining"}]
    external_views = [
        {
            "name": "Report",
            "href": "/retraining/report/{DAG_ID}/{RUN_ID}",
            "destination": "dag_run",
            "url_route": "retraining_report",
        }
    ]
    global_operator_extra_links = [MlflowLink()]
