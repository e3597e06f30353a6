"""Metrics agree with scikit-learn, and say where they are not defined."""

import numpy as np
import pytest
from sklearn import metrics as sk

from include.retraining.errors import DataError, SpecError, UnknownNameError
from include.retraining.metrics.catalogue import CATALOGUE, Metric, get_metric, metrics_for, score_all
from include.retraining.registry import METRICS

TASKS = ("binary_classification", "multiclass_classification", "regression")


def decide(scores):
    """Turn scores into classes."""
    return (scores > 0.5).astype(int)


BINARY = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "log_loss": sk.log_loss,
    "brier": sk.brier_score_loss,
    "accuracy": lambda y, p, sample_weight: sk.accuracy_score(y, decide(p), sample_weight=sample_weight),
    "precision": lambda y, p, sample_weight: sk.precision_score(y, decide(p), sample_weight=sample_weight),
    "recall": lambda y, p, sample_weight: sk.recall_score(y, decide(p), sample_weight=sample_weight),
    "f1": lambda y, p, sample_weight: sk.f1_score(y, decide(p), sample_weight=sample_weight),
}
MULTICLASS = {
    "log_loss": sk.log_loss,
    "brier": sk.brier_score_loss,
    "accuracy": lambda y, p, sample_weight: sk.accuracy_score(y, p.argmax(1), sample_weight=sample_weight),
    "precision": lambda y, p, sample_weight: sk.precision_score(
        y, p.argmax(1), sample_weight=sample_weight, average="macro"
    ),
    "recall": lambda y, p, sample_weight: sk.recall_score(y, p.argmax(1), sample_weight=sample_weight, average="macro"),
    "f1": lambda y, p, sample_weight: sk.f1_score(y, p.argmax(1), sample_weight=sample_weight, average="macro"),
}
REGRESSION = {
    "mae": sk.mean_absolute_error,
    "rmse": sk.root_mean_squared_error,
    "mape": sk.mean_absolute_percentage_error,
    "r2": sk.r2_score,
}


@pytest.fixture
def generator():
    """Give each test the same random numbers."""
    return np.random.default_rng(7)


def both_weightings(metric, reference, y, prediction, generator):
    """Compare plain, fractional and whole-number weights, and repeated rows."""
    n = len(y)
    assert metric(y, prediction) == pytest.approx(reference(y, prediction, sample_weight=np.ones(n)), rel=1e-9)
    fractions = generator.uniform(0.1, 3, size=n)
    assert metric(y, prediction, fractions) == pytest.approx(
        reference(y, prediction, sample_weight=fractions), rel=1e-9
    )
    counts = generator.integers(0, 4, size=n)
    repeated = np.repeat(np.arange(n), counts)
    assert metric(y, prediction, counts) == pytest.approx(metric(y[repeated], prediction[repeated]), rel=1e-9)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("name", BINARY)
def test_binary_metrics_agree_with_scikit_learn(name, ties, generator):
    """With and without tied scores, and under any weights."""
    y = generator.integers(0, 2, size=500)
    prediction = np.clip(0.5 * generator.random(500) + 0.4 * y * generator.random(500), 0.01, 0.99)
    prediction = prediction.round(1) if ties else prediction
    both_weightings(CATALOGUE[name], BINARY[name], y, prediction, generator)


@pytest.mark.parametrize("name", MULTICLASS)
def test_multiclass_metrics_agree_with_scikit_learn(name, generator):
    """Averages over classes are plain (macro)."""
    y = generator.integers(0, 4, size=400)
    prediction = generator.dirichlet(np.ones(4), size=400) + 0.5 * np.eye(4)[y] * generator.random((400, 1))
    prediction /= prediction.sum(axis=1, keepdims=True)
    both_weightings(CATALOGUE[name], MULTICLASS[name], y, prediction, generator)


@pytest.mark.parametrize("name", REGRESSION)
def test_regression_metrics_agree_with_scikit_learn(name, generator):
    """In the unit of the target, under any weights."""
    y = generator.normal(10, 3, size=300)
    both_weightings(CATALOGUE[name], REGRESSION[name], y, y + generator.normal(size=300), generator)


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=lambda metric: metric.name)
def test_direction_says_which_prediction_is_better(metric, generator):
    """A sharper prediction gains over a blurred one under every metric."""
    if "regression" in metric.tasks:
        y = generator.normal(10, 1, size=200)
        blurred, sharp = y + generator.normal(0, 2, size=200), y + generator.normal(0, 0.1, size=200)
    else:
        y = generator.integers(0, 2, size=200)
        blurred, sharp = np.where(y, 0.6, 0.4) + generator.uniform(-0.3, 0.3, size=200), np.where(y, 0.9, 0.1)
    assert metric.gain(metric(y, blurred), metric(y, sharp)) > 0


