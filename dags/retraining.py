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
        False, type="boolean", title="Dry run", description="Decide, train and report, but promote nothing."
    ),
    "release_labels": Param(
        False, type="boolean", title="Release held labels", description="Someone has looked: the held labels are right."
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
        @task(doc_md="Read the batch and the labels that arrived, and seal them as files that never change.")
        def extract() -> Any:
            return airflow_run().extract(spec.name)

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

        @task.branch(doc_md="Nothing, watch or retrain: with the reasons.")
        def decide() -> str:
            return "train" if airflow_run().perform("decide") else "report"

        @task(doc_md="Train a challenger on the labelled rows before the holdout.")
        def train() -> Any:
            return airflow_run().perform_tracked("train")

        @task.branch(doc_md="Champion and challenger on the same holdout rows.")
        def evaluate() -> str:
            return "promote" if airflow_run().perform("evaluate") else "report"

        @task(doc_md="Make the challenger champion: ledger, MLflow aliases, asset event.", outlets=[champion])
        def promote(*, outlet_events: Any = None) -> Any:
            summary = airflow_run().perform_tracked("promote")
            outlet_events[champion].extra = summary
            return summary

        @task(
            doc_md="Write the report and log the interval to MLflow.",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        )
        def report() -> Any:
            return airflow_run().perform_tracked("report")

        sound, decision, better, end = validate(), decide(), evaluate(), report()
        extract() >> sound >> Label("sound") >> score() >> [check_data_drift(), check_performance()] >> decision
        decision >> Label("retrain") >> train() >> better >> Label("better") >> promote() >> end
        sound >> Label("rejected") >> end
        decision >> Label("no need") >> end
        better >> Label("not better") >> end

    return flow()


for loaded_spec in load_specs(settings.models_folder(), only=get_parsing_context().dag_id).specs.values():
    retraining_dag(loaded_spec)
