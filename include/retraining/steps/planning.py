"""The plan of a run's training: made once, and sealed where several tasks train its candidates."""

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from include.retraining.data.store import Folder
from include.retraining.errors import StoreError
from include.retraining.results.candidate import Candidate, Tried
from include.retraining.results.record import Record
from include.retraining.results.run import Run
from include.retraining.results.search import Search
from include.retraining.steps.lineage import plan_for
from include.retraining.steps.models import read_estimator, write_estimator
from include.retraining.steps.predictions import from_columns, to_columns
from include.retraining.steps.workplace import ESTIMATOR_FILE, TRAINING_FILE, Workplace
from include.retraining.training.fit import Contestant, contend
from include.retraining.training.learn import Load
from include.retraining.training.plan import Outline, TrainingPlan
from include.retraining.training.windows import Split

_PLANNED = "planned.json"  # in the run's folder: which training it planned
_CONTEST = "candidates"  # in the training's folder, until it is trained
_OUTLINE, _ROWS = "plan.json", "rows.parquet"  # in that folder
_SEARCH = "search.json"  # in that folder, where a search is declared
_TRIED, _PREDICTION = "candidate.json", "prediction.parquet"  # in a candidate's folder below


class Planned(Record):
    """The training that a run has planned."""

    training_id: str


def make_plan(workplace: Workplace, run: Run) -> TrainingPlan:
    """Plan a training on the labelled rows that the run may learn from; the run remembers which."""
    plan = plan_for(workplace, run)
    workplace.of(run).write_record(_PLANNED, Planned(training_id=plan.training_id))
    return plan


def seal(workplace: Workplace, plan: TrainingPlan) -> None:
    """Keep a plan with its rows, so that every task of the run trains on the same ones, whatever the source does."""
    folder = _contest(workplace, plan.training_id)
    if not folder.exists(_OUTLINE):
        folder.write_frame(_ROWS, pd.concat([plan.split.train_rows, plan.split.holdout_rows]))
        folder.write_record(_OUTLINE, plan)


def searched(workplace: Workplace, plan: TrainingPlan) -> TrainingPlan:
    """The plan with the parameters that the declared search finds; of several searches at once the first stands."""
    declared = workplace.spec.trainer.search
    if declared is None or all(candidate.kind == "update" for candidate in plan.candidates):
        return plan
    folder = _contest(workplace, plan.training_id)
    if not folder.exists(_SEARCH):
        from include.retraining.training.search import search  # imports what only a search needs

        folder.create_bytes(_SEARCH, search(plan, workplace.spec, declared).model_dump_json(indent=2).encode())
    found = folder.read_record(_SEARCH, Search)
    return plan.model_copy(update={"search": found, "params": {**plan.params, **found.params}})


def sealed(workplace: Workplace, training_id: str) -> TrainingPlan:
    """A plan that was sealed."""
    folder = _contest(workplace, training_id)
    outline, rows = folder.read_record(_OUTLINE, Outline), folder.read_frame(_ROWS)
    older = rows[workplace.spec.data.time] < outline.holdout.start
    split = Split(rows[older], rows[~older], outline.train, outline.holdout)
    return TrainingPlan(**dict(outline), split=split)


def is_planned(workplace: Workplace, run: Run) -> bool:
    """Whether the run has planned a training."""
    return workplace.of(run).exists(_PLANNED)


def planned_id(workplace: Workplace, run: Run) -> str:
    """Name of the training that the run has planned."""
    return workplace.of(run).read_record(_PLANNED, Planned).training_id


def is_trained(workplace: Workplace, training_id: str) -> bool:
    """Whether a training is done."""
    return workplace.trained(training_id).exists(TRAINING_FILE)


def trained_candidate(workplace: Workplace, plan: TrainingPlan, candidate: Candidate) -> Contestant:
    """Train a candidate, or find what an earlier try or another task has stored; its record comes last."""
    folder = _contest(workplace, plan.training_id).child(candidate.name)
    if folder.exists(_TRIED):
        prediction = from_columns(folder.read_frame(_PREDICTION))
        return Contestant(folder.read_record(_TRIED, Tried), read_estimator(folder, ESTIMATOR_FILE), prediction)
    found = contend(plan, workplace.spec, candidate, champion_of(workplace, plan))
    write_estimator(folder, ESTIMATOR_FILE, found.estimator)
    folder.write_frame(_PREDICTION, pd.DataFrame(to_columns(found.prediction)))
    folder.write_record(_TRIED, found.record)
    return found


def champion_of(workplace: Workplace, plan: TrainingPlan) -> Load | None:
    """What loads the champion that goes on learning, where this is a candidate."""
    champion = plan.champion
    return None if champion is None else lambda: workplace.estimator(champion.training_id)


@contextmanager
def overtaken(workplace: Workplace, training_id: str) -> Iterator[None]:
    """Forgive what fails where another run has finished the training meanwhile, and cleared what this one reads."""
    try:
        yield
    except (StoreError, OSError):
        if not is_trained(workplace, training_id):
            raise


def clear(workplace: Workplace, training_id: str) -> None:
    """Remove the rows and the models of candidates: once the training's record stands, nobody reads them."""
    workplace.trained(training_id).remove(_CONTEST)


def _contest(workplace: Workplace, training_id: str) -> Folder:
    return workplace.trained(training_id).child(_CONTEST)
