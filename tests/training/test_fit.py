"""Fitting a plan gives an estimator, its record and its holdout predictions."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.svm import LinearSVC

from include.retraining.errors import TrainingError
from include.retraining.training.fit import fit
from include.retraining.training.plan import plan_training
from include.retraining.training.predict import predict
from tests.model_samples import make_rows, make_spec, week

FAST = {"trainer": {"params": {"max_iter": 20}}}


def train(task="binary_classification", rows=None, **sections):
    """Plan and fit a small model."""
    spec = make_spec(task, **{**FAST, **sections})
    plan = plan_training(make_rows(2000, 10, task) if rows is None else rows, spec, week(9), excluded_rows=3)
    return plan, fit(plan, spec)


@pytest.mark.parametrize(
    ("task", "metric", "good", "shape"),
    [
        ("binary_classification", "roc_auc", lambda value: value > 0.85, ()),
        ("multiclass_classification", "log_loss", lambda value: value < 0.9, (3,)),
        ("regression", "mae", lambda value: value < 1.2, ()),
    ],
)
def test_a_challenger_learns_and_is_measured_on_its_holdout(task, metric, good, shape):
    """The record carries the metric with its interval, and all others of the task."""
    plan, trained = train(task, retrain={"window": {"refit": False}})
    record = trained.record
    assert record.training_id == plan.training_id
    assert record.folder == f"trainings/{plan.training_id}"
    assert (record.metric, good(record.holdout_metric.value)) == (metric, True)
    assert record.holdout_metric.low < record.holdout_metric.value < record.holdout_metric.high
    assert record.holdout_metrics[metric] == pytest.approx(record.holdout_metric.value)
    assert (record.train_rows, record.holdout_rows, record.excluded_rows) == (1600, 400, 3)
    assert record.train.end == record.holdout.start
    assert not record.refitted
    assert trained.holdout_prediction.shape == (400, *shape)
    np.testing.assert_array_equal(
        trained.holdout_prediction, predict(trained.estimator, plan.split.holdout_rows, plan.columns, task)
    )
    assert type(record).model_validate_json(record.model_dump_json()) == record


def test_the_same_plan_gives_the_same_predictions():
    """Nothing depends on the clock or the process."""
    np.testing.assert_array_equal(train()[1].holdout_prediction, train()[1].holdout_prediction)


def test_a_class_seen_in_the_holdout_only_is_left_out_of_the_figures():
    """Its rows stay in the arrays, marked with -1."""
    rows = make_rows(2000, 10, "multiclass_classification")
    rows.loc[1990:, "y"] = "brand new"
    trained = train("multiclass_classification", rows)[1]
    assert (trained.holdout_y == -1).sum() == 10
    assert trained.record.holdout_metric.n == 390


def test_a_holdout_with_one_class_says_to_lengthen_it():
    """The metric is not defined there."""
    rows = make_rows(2000, 10)
    rows.loc[1500:, "y"] = 1
    with pytest.raises(TrainingError, match=r"holdout 2024-.*only one class.*longer `retrain.window.holdout`"):
        train(rows=rows)


def test_wrong_parameters_name_the_trainer():
    """Also when only scikit-learn finds out."""
    with pytest.raises(TrainingError, match=r"'hist_gradient_boosting' failed on 1,600 rows.*max_iter"):
        train(trainer={"params": {"max_iter": -5}})
    with pytest.raises(TrainingError, match="takes no parameter 'depth'"):
        train(trainer={"params": {"depth": 5}})


def own(estimator):
    """Be a user's trainer that returns this estimator."""
    return lambda columns, task, params, seed: estimator


def test_a_dotted_path_is_a_trainer(monkeypatch):
    """A callable with the same signature, anything with fit and predict_proba."""
    monkeypatch.setattr("include.custom.build", own(DummyClassifier()), raising=False)
    spec = {"performance": {"metric": "log_loss"}, "trainer": {"use": "include.custom:build"}}
    assert train(**spec)[1].record.trainer == "include.custom:build"


@pytest.mark.parametrize(
    ("estimator", "text"), [(LinearSVC(), "without `predict_proba`"), (object(), "AttributeError")]
)
def test_a_trainer_that_returns_no_classifier_is_refused(monkeypatch, estimator, text):
    """The error names what is missing."""
    monkeypatch.setattr("include.custom.build", own(estimator), raising=False)
    spec = {"data": {"numeric": ["x1"]}, "trainer": {"use": "include.custom:build"}}
    with pytest.raises(TrainingError, match=text):
        train(**spec)


def test_a_refit_learns_the_holdout_and_keeps_the_figures_of_what_was_compared():
    """The estimator has seen all rows, its figures come from the model that has not."""
    (plan, plain), (_, refitted) = train(retrain={"window": {"refit": False}}), train()
    np.testing.assert_array_equal(plain.holdout_prediction, refitted.holdout_prediction)
    assert refitted.record.holdout_metric == plain.record.holdout_metric
    assert (refitted.record.refitted, refitted.record.train_rows) == (True, 2000)
    assert refitted.record.train.end == refitted.record.holdout.end
    own = predict(refitted.estimator, plan.split.holdout_rows, plan.columns, "binary_classification")
    assert not np.array_equal(own, refitted.holdout_prediction)
    assert train(retrain={"window": {"refit": False}})[0].training_id != train()[0].training_id


def test_after_a_change_the_rows_since_it_win():
    """All windows are tried and told, the chosen one first."""
    rows = make_rows(3000, 10, "regression")
    rows.loc[rows["at"] >= week(6).start, "y"] *= -1
    spec = make_spec("regression", **FAST)
    plan = plan_training(rows, spec, week(9), since=week(6).start, length=6 * (week(1).start - week(0).start))
    record = fit(plan, spec).record
    assert record.learned == record.trials[0].candidate
    assert record.learned.name == "since_change"
    assert {trial.candidate.name for trial in record.trials} == {"expanding", "sliding", "since_change"}
    assert record.train.start == week(6).start
    assert min(trial.figure.value for trial in record.trials) == record.holdout_metric.value


def test_without_a_change_the_longest_window_wins():
    """Windows with the same rows are tried once; there is nothing to choose."""
    plan, trained = train()
    assert [candidate.name for candidate in plan.candidates] == ["expanding"]
    assert trained.record.trials == ()
