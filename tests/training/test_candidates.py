"""Candidates differ from one another, and those that cannot be trained say why."""

from datetime import timedelta

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsRegressor

from include.retraining.training.candidates import propose
from include.retraining.training.fit import fit
from include.retraining.training.plan import plan_training
from tests.model_samples import WEEK, make_rows, make_spec, week

KNOWN = {"first": week(0).start, "cut": week(8).start}


EVERY = ["expanding", "recent", "sliding", "since_change", "update"]


def windowed(**window):
    """Declare a model with this window; every candidate takes part unless others are named."""
    window = {"candidates": EVERY, **window}
    return make_spec(retrain={"window": {"minimum_rows": 10, **window}})


def names(**arguments):
    """Names of the candidates of `best`."""
    return [one.name for one in propose(windowed(), **KNOWN, **arguments)]


def test_candidates_differ_those_with_more_rows_first():
    """One that holds the same rows as a longer one is none, nor is a change within the holdout."""
    found = propose(windowed(), **KNOWN, since=week(6).start, length=4 * WEEK)
    assert [(one.name, one.start, one.half_life) for one in found] == [
        ("expanding", week(0).start, None),
        ("recent", week(0).start, 2 * WEEK),
        ("sliding", week(4).start, None),
        ("since_change", week(6).start, None),
    ]
    assert names(since=week(8).start, length=20 * WEEK) == ["expanding"]
    assert names(since=week(6).start) == ["expanding", "since_change"]
    declared = propose(windowed(length="14d"), **KNOWN)
    assert [(one.name, one.half_life) for one in declared] == [
        ("expanding", None), ("recent", timedelta(days=7)), ("sliding", None)
    ]  # fmt: skip


def test_a_declared_window_is_the_only_candidate():
    """`since_change` is all history while no change is known, `recent` while no length is."""

    def only(**declared):
        (found,) = propose(windowed(**declared), **KNOWN, since=week(6).start, length=4 * WEEK)
        return found.name, found.start

    assert only(use="since_change") == ("since_change", week(6).start)
    assert only(use="sliding", maximum="14d") == ("sliding", week(6).start)
    assert only(use="recent") == ("recent", week(0).start)
    assert only(use="best", candidates=["sliding"]) == ("sliding", week(4).start)
    for use in ("since_change", "recent"):
        assert [one.name for one in propose(windowed(use=use), **KNOWN)] == ["expanding"]


@pytest.mark.parametrize(
    ("declared", "several"), [({}, True), ({"use": "expanding"}, False), ({"candidates": ["sliding"]}, False)]
)
def test_whether_there_may_be_several_is_known_beforehand(declared, several):
    """Airflow's graph depends on it."""
    assert windowed(**declared).retrain.window.several is several


def planned(rows, **sections):
    """Plan as of week 9, after a first champion of four weeks."""
    spec = make_spec("regression", retrain={"window": {"candidates": EVERY}}, **sections)
    return plan_training(rows, spec, week(9), length=4 * WEEK), spec


def test_an_estimator_without_weights_leaves_recency_out(monkeypatch):
    """The record says so."""
    monkeypatch.setattr("include.custom.build", lambda *_: KNeighborsRegressor(), raising=False)
    rows = make_rows(3000, 10, "regression")
    plan, spec = planned(rows, data={"numeric": ["x1", "x2"]}, trainer={"use": "include.custom:build"})
    record = fit(plan, spec).record
    assert [one.name for one in plan.candidates] == ["expanding", "sliding"]
    assert record.left_out == {"recent": "what trainer 'include.custom:build' builds takes no `sample_weight`"}


def test_a_window_without_rows_values_or_classes_is_left_out():
    """Others take part."""
    plan, _ = planned(make_rows(1100, 10, "regression"))
    assert plan.left_out == {"sliding": "440 rows, fewer than 500"}
    rows = make_rows(3000, 10, "regression")
    rows.loc[rows["at"] >= week(3).start, "x2"] = np.nan
    assert planned(rows)[0].left_out == {"sliding": "no value of x2 in its rows"}
    rare = make_rows(3000, 10, "multiclass_classification")
    rare.loc[rare["at"] >= week(3).start, "y"] = "low"
    plan = plan_training(rare, make_spec("multiclass_classification"), week(9), length=4 * WEEK)
    assert plan.left_out == {"sliding": "not every class is in its rows"}


def test_recency_wins_where_the_relation_moves_all_the_time():
    """Each week a little: all rows are too old, and a window has too few."""
    rng = np.random.default_rng(0)
    rows = make_rows(3000, 10, "regression")
    age = (rows["at"] - week(0).start) / WEEK
    rows["y"] = (1 - 0.2 * age) * rows["x1"] + rng.normal(0, 2.0, len(rows))
    plan, spec = planned(rows, trainer={"use": "linear"})
    figures = {trial.candidate.name: trial.figure.value for trial in fit(plan, spec).record.trials}
    assert figures["recent"] < figures["expanding"]


def test_a_trained_half_life_is_part_of_the_name():
    """Another length of the first champion's history is another training."""
    rows, spec = make_rows(3000, 10, "regression"), make_spec("regression")
    ids = {plan_training(rows, spec, week(9), length=weeks * WEEK).training_id for weeks in (3, 4, 20)}
    assert len(ids) == 3
