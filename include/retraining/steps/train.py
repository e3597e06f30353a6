"""Step 7: train a challenger, or find the one already trained on the same rows."""

import io
from datetime import timedelta
from typing import Any

import joblib
import pandas as pd
import pyarrow as pa

from include.retraining.columns import class_names, encode_target
from include.retraining.data.schema import describe
from include.retraining.drift.build import build_profile
from include.retraining.drift.profile import Profile
from include.retraining.performance.expected import fit_expectation, known_rows, to_bytes
from include.retraining.results import Decision, Run, Snapshot, Training
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.lineage import keep_lineage, plan_for
from include.retraining.steps.predictions import drift_names, to_columns
from include.retraining.steps.targets import target_values
from include.retraining.steps.workplace import (
    ESTIMATOR_FILE,
    EXPECTATION_FILE,
    HOLDOUT_FILE,
    KNOWN_FILE,
    PROFILE_FILE,
    SCHEMA_FILE,
    TRAINING_FILE,
    TRUTH,
    Workplace,
)
from include.retraining.training.cost import measure_cost
from include.retraining.training.fit import Trained, fit
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.sides import LABEL
from include.retraining.training.threads import limited_threads

EXAMPLE_ROWS = 5  # rows of the input example in MLflow


def train(workplace: Workplace, run: Run) -> dict[str, Any]:
    """Plan, fit, store and register; each part is done once for the same rows and trainer."""
    plan = plan_for(workplace, run)
    folder = workplace.trained(plan.training_id)
    if not folder.exists(TRAINING_FILE):
        _store(workplace, run, plan, fit(plan, workplace.spec))
    training = folder.read_record(TRAINING_FILE, Training)
    workplace.of(run).write_record(TRAINING_FILE, training)
    link = None
    if workplace.tracking_uri is not None:
        link = _register(workplace, run, training, plan)
    return {"training_id": training.training_id, "mlflow_url": link}


def _store(workplace: Workplace, run: Run, plan: TrainingPlan, trained: Trained) -> None:
    """Write everything that later steps need of a training; its record comes last and makes it valid."""
    folder, spec = workplace.trained(plan.training_id), workplace.spec
    buffer = io.BytesIO()
    joblib.dump(trained.estimator, buffer)
    folder.write_bytes(ESTIMATOR_FILE, buffer.getvalue())
    learned, refitted = trained.rows, trained.record.refitted
    reference = learned if refitted else pd.concat([learned, plan.split.holdout_rows])
    schema = describe(reference, plan.columns)
    known = workplace.of(run).read_record("snapshot.json", Snapshot).columns
    others = sorted({*schema.others, *known} - {*plan.columns.features})  # columns that training had no use for
    folder.write_record(SCHEMA_FILE, schema.model_copy(update={"others": tuple(others)}))
    period = run.interval.end - run.interval.start
    folder.write_bytes(PROFILE_FILE, _profile(reference, plan, trained, spec, period).to_json().encode())
    # every column: a champion may know features that the challenger had no use for
    kept = plan.split.holdout_rows.drop(columns=[spec.data.target])
    columns = {TRUTH: trained.holdout_y, **to_columns(trained.holdout_prediction)}
    if plan.classes:
        columns[LABEL] = class_names(plan.split.holdout_rows[spec.data.target]).to_numpy()
    folder.write_frame(HOLDOUT_FILE, kept.assign(**columns))
    if spec.performance.estimate:
        seen, holdout = known_rows(reference[plan.columns.features], spec.trainer.seed), plan.split.holdout_rows
        with limited_threads():
            expectation = fit_expectation(
                spec, holdout, trained.holdout_y, trained.holdout_prediction, plan.columns, seen
            )
        if expectation is not None:
            folder.write_frame(KNOWN_FILE, seen)
            folder.write_bytes(EXPECTATION_FILE, to_bytes(expectation))
    cost = measure_cost(trained.estimator, len(buffer.getvalue()), kept, plan.columns, spec.task)
    lineage = keep_lineage(workplace, run, plan)
    folder.write_record(TRAINING_FILE, trained.record.model_copy(update={"cost": cost, "lineage": lineage}))


def _profile(
    reference: pd.DataFrame, plan: TrainingPlan, trained: Trained, spec: ModelSpec, period: timedelta
) -> Profile:
    """Summarise all labelled rows; predictions only where the model had not seen the row, on the holdout."""
    features = pa.Table.from_pandas(reference[plan.columns.features], preserve_index=False)
    truth = encode_target(reference[spec.data.target], plan.classes)
    return build_profile(
        features,
        plan.columns,
        predictions=drift_names(to_columns(trained.holdout_prediction)),
        target=target_values(truth, plan.classes),
        times=reference[spec.data.time].dt.tz_convert(None).to_numpy(dtype="datetime64[us]"),
        period=period,
    )


def _register(workplace: Workplace, run: Run, training: Training, plan: TrainingPlan) -> str | None:
    from include.retraining.tracking import Tracker

    tracker, folder = Tracker(run.model, workplace.tracking_uri or ""), workplace.trained(training.training_id)
    version = tracker.register_challenger(
        training,
        workplace.estimator(training.training_id),
        plan.split.holdout_rows[plan.columns.features].head(EXAMPLE_ROWS),
        interval=run.interval,
        reasons=workplace.of(run).read_record("decision.json", Decision).reasons,
        parent_run_id=tracker.interval_run(run.interval, run.label),
        files={name: folder.read_bytes(name) for name in (PROFILE_FILE, SCHEMA_FILE, TRAINING_FILE)},
    )
    return tracker.model_url(version)
