"""A search for parameters learns from the rows before the holdout, and ends when its time is up."""

import math
from itertools import count

import numpy as np
import pytest

from include.retraining.errors import TrainingError
from include.retraining.training import search as module
from include.retraining.training.fit import fit
from include.retraining.training.plan import plan_training
from include.retraining.training.search import search
from tests.model_samples import WEEK, make_rows, make_spec, week

ROWS = make_rows(5200, 10, "regression")
PENALTIES = {"alpha": [0.001, 1e3, 1e4, 1e5, 1e6]}


def declare(task="regression", use="linear", params=PENALTIES, declared=None, **bounds):
    """Declare a model whose trainer searches."""
    return make_spec(task, trainer={"use": use, "params": declared or {}, "search": {"params": params, **bounds}})


def searched(spec, rows=ROWS, **arguments):
    """Plan as of week 9, and search."""
    plan = plan_training(rows, spec, week(9), **arguments)
    return plan, search(plan, spec, spec.trainer.search)


def test_the_best_parameters_are_found_and_all_attempts_told():
    """The best first, on the most rows; the worst were given up early."""
    plan, found = searched(declare())
    assert found.params == {"alpha": 0.001}
    assert found.params == found.attempts[0].params
    assert sorted(one.params["alpha"] for one in found.attempts) == PENALTIES["alpha"]
    assert found.rows == len(plan.split.train_rows)
    assert found.attempts[0].rows > found.attempts[-1].rows
    assert found.attempts[0].score > found.attempts[-1].score
    assert not found.stopped


@pytest.mark.parametrize("task", ["binary_classification", "multiclass_classification"])
def test_classifiers_are_scored_by_the_metric_of_the_model(task):
    """Also where less is better."""
    spec = declare(task, "hist_gradient_boosting", {"max_iter": [1, 30]}, {"learning_rate": 0.1})
    assert searched(spec, make_rows(3600, 10, task))[1].params == {"max_iter": 30}


def test_the_same_seed_tries_the_same():
    """Nothing but the seconds differs."""
    spec = declare(params={"alpha": list(np.geomspace(1e-3, 1e3, 30).tolist())}, candidates=6)
    first, second = (searched(spec)[1].model_dump(exclude={"seconds"}) for _ in range(2))
    assert first == second
    assert len(first["attempts"]) == 6


def test_the_holdout_is_not_looked_at():
    """Labels that turn round in it change nothing."""
    changed = ROWS.copy()
    changed.loc[changed["at"] >= week(8).start, "y"] *= -1
    spec = declare()
    (plan, found), (other, same) = searched(spec), searched(spec, changed)
    assert other.training_id != plan.training_id
    assert found.attempts == same.attempts


def test_the_search_ends_when_its_time_is_up(monkeypatch):
    """A round cut short does not decide; what was not tried has no score."""
    fits = []
    build = module.build
    monkeypatch.setattr(module, "build", lambda *arguments: fits.append(1) or build(*arguments))
    spec = declare(candidates=5, minutes=1)
    everything = searched(spec)[1]
    whole = len(fits)
    assert whole == (5 + 2) * module.SPLITS
    seconds = count()
    monkeypatch.setattr(module, "monotonic", lambda: 60 * next(seconds) / (5 * module.SPLITS + 2))
    fits.clear()
    cut = searched(spec)[1]
    assert cut.stopped
    assert 5 * module.SPLITS <= len(fits) < whole
    assert cut.params == everything.params
    assert cut.attempts[0].rows < everything.attempts[0].rows


def test_a_search_without_time_leaves_the_declared_parameters(monkeypatch):
    """Nothing was scored, nothing failed."""
    seconds = count()
    monkeypatch.setattr(module, "monotonic", lambda: 100.0 * next(seconds))
    found = searched(declare(minutes=1))[1]
    assert (found.params, found.stopped) == ({}, True)
    assert {one.score for one in found.attempts} == {None}


def test_what_fails_is_told_and_what_works_is_used():
    """A wrong value costs its own attempt only; a wrong name is an error at once."""
    found = searched(declare(params={"alpha": [1.0, -1.0]}))[1]
    assert found.params == {"alpha": 1.0}
    (failed,) = [one for one in found.attempts if one.score is None]
    assert "alpha" in failed.error
    with pytest.raises(TrainingError, match=r"search of trainer 'linear' found nothing: .*takes no parameter 'alfa'"):
        searched(declare(params={"alfa": [1.0, 2.0]}))


@pytest.mark.parametrize(("late", "cuts"), [(3, 2), (5, 1), (7, 0)])
def test_a_class_that_comes_late_does_no_harm(late, cuts, monkeypatch):
    """Cuts whose older side does not know it are left out; without any, the declared parameters stand alone."""
    tried = []
    whole = module.HalvingRandomSearchCV
    monkeypatch.setattr(
        module, "HalvingRandomSearchCV", lambda *given, **more: tried.append(more) or whole(*given, **more)
    )
    rows = make_rows(3600, 10, "multiclass_classification")
    rows.loc[(rows["at"] < week(late).start) & (rows["y"] == "top"), "y"] = "low"
    spec = declare("multiclass_classification", params={"C": [1e-6, 1.0]})
    found = searched(spec, rows)[1]
    assert sum(len(one["cv"]) for one in tried) == cuts
    assert found.params == ({"C": 1.0} if cuts else {})


def test_a_class_too_rare_for_a_round_is_told():
    """No combination is to blame; a round with more rows decides."""
    rows = make_rows(9000, 10, "multiclass_classification")
    rare = rows.index[rows["y"] == "top"]
    rows.loc[rare.difference(rare[[1, -1]]), "y"] = "low"
    params = {"C": [1e-6, 1e-3, 1.0, 10.0]}
    found = searched(declare("multiclass_classification", params=params), rows)[1]
    scored = [one for one in found.attempts if one.score is not None]
    assert found.params == scored[0].params
    assert {one.rows for one in scored} == {found.rows // 3 * 3}
    unscored = {one.error for one in found.attempts if one.score is None}
    assert len(unscored) == 1
    assert "a class is too rare to be among" in unscored.pop()


def test_a_training_is_done_with_what_was_found_and_named_by_what_was_asked():
    """Its name follows from the declaration, not from how far the search came."""
    spec = declare()
    plan, found = searched(spec)
    ready = plan.model_copy(update={"search": found, "params": {**plan.params, **found.params}})
    record = fit(ready, spec).record
    assert (record.params, record.search) == ({"alpha": 0.001}, found)
    assert record.training_id == plan.training_id
    assert plan_training(ROWS, declare(candidates=3), week(9)).training_id != plan.training_id
    assert plan_training(ROWS, make_spec("regression", trainer={"use": "linear"}), week(9)).search is None


def test_an_updated_champion_keeps_what_was_found_for_it():
    """Nothing is searched again, and its own parameters do not stand in its way."""
    rows = make_rows(5600, 14, "regression")
    spec = declare(use="sgd_linear", params={"alpha": [1e-4, 10.0]})
    spec = spec.model_copy(update={"retrain": spec.retrain.model_copy(update={"mode": "partial_fit"})})
    plan, found = searched(spec, rows[rows["at"] < week(9).end])
    first = fit(plan.model_copy(update={"search": found, "params": found.params}), spec)
    later = plan_training(rows, spec, week(13), champion=first.record, length=10 * WEEK)
    assert [one.kind for one in later.candidates] == ["update"]
    record = fit(later, spec, lambda: first.estimator).record
    assert (record.params, record.search) == (first.record.params, found)
    assert math.isfinite(record.holdout_metric.value)
