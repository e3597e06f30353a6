"""One DAG for each model file: is the data sound, has it changed, does the model still hold, what to do."""

from datetime import timedelta
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
        default_args={
            "owner": spec.owner,
            "pool": spec.pool,
            "retries": spec.retries,
            "retry_delay": timedelta(seconds=10),
            "retry_exponential_backoff": 2,
            "max_retry_delay": timedelta(minutes=10),
        },
    )
    def flow() -> None:
        @task(doc_md="Read the batch and the labels that arrived, and seal them as files that never change.")
        def extract(**context: Any) -> dict[str, Any]:
            from include.retraining.steps.airflow_run import start

            return start(spec.name, context)

        @task.branch(doc_md="Great Expectations: quarantine bad rows, reject a broken batch.")
        def validate(run: dict[str, Any]) -> str:
            from include.retraining.steps import call

            return "score" if call("validate", run) else "report"

        @task(doc_md="Let the champion predict the batch and the rows whose labels arrived.")
        def score(run: dict[str, Any]) -> None:
            from include.retraining.steps import call

            call("score", run)

        @task(doc_md="Compare features, predictions and target with the champion's reference.")
        def check_data_drift(run: dict[str, Any]) -> None:
            from include.retraining.steps import call

            call("check_data_drift", run)

        @task(doc_md="Measure the champion on the labels that arrived, against its holdout.")
        def check_performance(run: dict[str, Any]) -> None:
            from include.retraining.steps import call

            call("check_performance", run)

        @task.branch(doc_md="Nothing, watch or retrain: with the reasons.")
        def decide(run: dict[str, Any]) -> str:
            from include.retraining.steps import call

            return "train" if call("decide", run) else "report"

        @task(doc_md="Train a challenger on the labelled rows before the holdout.")
        def train(run: dict[str, Any], **context: Any) -> dict[str, Any]:
            from include.retraining.steps.airflow_run import tracked

            return tracked("train", run, context)

        @task.branch(doc_md="Champion and challenger on the same holdout rows.")
        def evaluate(run: dict[str, Any]) -> str:
            from include.retraining.steps import call

            return "promote" if call("evaluate", run) else "report"

        @task(doc_md="Make the challenger champion: ledger, MLflow aliases, asset event.", outlets=[champion])
        def promote(run: dict[str, Any], **context: Any) -> dict[str, Any]:
            from include.retraining.steps.airflow_run import tracked

            summary = tracked("promote", run, context)
            context["outlet_events"][champion].extra = summary
            return summary

        @task(
            doc_md="Write the report and log the interval to MLflow.",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        )
        def report(run: dict[str, Any], **context: Any) -> dict[str, Any]:
            from include.retraining.steps.airflow_run import tracked

            return tracked("report", run, context)

        run: Any = extract()
        sound, scored, decided = validate(run), score(run), decide(run)
        checks = [check_data_drift(run), check_performance(run)]
        trained, better, promoted, reported = train(run), evaluate(run), promote(run), report(run)
        sound >> Label("sound") >> scored >> checks >> decided
        decided >> Label("retrain") >> trained >> better >> Label("better") >> promoted >> reported
        sound >> Label("rejected") >> reported
        decided >> Label("no need") >> reported
        better >> Label("not better") >> reported

    return flow()


for loaded_spec in load_specs(settings.models_folder(), only=get_parsing_context().dag_id).specs.values():
    retraining_dag(loaded_spec)
