"""One DAG for each model file: is the data sound, has it changed, does the model still hold, what to do."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Label, Param, TriggerRule, dag, get_parsing_context, task

from include.retraining import settings
from include.retraining.spec.describe import describe
from include.retraining.spec.loading import load_specs
from include.retraining.spec.model import ModelSpec

PARAMS = {
    "force_retrain": Param(
        False, type="boolean", title="Retrain now", description="Train even if nothing calls for it."
    ),
    "dry_run": Param(
        False, type="boolean", title="Dry run", description="Decide, train and report, but change no champion."
    ),
    "release_labels": Param(
        False, type="boolean", title="Release held labels", description="Someone has looked: the held labels are right."
    ),
    "rollback": Param(
        False,
        type="boolean",
        title="Roll back to the previous champion",
        description="Nothing is read or trained: the champion before the present one comes back. Dry run: only say so.",
    ),
}


def airflow_run() -> Any:
    """What tasks call; imported when one runs, never when Airflow parses."""
    return import_module("include.retraining.steps.airflow_run")


def task_arguments(spec: ModelSpec) -> dict[str, Any]:
    """What Airflow is told about every task of a model: retries back off, up to ten minutes."""
    return {
        "owner": spec.owner,
        "pool": spec.pool,
        "retries": spec.retries,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=10),
    }


def approval(spec: ModelSpec) -> Any:
    """The task that asks a person; Airflow shows it under Required Actions."""
    from retraining_approval import Approval

    return Approval(
        task_id="approve",
        subject="{{ ti.xcom_pull(task_ids='evaluate', key='subject') }}",
        body="{{ ti.xcom_pull(task_ids='evaluate', key='body') }}",
        defaults="Reject",
        response_timeout=spec.promotion.approval_timeout,
        assigned_users=[{"id": name, "name": name} for name in spec.promotion.approvers] or None,
        params={"comment": Param("", type=["null", "string"], title="Comment", description="Kept with the answer.")},
        doc_md="A person says whether the better challenger becomes champion. No answer in time: it does not.",
    )


def succession(champion: Asset) -> tuple[Any, Any]:
    """The tasks that change the champion, and tell so to DAGs that are scheduled on it."""

    @task(
        doc_md="Make the challenger champion: ledger, MLflow aliases, asset event.",
        outlets=[champion],
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    )
    def promote() -> Any:
        return airflow_run().change_champion("promote", champion)

    @task(doc_md="Bring the previous champion back: ledger, MLflow aliases, asset event.", outlets=[champion])
    def roll_back() -> Any:
        return airflow_run().change_champion("roll_back", champion)

    return promote, roll_back


def training(spec: ModelSpec) -> tuple[Any, Any]:
    """The tasks that train, the first and the last: workers share the candidates, where there may be several."""

    @task(
        doc_md="Choose among the candidates by the newest labels, let the best one learn these too, register it.",
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,  # a single candidate has no task of its own
    )
    def train() -> Any:
        return airflow_run().perform_tracked("train")

    @task(doc_md="Read the labelled rows, keep the newest for the comparison, and name the candidates.")
    def plan_candidates() -> Any:
        return airflow_run().perform("plan_candidates")

    @task(
        doc_md="Train one candidate on the rows before the newest ones.",
        map_index_template="{{ task.op_kwargs['candidate'] }}",
    )
    def train_candidate(candidate: str) -> Any:
        return airflow_run().perform("train_candidate", candidate)

    if not spec.retrain.window.several:
        only = train()
        return only, only
    planned, trained = plan_candidates(), train()
    planned >> train_candidate.expand(candidate=planned) >> trained
    planned >> trained
    return planned, trained


def retraining_dag(spec: ModelSpec) -> DAG:
    """The flow of one model."""
    champion = Asset(name=f"{spec.name}_champion", uri=f"x-model://{spec.name}/champion")

    @dag(
        dag_id=spec.name,
        description=spec.description or None,
        doc_md=describe(spec, settings.public_tracking_uri()),
        schedule=CronDataIntervalTimetable(spec.schedule, timezone="UTC"),
        start_date=spec.first_moment,
        end_date=spec.last_moment,
        catchup=spec.catchup,
        max_active_runs=1,
        params=PARAMS,
        tags=["retraining", spec.task, *spec.tags],
        default_args=task_arguments(spec),
    )
    def flow() -> None:
        @task.branch(doc_md="Read the batch and the labels that arrived, and seal them as files that never change.")
        def extract() -> Any:
            return airflow_run().begin()

        @task.branch(doc_md="Great Expectations: quarantine bad rows, reject a broken batch.")
        def validate() -> str:
            return "score" if airflow_run().perform("validate") else "report"

        @task(doc_md="Let the champion predict the batch and the rows whose labels arrived.")
        def score() -> None:
            airflow_run().perform("score")

        @task(doc_md="Compare features, predictions and target with the champion's reference.")
        def check_data_drift() -> None:
            airflow_run().perform("check_data_drift")

        @task(doc_md="Measure the champion on the labels that arrived, against its holdout.")
        def check_performance() -> None:
            airflow_run().perform("check_performance")

        @task.branch(doc_md="Nothing, watch, retrain or roll back: with the reasons.")
        def decide() -> str:
            return {"retrain": first, "rollback": "roll_back"}.get(airflow_run().perform("decide"), "report")

        @task.branch(doc_md="Champion and challenger on the same holdout rows.")
        def evaluate() -> Any:
            return airflow_run().after_evaluation()

        @task(
            doc_md="Write the report and log the interval to MLflow.",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        )
        def report() -> Any:
            return airflow_run().write_report()

        promote, roll_back = succession(champion)
        planned, trained = training(spec)
        first: str = planned.operator.task_id
        settled = "better" if spec.promotion.approval == "automatic" else "approved before"
        read, sound, decision, better, promoted, end = extract(), validate(), decide(), evaluate(), promote(), report()
        read >> sound >> Label("sound") >> score() >> [check_data_drift(), check_performance()] >> decision
        decision >> Label("retrain") >> planned
        trained >> better >> Label(settled) >> promoted >> end
        if spec.promotion.approval == "human":
            better >> Label("better") >> approval(spec) >> Label("approved") >> promoted
        sound >> Label("rejected") >> end
        decision >> Label("no need") >> end
        decision >> Label("champion lost") >> roll_back() >> end
        read >> Label("by hand") >> roll_back.override(task_id="roll_back_by_hand")() >> end
        better >> Label("not better") >> end

    return flow()


def open_to_runs_by_hand(model: DAG) -> None:
    """Let the schedule end with the history, but not the tasks: else a run whose date is today would have none."""
    for one in model.tasks:
        one.end_date = None


for loaded_spec in load_specs(settings.models_folder(), only=get_parsing_context().dag_id).specs.values():
    open_to_runs_by_hand(retraining_dag(loaded_spec))