@pytest.mark.parametrize(
    ("name", "y", "prediction"),
    [
        ("roc_auc", [1, 1], [0.2, 0.7]),
        ("roc_auc", [0, 0], [0.2, 0.7]),
        ("average_precision", [0, 0], [0.2, 0.7]),
        ("recall", [0, 0], [0.2, 0.7]),
        ("mape", [0.0, 1.0], [1.0, 1.0]),
        ("r2", [2.0, 2.0], [1.0, 2.0]),
    ],
)
def test_a_metric_is_nan_where_it_is_not_defined(name, y, prediction):
    """Nothing is made up for one class only, a zero truth, or a constant target."""
    assert np.isnan(CATALOGUE[name](np.array(y), np.array(prediction)))
    assert score_all([CATALOGUE[name]], np.array(y), np.array(prediction)) == {}


def test_precision_without_predicted_positives_is_zero():
    """As in scikit-learn: a model that never says yes has no precision to speak of."""
    assert CATALOGUE["precision"](np.array([0, 1]), np.array([0.1, 0.2])) == 0


def test_rows_of_unequal_length_or_without_values_are_refused():
    """The error counts them."""
    metric = CATALOGUE["mae"]
    with pytest.raises(DataError, match="2 labels and 1 predictions"):
        metric(np.array([1.0, 2.0]), np.array([1.0]))
    with pytest.raises(DataError, match="0 labels"):
        metric(np.array([]), np.array([]))
    with pytest.raises(DataError, match="missing or infinite"):
        metric(np.array([1.0, np.nan]), np.array([1.0, 1.0]))


def test_labels_of_an_unknown_class_are_refused():
    """A position of -1 would otherwise be read as the last class."""
    with pytest.raises(DataError, match="1 labels are of a class"):
        CATALOGUE["log_loss"](np.array([0, -1]), np.array([[0.5, 0.5], [0.5, 0.5]]))


def test_a_metric_of_another_task_is_refused_with_those_that_suit():
    """The message lists what the task has."""
    with pytest.raises(
        SpecError, match="'roc_auc' is not defined for task 'regression'; use one of mae, rmse, mape, r2"
    ):
        get_metric("roc_auc", "regression")


def test_an_unknown_metric_gets_a_hint():
    """By the nearest name."""
    with pytest.raises(UnknownNameError, match="Did you mean 'roc_auc'"):
        get_metric("roc_auk", "binary_classification")


def plain_cost(y, prediction, weights):
    """Mean cost of a decision, as a user would write it."""
    return float(np.average(5 * (y == 1) * (prediction < 0.2) + (y == 0) * (prediction >= 0.2), weights=weights))


plain_cost.greater_is_better = False


def test_a_callable_at_a_dotted_path_is_a_metric(monkeypatch):
    """Its own attribute says that less is better."""
    monkeypatch.setattr("include.custom.plain_cost", plain_cost, raising=False)
    metric = get_metric("include.custom:plain_cost", "binary_classification")
    y, prediction = np.array([0, 1, 1]), np.array([0.5, 0.1, 0.9])
    assert metric(y, prediction) == pytest.approx(2.0)
    assert metric(y, prediction, np.array([0, 1, 1])) == pytest.approx(2.5)
    assert not metric.greater_is_better
    assert metric.label == "plain cost"


def test_a_dotted_path_to_something_else_is_refused(monkeypatch):
    """A metric must be callable."""
    monkeypatch.setattr("include.custom.number", 3, raising=False)
    with pytest.raises(SpecError, match="is a int; it must be a callable"):
        get_metric("include.custom:number", "regression")


def test_catalogue_and_registry_name_the_same_metrics():
    """Each registered name resolves to the metric of that name."""
    assert set(CATALOGUE) == set(METRICS)
    for name, metric in CATALOGUE.items():
        assert get_metric(name, metric.tasks[0]) is metric


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_metrics(task):
    """All of them evaluate on the same rows."""
    assert all(isinstance(metric, Metric) and task in metric.tasks for metric in metrics_for(task))


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_weights_of_blocks_are_weights_of_their_rows(name):
    """Also with ties, blocks of one class alone, blocks that are not drawn, and where one class has no weight."""
    generator = np.random.default_rng(6)
    y, blocks = (generator.random(300) < 0.3).astype(int), np.sort(generator.integers(0, 8, 300))
    y[blocks == 2] = 0
    y[blocks == 5] = 1
    prediction = np.round(np.clip(0.3 * y + generator.random(300), 0, 1), 1)
    metric = get_metric(name, "binary_classification")
    by_row, by_block = metric.evaluator(y, prediction), metric.block_evaluator(y, prediction, blocks)
    for weights in (np.ones(8), *np.array([np.bincount(generator.integers(0, 8, 8), minlength=8) for _ in range(20)])):
        assert by_block(weights.astype(float)) == pytest.approx(by_row(weights[blocks].astype(float)), abs=1e-12)
    assert np.isnan(metric.block_evaluator(np.zeros(300), prediction, blocks)(np.ones(8)))
    with pytest.raises(DataError, match="missing or infinite"):
        metric.block_evaluator(y, np.full(300, np.nan), blocks)
