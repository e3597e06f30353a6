"""From a run, or from what a training remembers of its run, to the plan of the training. Nothing is fitted here."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from pydantic import ValidationError

from include.retraining.data.snapshot import read_training_rows
from include.retraining.data.validation import validate_rows
from include.retraining.errors import StoreError
from include.retraining.results.lineage import Lineage
from include.retraining.results.run import Run
from include.retraining.results.training import Decision, Training
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.relabels import relearned
from include.retraining.steps.workplace import Workplace
from include.retraining.training.plan import TrainingPlan, plan_training
from include.retraining.training.provenance import code_hashes
from include.retraining.training.windows import choose_window

LEFT_OUT_FILE = "left_out.parquet"  # keys of the rows that were quarantined or held when a model was trained


def plan_for(workplace: Workplace, run: Run) -> TrainingPlan:
    """Read the labelled rows that a run may learn from, and plan a training on them."""
    return _plan(workplace, run, _left_out(workplace, run), _since(workplace, run), _length(workplace, run))


def keep_lineage(workplace: Workplace, run: Run, plan: TrainingPlan) -> Lineage:
    """Store the keys left out beside a training; gives what else it takes to plan it again."""
    keys = pd.DataFrame({workplace.spec.data.key_column: sorted(_left_out(workplace, run))})
    workplace.trained(plan.training_id).write_frame(LEFT_OUT_FILE, keys)
    return Lineage(
        run=run,
        rows=len(plan.split.train_rows),
        since=_since(workplace, run),
        length=plan.length,
        declared=workplace.spec.model_dump(mode="json"),
        code=code_hashes(workplace.spec.trainer.use),
    )


def declared_then(workplace: Workplace, training_id: str, lineage: Lineage) -> ModelSpec:
    """The model file by which a training was done.

    Raises
    ------
    StoreError
        When this version of the code cannot read it.
    """
    try:
        return ModelSpec.model_validate(lineage.declared)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(str(part) for part in first["loc"])
        message = (
            f"{workplace.trained(training_id)} was trained by a model file that this version of the code does not "
            f"understand ({at}: {first['msg']}); check out the commit that trained it, and try there"
        )
        raise StoreError(message) from error


def plan_again(workplace: Workplace, training: Training, lineage: Lineage) -> TrainingPlan:
    """Read the rows of a training from the source once more, as of then, and plan it as it was planned.

    Parameters
    ----------
    workplace
        With the model file as it was then.
    """
    column = workplace.spec.data.key_column
    keys = set(workplace.trained(training.training_id).read_frame(LEFT_OUT_FILE, [column])[column])
    plan = _plan(workplace, lineage.run, keys, lineage.since, lineage.length)
    if training.search is None or training.parent_id is not None:
        return plan
    return plan.model_copy(update={"search": training.search, "params": training.params})  # a search is not repeated


def _plan(
    workplace: Workplace, run: Run, left_out: Collection[Any], since: datetime | None, length: timedelta | None
) -> TrainingPlan:
    spec = workplace.spec
    rows = read_training_rows(spec, choose_window(spec, run.interval), run.interval.end, left_out)
    sound, unsound = validate_rows(relearned(workplace, run, rows), spec)
    excluded = len(unsound) + len(left_out)
    champion = workplace.champion(run)
    return plan_training(
        sound,
        spec,
        run.interval,
        excluded_rows=excluded,
        since=since,
        length=length,
        champion=None if champion is None else workplace.training(champion.training_id),
    )


def _left_out(workplace: Workplace, run: Run) -> set[Any]:
    return workplace.quarantined_keys(run) | workplace.held_keys(run)


def _since(workplace: Workplace, run: Run) -> datetime | None:
    return workplace.of(run).read_record("decision.json", Decision).since


def _length(workplace: Workplace, run: Run) -> timedelta | None:
    first = workplace.first_training(run)
    return None if first is None else first.holdout.end - first.train.start
