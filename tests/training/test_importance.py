"""How much a model relies on its features."""

import logging

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance

from include.retraining.metrics.catalogue import Metric, get_metric
from include.retraining.results.columns import Columns
from include.retraining.training import importance as module
from include.retraining.training.fit import fit
from include.retraining.training.importance import feature_importance
from include.retraining.training.plan import plan_training
from tests.model_samples import make_rows, make_spec, week

COLUMNS = Columns(numeric=("a", "b", "c"), categorical=())


class Sum:
    """A model that adds up its columns with fixed weights, and counts the rows that it predicts."""

    def __init__(self, *weights):
        self.weights, self.predicted = np.array(weights, float), []

    def fit(self, rows, y):
        """Nothing is learned."""
        return self

    def predict(self, rows):
        """Weighted sums."""
        self.predicted.append(len(rows))
        return rows.to_numpy(float) @ self.weights


def sample(n=2000):
    """Independent columns with variance 1."""
    return pd.DataFrame(np.random.default_rng(5).normal(size=(n, 3)), columns=["a", "b", "c"])


def measure(model, rows, y, metric="mae", **arguments):
    """Importance for regression."""
    found = metric if isinstance(metric, Metric) else get_metric(metric, "regression")
    return feature_importance(model, rows, y, COLUMNS, task="regression", metric=found, seed=1, **arguments)


def squared(y, prediction, weights):
    """Mean squared error."""
    return np.average((y - prediction) ** 2, weights=weights)


squared.greater_is_better = False


def test_importance_follows_the_known_law_of_a_linear_model(monkeypatch):
    """Shuffling a column with weight w raises the squared error of a perfect model by 2 w², whatever the scale."""
    monkeypatch.setattr("include.custom.squared", squared, raising=False)
    rows, model = sample(), Sum(2.0, 1.0, 0.0)
    metric = get_metric("include.custom:squared", "regression")
    found = measure(model, rows, model.predict(rows), metric)
    assert found == pytest.approx({"a": 3 * 4 / 5, "b": 3 / 5, "c": 0.0}, rel=0.1)
    assert np.mean(list(found.values())) == pytest.approx(1.0)


def test_importance_is_that_of_scikit_learn():
    """Numbers with gaps and categories, by trees: the same but for the shuffles drawn."""
    rows = make_rows(4000, 10, "regression")
    rows["x1"] = rows["x1"].where(np.arange(len(rows)) % 7 > 0)
    spec = make_spec("regression", trainer={"params": {"max_iter": 20}})
    trained = fit(plan_training(rows, spec, week(9)), spec)
    record, some = trained.record, rows.tail(2000)
    columns = Columns(numeric=record.numeric, categorical=record.categorical)
    found = feature_importance(
        trained.estimator,
        some,
        some["y"].to_numpy(),
        columns,
        task="regression",
        metric=get_metric("mae", "regression"),
        seed=3,
    )
    theirs = permutation_importance(
        trained.estimator,
        some[columns.features],
        some["y"],
        scoring="neg_mean_absolute_error",
        n_repeats=10,
        random_state=4,
    ).importances_mean
    assert list(found.values()) == pytest.approx((theirs.clip(0) / theirs.clip(0).mean()).tolist(), rel=0.1, abs=0.02)


def test_more_and_less_of_a_metric_mean_the_same():
    """R² falls and MAE rises when a column that matters is shuffled; either way it is important."""
    rows, model = sample(), Sum(3.0, 1.0, 0.0)
    for metric in ("r2", "mae"):
        found = measure(model, rows, model.predict(rows), metric)
        assert found["a"] > 1 > found["b"] > found["c"] == 0


def test_a_column_that_only_disturbs_has_no_negative_importance():
    """Shuffling noise that the model wrongly follows changes little, and never counts below 0."""
    rows, model = sample(), Sum(1.0, 0.0, -1.0)
    found = measure(model, rows, (rows["a"] + rows["c"]).to_numpy())
    assert min(found.values()) >= 0


