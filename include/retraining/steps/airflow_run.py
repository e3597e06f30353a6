"""Where a run of the DAG begins and ends: from Airflow's context to records and back."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from croniter import croniter

from include.retraining.errors import DataError
from include.retraining.results.run import Interval, Launch, Run
from include.retraining.spec.model import ModelSpec
from include.retraining.steps import call
from include.retraining.steps.workplace import Workplace

MLFLOW_LINK = "mlflow_url"
RUN = "run"  # key under which `extract` leaves the run in XCom
APPROVE = "approve"  # the task in which a person answers


def begin() -> str:
    """Take the snapshot of the run's interval, or note a rollback by hand; gives the task that comes next.

    The `Run` that later tasks work on is left in XCom.
    """
    from include.retraining.steps.extract import extract
    from include.retraining.steps.roll_back import request

    context = get_current_context()
    dag_run: Any = context["dag_run"]
    workplace = Workplace.from_environment(dag_run.dag_id)
    launch = _launch(dag_run, context["params"])
    if launch.rollback:
        try:
            run = request(workplace, launch)
        except DataError as error:  # trying again changes nothing
            raise AirflowFailException(str(error)) from error
    else:
        interval = requested_interval(
            workplace.spec, context.get("data_interval_start"), context.get("data_interval_end"), dag_run.run_after
        )
        run = extract(workplace, interval, launch)
    context["ti"].xcom_push(key=RUN, value=run.model_dump(mode="json"))
    return "roll_back_by_hand" if launch.rollback else "validate"


def perform(step: str, *more: Any) -> Any:
    """Do one step of the run that this task belongs to, in this process of its own."""
    from include.retraining.training.threads import limit_process

    limit_process()
    return call(step, _run(), *more)


def perform_tracked(step: str) -> dict[str, Any]:
    """Do a step that writes to MLflow, and leave the link to what it wrote."""
    summary: dict[str, Any] = perform(step)
    get_current_context()["ti"].xcom_push(key=MLFLOW_LINK, value=summary.get(MLFLOW_LINK))
    return summary


def after_evaluation() -> str:
    """Evaluate the challenger; gives the task that comes next, and leaves the question to a person in XCom."""
    from include.retraining.steps.approval import question

    if not perform("evaluate"):
        return "report"
    run = Run.model_validate(_run())
    asked = question(Workplace.from_environment(run.model), run)
    if asked is None:
        return "promote"
    for key, text in asked.items():
        get_current_context()["ti"].xcom_push(key=key, value=text)
    return APPROVE


def change_champion(step: str, champion: Any) -> dict[str, Any]:
    """Promote or roll back, and tell the schedule of other DAGs; a change that is not in force is no event.

    Parameters
    ----------
    champion
        The asset that stands for the model's champion.
    """
    _note_answer()
    summary = perform_tracked(step)
    if not summary["number"]:
        raise AirflowSkipException(summary["text"])
    if not summary["in_force"]:
        message = f"Entry {summary['number']} of the ledger says so already, and a later one is in force: no event."
        raise AirflowSkipException(message)
    get_current_context()["outlet_events"][champion].extra = {
        key: value for key, value in summary.items() if key not in ("text", "in_force")
    }
    return summary


def write_report() -> dict[str, Any]:
    """Write the report, with the answer of the person who was asked."""
    _note_answer()
    return perform_tracked("report")


def _run() -> dict[str, Any]:
    run: dict[str, Any] = get_current_context()["ti"].xcom_pull(task_ids="extract", key=RUN)
    return run


def _note_answer() -> None:
    """Keep with the run what the approving person said, where one was asked."""
    from include.retraining.steps.approval import note_answer

    ti: Any = get_current_context()["ti"]
    if ti.xcom_pull(task_ids="evaluate", key="return_value") == APPROVE:
        run = Run.model_validate(_run())
        note_answer(Workplace.from_environment(run.model), run, ti.xcom_pull(task_ids=APPROVE, key="answer"))


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
        rollback=bool(params["rollback"]),
        user=dag_run.triggering_user_name,
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        url=url,
    )
