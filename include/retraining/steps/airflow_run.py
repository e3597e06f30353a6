"""Where a run of the DAG begins and ends: from Airflow's context to records and back."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from airflow.sdk import get_current_context
from croniter import croniter

from include.retraining.results import Interval, Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps import call
from include.retraining.steps.workplace import Workplace

MLFLOW_LINK = "mlflow_url"


def extract(model: str) -> dict[str, Any]:
    """Take the snapshot of the run's interval; what it returns is the `Run` that later tasks pull from XCom."""
    from include.retraining.steps.extract import extract as take

    context = get_current_context()
    workplace = Workplace.from_environment(model)
    dag_run: Any = context["dag_run"]
    interval = requested_interval(
        workplace.spec, context.get("data_interval_start"), context.get("data_interval_end"), dag_run.run_after
    )
    return take(workplace, interval, _launch(dag_run, context["params"])).model_dump(mode="json")


def perform(step: str) -> Any:
    """Do one step of the run that this task belongs to."""
    return call(step, get_current_context()["ti"].xcom_pull(task_ids="extract"))


def perform_tracked(step: str) -> dict[str, Any]:
    """Do a step that writes to MLflow, and leave the link to what it wrote."""
    summary: dict[str, Any] = perform(step)
    get_current_context()["ti"].xcom_push(key=MLFLOW_LINK, value=summary.get(MLFLOW_LINK))
    return summary


def requested_interval(spec: ModelSpec, start: datetime | None, end: datetime | None, run_after: datetime) -> Interval:
    """The interval of a run: its own, or for a run by hand the newest complete one.

    A model whose history has ended (`end_date`) is looked at in its last interval.

    Examples
    --------
    >>> from datetime import UTC
    >>> spec = ModelSpec.model_validate({
    ...     "name": "m", "task": "regression", "schedule": "0 0 * * 1", "start_date": "2013-04-01",
    ...     "data": {"features": {"use": "files", "uri": "x"}, "time": "t", "target": "y"}})
    >>> print(requested_interval(spec, None, None, datetime(2013, 5, 9, 12, tzinfo=UTC)))
    2013-04-29 to 2013-05-06
    """
    latest = spec.last_moment
    if start is not None and end is not None and start < end and (latest is None or end <= latest):
        return Interval(start=start, end=end)
    moment = run_after if latest is None else min(run_after, latest)
    ticks = croniter(spec.schedule, moment)
    if not croniter.match(spec.schedule, moment):
        moment = ticks.get_prev(datetime)
    return Interval(start=croniter(spec.schedule, moment).get_prev(datetime), end=moment)


def _launch(dag_run: Any, params: Any) -> Launch:
    from airflow.sdk.configuration import conf

    base = conf.get("api", "base_url", fallback="").rstrip("/")
    url = f"{base}/dags/{dag_run.dag_id}/runs/{quote(dag_run.run_id, safe='')}" if base else None
    return Launch(
        kind=str(dag_run.run_type.value),
        force_retrain=bool(params["force_retrain"]),
        dry_run=bool(params["dry_run"]),
        release_labels=bool(params["release_labels"]),
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        url=url,
    )
