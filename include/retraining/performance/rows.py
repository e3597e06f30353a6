"""Rows whose labels arrived, with all that the analysis of concept drift looks at."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.retraining.spec.model import Task

# Log loss of one row is capped at -log(0.01), 4.6: one overconfident row must not outweigh a whole segment.
PROBABILITY_FLOOR = 0.01
# Above it a row counts as positive, as in `metrics.classification`.
DECISION_THRESHOLD = 0.5


@dataclass(frozen=True)
class LabelledRows:
    """Rows in any order, column by column.

    Parameters
    ----------
    times
        When each row happened, datetime64[us], UTC.
    features
        The features that the model reads.
    segments
        The declared segment columns.
    y, prediction
        As in `Labelled`: class positions (-1: unknown class) or numbers; P(positive) or a number, shape (n,),
        or class probabilities, shape (n, k).
    """

    keys: np.ndarray
    times: np.ndarray
    features: pd.DataFrame
    segments: pd.DataFrame
    y: np.ndarray
    prediction: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def only(self, rows: np.ndarray) -> "LabelledRows":
        """Take the rows at which a mask is true."""
        return LabelledRows(
            self.keys[rows],
            self.times[rows],
            self.features[rows],
            self.segments[rows],
            self.y[rows],
            self.prediction[rows],
        )

    @property
    def days(self) -> np.ndarray:
        """The day of each row, UTC: rows of one day may share what went wrong on it."""
        found: np.ndarray = self.times.astype("datetime64[D]")
        return found

    def usable(self, task: Task) -> np.ndarray:
        """Mask of the rows with a known label and a finite prediction."""
        by_row = self.prediction if self.prediction.ndim > 1 else self.prediction[:, None]
        finite: np.ndarray = np.isfinite(by_row).all(axis=1) & np.isfinite(self.y)
        if task == "regression":
            return finite
        classes = max(2, by_row.shape[1])
        known: np.ndarray = finite & (self.y >= 0) & (self.y < classes)
        return known

    def losses(self, task: Task) -> np.ndarray:
        """Loss of each row: absolute error of numbers, log loss of classes, capped; NaN where it is not usable.

        The absolute error, not the squared one: a squared error lets a few mistyped labels decide.

        Returns
        -------
        ndarray of shape (n,)
        """
        if task == "regression":
            return self._where_usable(np.abs(self.y - self.prediction), task)
        return self._where_usable(-np.log(np.clip(self._of_true_class(task), PROBABILITY_FLOOR, 1.0)), task)

    def mistakes(self, task: Task) -> np.ndarray:
        """Zero-one loss of each row of a classifier: 1 where the most probable class is not the true one.

        Returns
        -------
        ndarray of shape (n,)
            NaN where the row is not usable.
        """
        binary = self.prediction.ndim == 1
        predicted = self.prediction > DECISION_THRESHOLD if binary else self.prediction.argmax(axis=1)
        return self._where_usable((predicted != self.y).astype(float), task)

    def residuals(self, task: Task) -> np.ndarray:
        """Truth minus prediction: one column, or one for each of more than two classes.

        Returns
        -------
        ndarray of shape (n, 1) or (n, k)
            NaN where the row is not usable.
        """
        usable = self.usable(task)
        if self.prediction.ndim == 1:
            return np.where(usable, self.y - self.prediction, np.nan)[:, None]
        truth = np.eye(self.prediction.shape[1])[np.where(usable, self.y, 0).astype(int)]
        return np.where(usable[:, None], truth - self.prediction, np.nan)

    def _of_true_class(self, task: Task) -> np.ndarray:
        """Predicted probability of what came true."""
        if self.prediction.ndim == 1:
            return np.where(self.y == 1, self.prediction, 1.0 - self.prediction)
        classes = np.where(self.usable(task), self.y, 0).astype(int)
        chosen: np.ndarray = self.prediction[np.arange(len(self)), classes]
        return chosen

    def _where_usable(self, values: np.ndarray, task: Task) -> np.ndarray:
        return np.where(self.usable(task), values, np.nan)