def test_a_model_without_important_columns_relies_on_all_alike():
    """A constant model: all 1, not 0 over 0."""
    rows = sample()
    assert measure(Sum(0.0, 0.0, 0.0), rows, rows["a"].to_numpy()) == {"a": 1.0, "b": 1.0, "c": 1.0}


def test_work_is_bounded_and_seeded(monkeypatch):
    """At most 4,000 rows of a large holdout are shuffled, fewer with very many columns; few rows thrice at once."""
    rows, model = sample(8000), Sum(2.0, 1.0, 0.0)
    y = rows["a"].to_numpy()
    first = measure(model, rows, y)
    assert model.predicted == [4000] * 4
    assert measure(model, rows, y) == first
    monkeypatch.setattr(module, "MAXIMUM_PREDICTED", 9000)
    model.predicted.clear()
    measure(model, rows, y)
    assert model.predicted == [3000] * 4
    model.predicted.clear()
    measure(model, sample(900), sample(900)["a"].to_numpy())
    assert model.predicted == [900, *[3 * 900] * 3]


def test_rows_are_not_changed():
    """Shuffling happens on copies."""
    rows, model = sample(200), Sum(2.0, 1.0, 0.0)
    before = rows.copy()
    measure(model, rows, rows["a"].to_numpy())
    pd.testing.assert_frame_equal(rows, before)


def moody(undefined):
    """A metric that is not defined in these of its successive evaluations."""
    calls = iter(range(10_000))

    def prepare(y, prediction):
        return lambda _weights: float("nan") if next(calls) in undefined else -float(np.mean((y - prediction) ** 2))

    return Metric("moody", "moody", True, ("regression",), prepare)


def test_shuffles_without_a_figure_are_left_out():
    """One of two: the other; both: as important as an average feature."""
    rows, model = sample(), Sum(2.0, 1.0, 0.0)
    y = model.predict(rows)
    whole = measure(model, rows, y, moody(()))
    assert measure(model, rows, y, moody((1,))) == pytest.approx(whole, rel=0.05)
    without = measure(model, rows, y, moody((5, 6)))
    assert without["c"] == 1.0
    assert without["a"] / without["b"] == pytest.approx(whole["a"] / whole["b"])


def broken(_rows):
    """Fail like code of a user."""
    raise RuntimeError


@pytest.mark.parametrize("case", ["undefined", "model", "one class"])
def test_what_cannot_be_measured_is_not_known_and_fails_nothing(case, monkeypatch, caplog):
    """No figure at all, a model that raises, a holdout sample of one class: nothing is known, and the log says why."""
    rows, model = sample(), Sum(2.0, 1.0, 0.0)
    y, metric, task = model.predict(rows), moody((0,)), "regression"
    if case == "model":
        monkeypatch.setattr(model, "predict", broken)
    if case == "one class":
        metric, task = get_metric("roc_auc", "binary_classification"), "binary_classification"
        model.predict_proba = lambda rows: np.full((len(rows), 2), 0.5)
        y = np.ones(len(rows), int)
    with caplog.at_level(logging.WARNING):
        assert feature_importance(model, rows, y, COLUMNS, task=task, metric=metric, seed=0) == {}
    assert "importance of the features not measured" in caplog.text


@pytest.mark.parametrize("task", ["binary_classification", "multiclass_classification", "regression"])
def test_a_training_records_what_it_relies_on(task):
    """Numbers and categories alike, by the model's own metric; classes that training never saw do no harm."""
    rows = make_rows(2000, 10, task)
    if task == "multiclass_classification":
        rows.loc[1990:, "y"] = "brand new"
    spec = make_spec(task, trainer={"params": {"max_iter": 20}})
    found = fit(plan_training(rows, spec, week(9)), spec).record.importance
    assert list(found) == ["x1", "x2", "colour"]
    assert found["x1"] > found["colour"] > found["x2"]
    assert np.mean(list(found.values())) == pytest.approx(1.0)
