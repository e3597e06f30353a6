"""What a freshly trained small model can learn from a few hundred rows.

Kernel ridge regression: linear, a bend for each feature, and their interactions. Its cross-fitted predictions
(each row left out once) have a closed form, so that nothing is drawn and nothing is trained twice:
C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), section 5.4.2.
"""

import numpy as np
import pandas as pd
from pandas.api import types

# More rows are thinned: the work grows with the cube, and two hundred show whether there is a relation.
MAXIMUM_ROWS = 200
# Values of a category with a column of their own; rarer ones count as none of them.
MAXIMUM_CATEGORIES = 10
# Ridge penalties tried, relative to the mean of the kernel's diagonal; the best one counts.
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


def design(features: pd.DataFrame) -> np.ndarray:
    """Turn features into numbers: standardised, nulls at the mean, one column for each frequent category.

    Returns
    -------
    ndarray of shape (n, columns)
    """
    columns = [column for name in features.columns for column in _columns(features[name])]
    if not columns:
        return np.zeros((len(features), 1))
    return np.column_stack(columns)


def _columns(values: pd.Series) -> list[np.ndarray]:
    if types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        return [_standardise(np.where(np.isfinite(numbers), numbers, np.nan))]
    texts = values.astype("object").astype("str")
    frequent = texts.value_counts().index[:MAXIMUM_CATEGORIES]
    return [_standardise((texts == value).to_numpy(dtype=float)) for value in frequent]


def _standardise(numbers: np.ndarray) -> np.ndarray:
    known = numbers[~np.isnan(numbers)]
    deviation = float(known.std()) if len(known) else 0.0
    if not deviation:
        return np.zeros(len(numbers))
    low, high = np.quantile(known, [0.01, 0.99])
    standard: np.ndarray = np.nan_to_num((np.clip(numbers, low, high) - known.mean()) / deviation)
    return standard


def thin(n: int, generator: np.random.Generator, maximum: int = MAXIMUM_ROWS) -> np.ndarray:
    """Positions of at most `maximum` of n rows, in order."""
    return np.arange(n) if n <= maximum else np.sort(generator.choice(n, maximum, replace=False))


def cross_fit(z: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Predict each row by a model that learned from all others.

    Parameters
    ----------
    z
        Numeric features, shape (n, columns).
    target
        Shape (n,), or (n, k) for several targets with one penalty.

    Returns
    -------
    ndarray of the shape of `target`
    """
    n = len(target)
    y = target.reshape(n, -1).astype(float)
    kernel = _kernel(z)
    center = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(center @ kernel @ center)
    values = np.maximum(values, 0)
    size = float(values.mean()) or 1.0
    best, smallest = y, np.inf
    for penalty in PENALTIES:
        weights = values / (values + penalty * size)
        fitted = y.mean(axis=0) + (vectors * weights) @ (vectors.T @ y)
        leverage = 1 / n + (vectors**2 * weights).sum(axis=1)
        left_out = (y - fitted) / np.maximum(1 - leverage, 1 / n)[:, None]
        error = float((left_out**2).sum())
        if error < smallest:
            best, smallest = y - left_out, error
    return best.reshape(target.shape)


def skill(z: np.ndarray, target: np.ndarray) -> float:
    """Share of the target's variance that a fresh model predicts on rows it did not see; 0 for nothing, 1 for all."""
    y = target.reshape(len(target), -1).astype(float)
    base = float((((y - y.mean(axis=0)) * len(y) / (len(y) - 1)) ** 2).sum())
    return 1 - float(((y - cross_fit(z, y)) ** 2).sum()) / base if base else 0.0


def _kernel(z: np.ndarray) -> np.ndarray:
    """Mean of a linear kernel, a Gaussian one for each column, and a Gaussian one of all columns."""
    columns = z.shape[1]
    distances = [(z[:, [column]] - z[:, column]) ** 2 for column in range(columns)]
    bends = sum(np.exp(-distance / 2) for distance in distances) / columns
    together = np.exp(-sum(distances) / (2 * columns))
    kernel: np.ndarray = (z @ z.T / columns + bends + together) / 3
    return kernel
