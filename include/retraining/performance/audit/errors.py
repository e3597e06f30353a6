"""How wrong each label looks to the champion, measured in what is usual on the reference."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from include.retraining.performance.audit.rows import AuditRows

# The standard deviation of a normal variable over its median absolute deviation.
DEVIATION = 1.4826
# Winsorising point of residuals, in standard deviations: beyond it a single row says no more.
WINSOR = 10.0


@dataclass(frozen=True)
class RowErrors:
    """Errors of rows against the reference.

    `residual` is y - prediction in robust standard deviations of the reference's, around its median (regression;
    else 0), `loss` its size, or 1 - the probability that was given to the label. The scores are normal scores of
    both: standard normal on rows like the reference's, whatever their distribution, and bounded.
    """

    residual: np.ndarray
    loss: np.ndarray
    residual_score: np.ndarray
    loss_score: np.ndarray

    def only(self, rows: np.ndarray) -> "RowErrors":
        """Take the rows of a mask, or of positions."""
        return RowErrors(self.residual[rows], self.loss[rows], self.residual_score[rows], self.loss_score[rows])


def row_errors(rows: AuditRows, reference: AuditRows) -> RowErrors:
    """Measure rows whose labels are known."""
    if rows.task == "regression":
        before = reference.y - reference.prediction
        center, scale = location_and_scale(before)
        residual = np.clip((rows.y - rows.prediction - center) / scale, -WINSOR, WINSOR)
        usual = np.clip((before - center) / scale, -WINSOR, WINSOR)
        return RowErrors(
            residual, np.abs(residual), normal_scores(residual, usual), normal_scores(np.abs(residual), np.abs(usual))
        )
    loss, usual = 1 - given_probability(rows), 1 - given_probability(reference)
    nothing = np.zeros(len(rows))
    return RowErrors(nothing, loss, nothing, normal_scores(loss, usual))


def location_and_scale(values: np.ndarray) -> tuple[float, float]:
    """Median and robust standard deviation; 1 where the values do not vary.

    Examples
    --------
    >>> location_and_scale(np.array([1.0, 2.0, 3.0, 100.0, 2.0]))
    (2.0, 1.4826)
    """
    center = float(np.median(values))
    scale = DEVIATION * float(np.median(np.abs(values - center))) or float(np.std(values)) or 1.0
    return center, scale


def given_probability(rows: AuditRows) -> np.ndarray:
    """Probability that the champion gave to each label."""
    if rows.prediction.ndim == 1:
        return np.where(rows.y == 1, rows.prediction, 1 - rows.prediction)
    probability: np.ndarray = rows.prediction[np.arange(len(rows)), rows.y]
    return probability


def normal_scores(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Standard normal quantiles of the values' ranks among the reference.

    References
    ----------
    B. L. van der Waerden, "Order tests for the two-sample problem and their power", Indagationes
    Mathematicae 14 (1952).
    """
    ordered = np.sort(reference)
    ranks = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2
    scores: np.ndarray = ndtri((ranks + 0.5) / (len(ordered) + 1))
    return scores
