"""Where a run of the DAG begins and ends: from Airflow's context to records and back."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from croniter import croniter

from include.retraining.results import Interval, Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps import call
from include.retraining.steps.workplace import Workplace

MLFLOW_LINK = "mlflow_url"


def start(model: str, context: dict[str, Any]) -> dict[str, Any]:
    """Take the snapshot of the run's interval; returns the `Run` that travels through XCom."""
    from include.retraining.steps.extract import extract

    workplace = Workplace.from_environment(model)
    dag_run = context["dag_run"]
    interval = requested_interval(
        workplace.spec, context.get("data_interval_start"), context.get("data_interval_end"), dag_run.run_after
    )
    run = extract(workplace, interval, _launch(dag_run, context["params"]))
    return run.model_dump(mode="json")


def tracked(step: str, run: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """Run a step that writes to MLflow, and leave the link to what it wrote."""
    summary: dict[str, Any] = call(step, run)
    context["ti"].xcom_push(key=MLFLOW_LINK, value=summary.get(MLFLOW_LINK))
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


def _launch(dag_run: Any, params: dict[str, Any]) -> Launch:
    from airflow.sdk.configuration import conf

    base = conf.get("api", "base_url", fallback="").rstrip("/")
    url = f"{base}/dags/{dag_run.dag_id}/runs/{quote(dag_run.run_id, safe='')}" if base else None
    return Launch(
        kind=str(dag_run.run_type.value),
        force_retrain=bool(params["force_retrain"]),
        dry_run=bool(params["dry_run"]),
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        url=url,
    )
