"""Candidates are trained once each, by whichever task, on the rows that were planned."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.retraining.errors import StoreError
from include.retraining.results.run import Launch, Run
from include.retraining.results.training import Training
from include.retraining.spec.trainer import TrainerSpec
from include.retraining.steps import planning
from include.retraining.steps import train as train_module
from include.retraining.steps.check_data_drift import check_data_drift
from include.retraining.steps.check_performance import check_performance
from include.retraining.steps.decide import decide
from include.retraining.steps.extract import extract
from include.retraining.steps.plan_candidates import plan_candidates
from include.retraining.steps.reproduce import reproduce
from include.retraining.steps.score import score
from include.retraining.steps.train import train
from include.retraining.steps.train_candidate import train_candidate
from include.retraining.steps.validate import validate
from include.retraining.steps.workplace import Workplace
from include.retraining.training import search as search_module
from tests.world import interval_of

NAMES = ["expanding", "recent", "sliding"]


def windowed(workplace: Workplace, **window: Any) -> Workplace:
    """The same place with another window; with a length, the first training has candidates."""
    retrain = workplace.spec.retrain
    changed = retrain.model_copy(update={"window": retrain.window.model_copy(update=window)})
    return replace(workplace, spec=workplace.spec.model_copy(update={"retrain": changed}))


def decided(workplace: Workplace) -> Run:
    """Take the first interval up to the decision to train."""
    run = extract(workplace, interval_of(10), Launch(kind="scheduled"))
    for step in (validate, score, check_data_drift, check_performance):
        step(workplace, run)
    assert decide(workplace, run) == "retrain"
    return run


@pytest.fixture
def several(workplace: Workplace) -> Workplace:
    """A model whose first training has three candidates."""
    return windowed(workplace, length=timedelta(days=5), candidates=tuple(NAMES))


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the candidates that are trained, as it happens."""
    names, contend = [], planning.contend

    def noted(plan: Any, spec: Any, candidate: Any, champion: Any) -> Any:
        names.append(candidate.name)
        return contend(plan, spec, candidate, champion)

    monkeypatch.setattr(planning, "contend", noted)
    return names


def test_each_candidate_is_trained_once(several: Workplace, trained: list[str]) -> None:
    """Also where a task is tried again, and where the last one finds some untrained."""
    run = decided(several)
    assert plan_candidates(several, run) == NAMES
    first = train_candidate(several, run, "sliding")
    assert train_candidate(several, run, "sliding") == first
    assert (first["rows"], trained) == (5 * 240, ["sliding"])
    training_id = train(several, run)["training_id"]
    assert sorted(trained) == NAMES
    record = several.training(training_id)
    assert sorted(trial.candidate.name for trial in record.trials) == NAMES
    assert record.trials[0].candidate == record.learned
    assert record.seconds > sum(trial.seconds for trial in record.trials)


def test_a_done_training_keeps_no_candidate_and_plans_none(several: Workplace, trained: list[str]) -> None:
    """The rows and the models that lost are gone; a rerun trains nothing, also of a task that comes late."""
    run = decided(several)
    for name in plan_candidates(several, run):
        train_candidate(several, run, name)
    training_id = train(several, run)["training_id"]
    assert not several.trained(training_id).exists("candidates")
    assert plan_candidates(several, run) == []
    assert train_candidate(several, run, "recent") == {"training_id": training_id}
    assert train(several, run)["training_id"] == training_id
    assert len(trained) == len(NAMES)


def test_all_tasks_train_on_the_rows_that_were_planned(
    several: Workplace, rows: pd.DataFrame, tmp_path: Path, trained: list[str]
) -> None:
    """The source may change between two of them."""
    run = decided(several)
    plan_candidates(several, run)
    planned = planning.make_plan(several, run)
    rows.assign(moisture=0.0).to_parquet(tmp_path / "rows.parquet")
    sealed = planning.sealed(several, planned.training_id)
    pd.testing.assert_frame_equal(sealed.split.train_rows, planned.split.train_rows.reset_index(drop=True))
    training_id = train(several, run)["training_id"]
    assert training_id == planned.training_id
    holdout = several.trained(training_id).read_frame("holdout.parquet")
    assert holdout["__truth"].tolist() == planned.split.holdout_rows["moisture"].tolist()
    assert sorted(trained) == NAMES


def test_sealing_changes_no_result(several: Workplace) -> None:
    """A candidate that is trained elsewhere is the one that would have been trained here."""
    run = decided(several)
    plan = planning.make_plan(several, run)
    planning.seal(several, plan)
    there = planning.sealed(several, plan.training_id)
    for candidate in plan.candidates:
        here, elsewhere = (planning.contend(one, several.spec, candidate) for one in (plan, there))
        assert (here.prediction == elsewhere.prediction).all()


def test_a_single_candidate_costs_no_task(workplace: Workplace, trained: list[str]) -> None:
    """Before there is a length of a history, or where one window is declared."""
    run = decided(workplace)
    assert plan_candidates(workplace, run) == []
    record = workplace.training(train(workplace, run)["training_id"])
    assert (record.trials, trained) == ((), ["expanding"])
    declared = windowed(workplace, use="expanding")
    run = decided(declared)
    assert plan_candidates(declared, run) == []
    assert isinstance(workplace.training(train(declared, run)["training_id"]), Training)


def test_a_search_is_made_once_before_the_candidates(several: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is tried again; every candidate is trained with what it found, and the record tells."""
    searches = []
    whole = search_module.search
    monkeypatch.setattr(search_module, "search", lambda *given: searches.append(1) or whole(*given))
    declared = TrainerSpec.model_validate({"use": "linear", "search": {"params": {"alpha": [1.0, 1e6]}}})
    place = replace(several, spec=several.spec.model_copy(update={"trainer": declared}))
    run = decided(place)
    for _ in range(2):
        assert plan_candidates(place, run) == NAMES
    train_candidate(place, run, "recent")
    record = place.training(train(place, run)["training_id"])
    assert record.search is not None
    assert (record.params, record.search.params) == ({"alpha": 1.0}, {"alpha": 1.0})
    assert place.estimator(record.training_id).get_params()["model__alpha"] == 1.0
    assert reproduce(place, record.training_id).agrees
    assert len(searches) == 1


@pytest.mark.parametrize("moment", ["sealed", "trained_candidate"])
def test_a_run_that_is_overtaken_takes_what_the_other_has_trained(
    several: Workplace, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Another run finishes the same training, and clears the rows and models that this one was about to read."""
    run = decided(several)
    plan_candidates(several, run)
    whole = getattr(train_module, moment)
    training_id: list[str] = []

    def late(*_: Any) -> Any:
        monkeypatch.setattr(train_module, moment, whole)
        training_id.append(train(several, run)["training_id"])
        planning.clear(several, training_id[0])
        return train_module.sealed(several, training_id[0])

    monkeypatch.setattr(train_module, moment, late)
    assert train(several, run)["training_id"] == training_id[0]


def test_what_is_broken_is_an_error_still(several: Workplace) -> None:
    """Rows that are gone while nobody has trained on them."""
    run = decided(several)
    plan_candidates(several, run)
    planning.clear(several, planning.planned_id(several, run))
    with pytest.raises(StoreError, match=r"plan.json"):
        train(several, run)
