"""The rows on which two models are compared, with the predictions of both in one class order."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.results.training import Training

LABEL = "__label"  # column of the classes' names in holdout rows, also of classes that the model does not know
# Metrics whose best constant is the mean; that of the others is the median.
_MEAN_IS_BEST = ("rmse", "r2")


@dataclass(frozen=True)
class Sides:
    """Truth and both predictions, row by row.

    Parameters
    ----------
    classes
        Order in which classes are numbered in `y` and in both predictions; empty for regression.
    blocks
        Number of each row's block of time.
    segments
        Columns of the declared segments.
    unknown
        Rows of the same time that are left out since the challenger does not know their class, counted by class.
    """

    y: np.ndarray
    champion: np.ndarray
    challenger: np.ndarray
    classes: tuple[str, ...]
    blocks: np.ndarray
    segments: pd.DataFrame
    unknown: Mapping[str, int]

    def only(self, kept: np.ndarray) -> "Sides":
        """Some of the rows; blocks without a row have no number."""
        blocks = np.unique(self.blocks[kept], return_inverse=True)[1]
        pair = self.champion[kept], self.challenger[kept]
        return Sides(self.y[kept], *pair, self.classes, blocks, self.segments[kept], self.unknown)

    @property
    def block_count(self) -> int:
        """How many blocks of time there are."""
        return int(self.blocks.max()) + 1 if len(self.blocks) else 0


def same_classes(
    champion: Training, old: np.ndarray, challenger: Training, new: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Bring both predictions into one class order: the challenger's, then what only the champion knows.

    Raises
    ------
    DataError
        When the two models know different classes of a binary target.
    """
    if champion.classes == challenger.classes:
        return old, new, challenger.classes
    if old.ndim == 1 or new.ndim == 1:
        message = (
            f"the champion predicts {champion.classes}, the challenger {challenger.classes}: not the same question; "
            "declare the changed target as a model with a name of its own"
        )
        raise DataError(message)
    order = (*challenger.classes, *(name for name in champion.classes if name not in challenger.classes))
    return in_classes(old, champion.classes, order), in_classes(new, challenger.classes, order), order


def in_classes(prediction: np.ndarray, classes: tuple[str, ...], order: tuple[str, ...]) -> np.ndarray:
    """Bring class probabilities of known order, shape (n, k), into another one; other predictions stay as they are.

    A class that the model does not know has no chance; one that is not asked for is left out.
    """
    if prediction.ndim == 1 or classes == order:
        return prediction
    wide = np.zeros((len(prediction), len(order)))
    for place, name in enumerate(order):
        if name in classes:
            wide[:, place] = prediction[:, classes.index(name)]
    return wide


def best_constant(metric: Metric, y: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Predict the same for all rows, as well as hindsight allows: class shares, median or mean of these very rows.

    The strictest trivial predictor: a model that does not beat it has learned nothing of use.
    """
    if prediction.ndim == 2:
        shares = np.bincount(y.astype(int), minlength=prediction.shape[1]) / len(y)
        return np.tile(shares, (len(y), 1))
    classes = "regression" not in metric.tasks
    value = y.mean() if classes or metric.name in _MEAN_IS_BEST else np.median(y)
    return np.full(len(y), float(value))
