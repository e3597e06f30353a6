"""Train a model version once more from its stored lineage, and say whether the predictions agree. Nothing is stored."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.errors import DataError, SourceError, StoreError, TrainingError
from include.retraining.results.columns import Columns
from include.retraining.results.lineage import Difference, Lineage, PredictionsAgain, Reproduction, RowsAgain
from include.retraining.results.training import Training
from include.retraining.steps.lineage import declared_then, plan_again
from include.retraining.steps.planning import champion_of
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.succession import tracker_of
from include.retraining.steps.workplace import HOLDOUT_FILE, TRAINING_FILE, Workplace
from include.retraining.training.fit import Trained, fit
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.predict import predict
from include.retraining.training.provenance import code_hashes

CHAMPION = "champion"
# Another processor, number of threads or place in memory may add numbers in another order, which moves the last of 16
# digits in each sum; numpy.allclose takes the same for equal.
TOLERANCE = 1e-8
_SHOWN = 5  # names in an error


def reproduce(workplace: Workplace, wanted: str) -> Reproduction:
    """Find a training, read its rows again as of then, train on them, and compare the predictions.

    Parameters
    ----------
    wanted
        `champion`, a version in MLflow, or the id of a training.

    Raises
    ------
    StoreError
        When there is no such training, or it does not say where it came from.
    TrainingError
        When the source no longer has rows enough.
    """
    training_id, version = find_training(workplace, wanted)
    training = workplace.training(training_id)
    lineage = _lineage(workplace, training)
    then = replace(workplace, spec=declared_then(workplace, training_id, lineage))
    plan = _plan(then, training, lineage)
    trained = fit(plan, then.spec, champion_of(then, plan))
    rows = _rows(training, lineage, plan)
    why_not = _other_question(training, plan)
    compared = () if why_not else tuple(_compare(then, training, trained, same_rows=rows.same))
    return Reproduction(
        model=then.spec.name,
        training_id=training_id,
        version=version,
        rows=rows,
        code=_differences(lineage.code, code_hashes(then.spec.trainer.use)),
        versions=_differences(training.versions, plan.versions),
        declared=_differences(_flat(lineage.declared), _flat(workplace.spec.model_dump(mode="json"))),
        metric_then=training.holdout_metric,
        metric_now=trained.record.holdout_metric,
        compared=compared,
        tolerance=_tolerance(then, training),
        why_not=why_not,
    )


def find_training(workplace: Workplace, wanted: str) -> tuple[str, str | None]:
    """Id and version of a training that the store has.

    Raises
    ------
    StoreError
        When nothing is called so, or the store does not hold it; lists what there is.
    """
    entries, stored = workplace.ledger.entries(), workplace.folder.child("trainings").names()
    versions = {entry.version: entry.training_id for entry in entries if entry.version is not None}
    if wanted == CHAMPION:
        found = _champion(workplace)
    elif wanted in stored:
        found = wanted
    elif wanted not in versions and (in_mlflow := _in_mlflow(workplace, wanted)):
        versions[wanted] = found = in_mlflow
    else:
        found = versions.get(wanted, "")
    if not found:
        known = [*(f"version {name}" for name in versions), *stored]
        some = f"{', '.join(known[:_SHOWN])}{', …' if len(known) > _SHOWN else ''}" or "nothing"
        message = (
            f"{workplace.spec.name} has no version {wanted!r}: neither the ledger nor MLflow nor the trainings in "
            f"{workplace.folder} know it; there are {some}. Give a version, the id of a training, or `{CHAMPION}`"
        )
        raise StoreError(message)
    if not workplace.trained(found).exists(TRAINING_FILE):
        message = (
            f"{wanted!r} of {workplace.spec.name} is training {found}, which {workplace.folder} does not hold; "
            "point RETRAINING_STORE to the store in which it was trained"
        )
        raise StoreError(message)
    return found, next((name for name, training_id in versions.items() if training_id == found), None)


def _champion(workplace: Workplace) -> str:
    latest = workplace.ledger.latest()
    if latest is None:
        message = f"{workplace.spec.name} has no champion yet in {workplace.folder}; is RETRAINING_STORE right?"
        raise StoreError(message)
    return latest.training_id


def _in_mlflow(workplace: Workplace, wanted: str) -> str | None:
    """Which training a version in MLflow is that never reigned."""
    tracker = tracker_of(workplace)
    return None if tracker is None or not wanted.isdigit() else tracker.training_of(wanted)


def _lineage(workplace: Workplace, training: Training) -> Lineage:
    if training.lineage is None:
        message = (
            f"{workplace.trained(training.training_id)}/{TRAINING_FILE} does not say from which run it came: it was "
            "written before that was kept; train the model again to have versions that can be reproduced"
        )
        raise StoreError(message)
    run = training.lineage.run
    if workplace.spec.data.relabels is not None and not workplace.of(run).exists(TRAINING_FILE):
        message = (
            f"the files of the run that trained {training.training_id} are gone ({workplace.of(run)}), and with them "
            "the labels that were made again; restore them from a backup of the store"
        )
        raise StoreError(message)
    return training.lineage


def _plan(workplace: Workplace, training: Training, lineage: Lineage) -> TrainingPlan:
    try:
        return plan_again(workplace, training, lineage)
    except (TrainingError, SourceError, DataError) as error:
        message = (
            f"the source does not give the rows of training {training.training_id} any more, which were "
            f"{lineage.rows:,} and a holdout of {training.holdout_rows:,}, of {training.window}: {error}"
        )
        raise TrainingError(message) from error


def _rows(training: Training, lineage: Lineage, plan: TrainingPlan) -> RowsAgain:
    """Rows before the holdout and in it, which the hash of the data is of."""
    return RowsAgain(
        train_then=lineage.rows,
        train_now=len(plan.split.train_rows),
        holdout_then=training.holdout_rows,
        holdout_now=len(plan.split.holdout_rows),
        sha256_then=training.data_sha256,
        sha256_now=plan.data_sha256,
    )


def _other_question(training: Training, plan: TrainingPlan) -> str:
    """Why the reproduced model cannot be asked what the stored one was asked; empty where it can."""
    columns = Columns(numeric=training.numeric, categorical=training.categorical)
    if plan.classes != training.classes:
        return f"the classes were {', '.join(training.classes)}, and are {', '.join(plan.classes)} now"
    if set(plan.columns.features) != set(columns.features):
        changed = sorted(set(plan.columns.features) ^ set(columns.features))
        return f"the features are not the same: {', '.join(changed[:_SHOWN])}"
    return ""


def _compare(
    workplace: Workplace, training: Training, trained: Trained, *, same_rows: bool
) -> Iterator[PredictionsAgain]:
    """Compare the model that was compared, and the one that was kept, on the holdout as it was stored."""
    holdout = workplace.trained(training.training_id).read_frame(HOLDOUT_FILE)
    if same_rows:
        yield _largest("the model that was compared", from_columns(holdout), trained.holdout_prediction)
    old, new = Columns(numeric=training.numeric, categorical=training.categorical), trained.record
    columns = Columns(numeric=new.numeric, categorical=new.categorical)
    stored = _load(workplace, training)
    yield _largest(
        "the model that was kept",
        predict(stored, holdout, old, workplace.spec.task),
        predict(trained.estimator, holdout, columns, workplace.spec.task),
    )


def _load(workplace: Workplace, training: Training) -> Any:
    try:
        return workplace.estimator(training.training_id)
    except StoreError:
        raise
    except Exception as error:  # unpickling with other library versions can raise anything
        message = (
            f"the stored model of training {training.training_id} cannot be loaded here ({type(error).__name__}: "
            f"{error}); install the versions that trained it: {training.versions}"
        )
        raise TrainingError(message) from error


def _largest(of: str, then: np.ndarray, now: np.ndarray) -> PredictionsAgain:
    return PredictionsAgain(of=of, rows=len(then), largest=float(np.abs(now - then).max(initial=0.0)))


def _tolerance(workplace: Workplace, training: Training) -> float:
    """`TOLERANCE` for probabilities; for numbers in units of the largest one."""
    if training.classes:
        return TOLERANCE
    holdout: pd.DataFrame = workplace.trained(training.training_id).read_frame(HOLDOUT_FILE)
    return TOLERANCE * max(1.0, float(np.abs(from_columns(holdout)).max(initial=0.0)))


def _differences(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[Difference, ...]:
    names = [*then, *(name for name in now if name not in then)]
    found = [Difference(name=name, then=then.get(name), now=now.get(name)) for name in names]
    return tuple(entry for entry in found if entry.then != entry.now)


def _flat(value: object, name: str = "") -> dict[str, str]:
    """A nested mapping as text by dotted name."""
    if isinstance(value, Mapping) and value:
        parts = [_flat(inner, f"{name}.{key}" if name else str(key)) for key, inner in value.items()]
        return {key: text for part in parts for key, text in part.items()}
    return {name: str(value)}
