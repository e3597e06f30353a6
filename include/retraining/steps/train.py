"""Step 7: train a challenger, or find the one already trained on the same rows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from include.retraining.columns import class_names, encode_target
from include.retraining.data.schema import describe
from include.retraining.drift.build import build_profile
from include.retraining.drift.profile import Profile
from include.retraining.performance.expected import fit_expectation, known_rows, to_bytes
from include.retraining.results.run import Run, Snapshot
from include.retraining.results.training import Decision, Training
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.lineage import keep_lineage
from include.retraining.steps.models import write_estimator
from include.retraining.steps.planning import (
    champion_of,
    clear,
    is_planned,
    is_trained,
    make_plan,
    overtaken,
    planned_id,
    sealed,
    searched,
    trained_candidate,
)
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
from include.retraining.training.fit import Trained, conclude
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.sides import LABEL
from include.retraining.training.staleness import measure_staleness
from include.retraining.training.threads import limited_threads

EXAMPLE_ROWS = 5  # rows of the input example in MLflow


def train(workplace: Workplace, run: Run) -> dict[str, Any]:
    """Train what is not trained yet, choose, store and register; each part is done once for the same content."""
    training_id = _trained(workplace, run)
    clear(workplace, training_id)
    training = workplace.training(training_id)
    workplace.of(run).write_record(TRAINING_FILE, training)
    link = None
    if workplace.tracking_uri is not None:
        link = _register(workplace, run, training)
    return {"training_id": training_id, "mlflow_url": link}


def _trained(workplace: Workplace, run: Run) -> str:
    """Finish the training, unless it is done; gives its name."""
    shared = workplace.spec.retrain.window.several and is_planned(workplace, run)
    planned = None if shared else make_plan(workplace, run)
    training_id = planned_id(workplace, run)
    if not is_trained(workplace, training_id):
        with overtaken(workplace, training_id):
            plan = sealed(workplace, training_id) if planned is None else searched(workplace, planned)
            contestants = [trained_candidate(workplace, plan, candidate) for candidate in plan.candidates]
            trained = conclude(plan, workplace.spec, contestants, champion_of(workplace, plan))
            if workplace.champion(run) is None:
                staleness = measure_staleness(plan, workplace.spec, run.interval.end - run.interval.start)
                trained = replace(trained, record=trained.record.model_copy(update={"staleness": staleness}))
            _store(workplace, run, plan, trained)
    return training_id


def _store(workplace: Workplace, run: Run, plan: TrainingPlan, trained: Trained) -> None:
    """Write everything that later steps need of a training; its record comes last and makes it valid."""
    folder, spec = workplace.trained(plan.training_id), workplace.spec
    size = write_estimator(folder, ESTIMATOR_FILE, trained.estimator)
    learned, refitted = trained.rows, trained.record.refitted
    reference = learned if refitted else pd.concat([learned, plan.split.holdout_rows])
    schema = describe(reference, plan.columns)
    known = workplace.of(run).read_record("snapshot.json", Snapshot).columns
    beside_labels = spec.data.label_sources if spec.data.labels is not None else ()  # no batch of features has them
    others = sorted(
        ({*schema.others} - {*beside_labels} | {*known}) - {*plan.columns.features}
    )  # of no use in training
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
    cost = measure_cost(trained.estimator, size, kept, plan.columns, spec.task)
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


def _register(workplace: Workplace, run: Run, training: Training) -> str | None:
    from include.retraining.tracking import Tracker

    tracker, folder = Tracker(run.model, workplace.tracking_uri or ""), workplace.trained(training.training_id)
    version = tracker.register_challenger(
        training,
        workplace.estimator(training.training_id),
        folder.read_frame(HOLDOUT_FILE, [*training.numeric, *training.categorical]).head(EXAMPLE_ROWS),
        interval=run.interval,
        reasons=workplace.of(run).read_record("decision.json", Decision).reasons,
        parent_run_id=tracker.interval_run(run.interval, run.label),
        files={name: folder.read_bytes(name) for name in (PROFILE_FILE, SCHEMA_FILE, TRAINING_FILE)},
    )
    return tracker.model_url(version)
