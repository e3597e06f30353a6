"""Labelled rows in few weighted ones: what a classifier's reference is stored as, and drawn again from."""

from dataclasses import dataclass

import numpy as np

from include.retraining.metrics.classification import DECISION_THRESHOLD

# Cells of equal share that scores of two classes are grouped into: within one, ranks differ by a thousandth.
MAXIMUM_CELLS = 1_000
# Several scores a row cannot be grouped on a line; so many rows of them are kept, drawn at random.
MAXIMUM_ROWS = 10_000


@dataclass(frozen=True)
class Sample:
    """Weighted rows: prediction, shape (m,) or (m, k), class position, weight, and the sum of squared weights.

    A row stands for one or more rows of equal class and (almost) equal prediction.
    """

    prediction: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    squares: np.ndarray

    @property
    def effective(self) -> float:
        """Rows of equal weight that would estimate a mean as well: Kish (1965), Survey Sampling, section 11.7."""
        return float(self.weights.sum() ** 2 / self.squares.sum())

    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """Weights of a resample: Rubin (1981), The Bayesian bootstrap, Annals of Statistics 9(1), 130-134.

        Each row behind a sum gets an exponential weight; their weighted sum is gamma distributed, or has the mean and
        the variance of this gamma where weights differ.
        """
        return np.asarray(generator.gamma(self.weights**2 / self.squares) * self.squares / self.weights)


def group_sample(prediction: np.ndarray, y: np.ndarray, weights: np.ndarray, generator: np.random.Generator) -> Sample:
    """Group two-class rows of almost equal score, or draw some rows where there are more classes."""
    if prediction.ndim == 2:
        chosen = draw_rows(len(y), MAXIMUM_ROWS, generator)
        chosen = chosen[weights[chosen] > 0]
        return Sample(prediction[chosen], y[chosen], weights[chosen], weights[chosen] ** 2)
    cell, scores = group_scores(prediction)
    size = 2 * len(scores)
    group = 2 * cell + y
    total, squares = np.bincount(group, weights, size), np.bincount(group, weights**2, size)
    held = total > 0
    return Sample(np.repeat(scores, 2)[held], (np.arange(size) % 2)[held], total[held], squares[held])


def group_scores(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Group scores into cells of about equal share, none across the decision threshold.

    Returns
    -------
    tuple of ndarrays
        The cell of each row, and the mean score of each cell; distinct scores keep a cell each while they are few.
    """
    distinct, cell = np.unique(score, return_inverse=True)
    if len(distinct) <= MAXIMUM_CELLS:
        return cell, distinct
    edges = np.quantile(score, np.linspace(0, 1, MAXIMUM_CELLS + 1)[1:-1])
    cell = np.searchsorted(np.unique(edges), score, side="left") * 2 + (score > DECISION_THRESHOLD)
    _, cell = np.unique(cell, return_inverse=True)
    return cell, np.bincount(cell, score) / np.bincount(cell)


def draw_rows(n: int, most: int, generator: np.random.Generator) -> np.ndarray:
    """Positions of all rows, or of a random selection of `most` in their order."""
    return np.arange(n) if n <= most else np.sort(generator.choice(n, most, replace=False))
