"""The metrics that a model file may name, and what each of them needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from include.retraining.errors import DataError, SpecError
from include.retraining.metrics import classification, ranking, regression
from include.retraining.registry import resolve
from include.retraining.spec.model import Task

Evaluate = Callable[[np.ndarray], float]
Prepare = Callable[[np.ndarray, np.ndarray], Evaluate]
PrepareBlocks = Callable[[np.ndarray, np.ndarray, np.ndarray], Evaluate]

_BINARY: tuple[Task, ...] = ("binary_classification",)
_CLASSES: tuple[Task, ...] = ("binary_classification", "multiclass_classification")
_NUMBERS: tuple[Task, ...] = ("regression",)
_ALL: tuple[Task, ...] = (*_CLASSES, *_NUMBERS)


@dataclass(frozen=True)
class Metric:
    """A figure of merit over rows: `metric(y, prediction, weights)`.

    `y` holds class positions from 0, or numbers; `prediction` is P(positive) or a number, shape (n,),
    or one probability for each class, shape (n, k).
    """

    name: str
    label: str
    greater_is_better: bool
    tasks: tuple[Task, ...]
    prepare: Prepare
    """Do the work that does not depend on weights; `evaluator` checks the rows first."""
    undefined: str = "the figure is not a number"
    """What it means when the metric is NaN."""
    prepare_blocks: PrepareBlocks | None = None
    """A faster way for rows that are weighted in blocks, where there is one."""

    def __call__(self, y: np.ndarray, prediction: np.ndarray, weights: np.ndarray | None = None) -> float:
        """Evaluate on rows with weights (all 1 when left out); NaN where the metric is not defined."""
        return self.evaluator(y, prediction)(np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float))

    def evaluator(self, y: np.ndarray, prediction: np.ndarray) -> Evaluate:
        """Check the rows and return a function of their weights.

        Raises
        ------
        DataError
            Without rows, when lengths differ, or when a label or a prediction is missing.
        """
        return self.prepare(*self._checked(y, prediction))

    def block_evaluator(self, y: np.ndarray, prediction: np.ndarray, blocks: np.ndarray) -> Evaluate:
        """Check the rows and return a function of the weights of their blocks.

        Parameters
        ----------
        blocks
            Number of each row's block, from 0.

        Raises
        ------
        DataError
            Without rows, when lengths differ, or when a label or a prediction is missing.
        """
        checked = self._checked(y, prediction)
        if self.prepare_blocks is not None:
            return self.prepare_blocks(*checked, blocks)
        evaluate = self.prepare(*checked)
        return lambda weights: evaluate(weights[blocks])

    def gain(self, old: float, new: float) -> float:
        """How much better `new` is than `old`; negative when worse."""
        return new - old if self.greater_is_better else old - new

    def _checked(self, y: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y, prediction = np.asarray(y), np.asarray(prediction, dtype=float)
        if len(y) == 0 or len(y) != len(prediction):
            message = (
                f"{self.label}: {len(y)} labels and {len(prediction)} predictions; both must be there, one for one"
            )
            raise DataError(message)
        if not (np.isfinite(y).all() and np.isfinite(prediction).all()):
            message = f"{self.label}: missing or infinite labels or predictions; leave those rows out first"
            raise DataError(message)
        if "regression" not in self.tasks and y.min() < 0:
            message = f"{self.label}: {int((y < 0).sum())} labels are of a class that the model does not know"
            raise DataError(message)
        return y, prediction


_ONE_CLASS = "the labels hold only one class"
_NO_POSITIVE = "no label is positive"

ROC_AUC = Metric("roc_auc", "ROC AUC", True, _BINARY, ranking.roc_auc, _ONE_CLASS, ranking.roc_auc_by_block)
AVERAGE_PRECISION = Metric(
    "average_precision", "average precision", True, _BINARY, ranking.average_precision, _NO_POSITIVE
)
LOG_LOSS = Metric("log_loss", "log loss", False, _CLASSES, classification.log_loss)
BRIER = Metric("brier", "Brier score", False, _CLASSES, classification.brier)
ACCURACY = Metric("accuracy", "accuracy", True, _CLASSES, classification.accuracy)
PRECISION = Metric("precision", "precision", True, _CLASSES, classification.precision, _NO_POSITIVE)
RECALL = Metric("recall", "recall", True, _CLASSES, classification.recall, _NO_POSITIVE)
F1 = Metric("f1", "F1", True, _CLASSES, classification.f1, _NO_POSITIVE)
MAE = Metric("mae", "MAE", False, _NUMBERS, regression.mae)
RMSE = Metric("rmse", "RMSE", False, _NUMBERS, regression.rmse)
MAPE = Metric("mape", "MAPE", False, _NUMBERS, regression.mape, "a true value is 0")
R2 = Metric("r2", "R²", True, _NUMBERS, regression.r2, "all true values are equal")

CATALOGUE: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            *(ROC_AUC, AVERAGE_PRECISION, LOG_LOSS, BRIER, ACCURACY, PRECISION, RECALL, F1),
            *(MAE, RMSE, MAPE, R2),
        )
    }
)


def get_metric(name: str, task: Task) -> Metric:
    """Look up a metric by name, or wrap the callable at a dotted path.

    A callable takes `(y, prediction, weights)` and returns a float, NaN where it is not defined.
    More is better unless it has an attribute `greater_is_better = False`.

    Raises
    ------
    UnknownNameError
        When the name is unknown.
    SpecError
        When the metric does not suit the task, or is not callable.
    """
    found = resolve("metric", name)
    metric = found if isinstance(found, Metric) else _from_callable(name, found)
    if task not in metric.tasks:
        suitable = ", ".join(entry.name for entry in metrics_for(task))
        message = f"metric {name!r} is not defined for task {task!r}; use one of {suitable}"
        raise SpecError(message)
    return metric


def metrics_for(task: Task) -> tuple[Metric, ...]:
    """All metrics of the catalogue that suit a task."""
    return tuple(metric for metric in CATALOGUE.values() if task in metric.tasks)


def score_all(metrics: Iterable[Metric], y: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """Evaluate several metrics on the same rows; those not defined there are left out."""
    figures = {metric.name: metric(y, prediction) for metric in metrics}
    return {name: figure for name, figure in figures.items() if np.isfinite(figure)}


def _from_callable(path: str, function: Any) -> Metric:
    if not callable(function):
        message = (
            f"metric {path!r} is a {type(function).__name__}; it must be a callable (y, prediction, weights) -> float"
        )
        raise SpecError(message)

    def prepare(y: np.ndarray, prediction: np.ndarray) -> Evaluate:
        return lambda weights: float(function(y, prediction, weights))

    name = path.rpartition(":")[2]
    return Metric(name, name.replace("_", " "), bool(getattr(function, "greater_is_better", True)), _ALL, prepare)
