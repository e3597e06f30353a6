"""How well a classifier tells the rows of two samples apart, and by which columns.

A classifier learns from one half of the rows which sample a row is from, and says so of the other half, and the other
way round. When both samples come from the same source it can only guess: its AUC is about 1/2. Whatever differs between
the samples, also a relation of several columns that none of them shows by itself, lifts it.

References
----------
J. H. Friedman, "On multivariate goodness-of-fit and two-sample testing" (2003), for the classifier as a test.
E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, Biometrics 44 (1988), for the variance of an AUC.
M. Sugiyama, T. Suzuki and T. Kanamori, "Density Ratio Estimation in Machine Learning" (2012), chapter 4, for the
weights. L. Breiman, Machine Learning 45 (2001), for the ranking of columns.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from include.retraining.errors import DataError
from include.retraining.pools import limit_pools

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

FOLDS = 2
"""Halves: three or five folds find hardly more and take two to four times as long."""
CROSS_FITTING = 2.0
"""Most by which cross-fitting multiplies the variance of an AUC of 1/2: what one half teaches about the other is what
the other teaches about it, so the halves' figures can be one and the same. Measured: 1.5 to 1.7."""
MINIMUM_ROWS = 4
"""Fewest rows of a sample: two to learn from and two to judge."""
RATIO_LIMIT = 20.0
"""Weights are held between its inverse and itself: beyond it a ratio of densities is all chance."""
_TREES, _LEAVES, _RATE, _LEAF_ROWS, _BINS = 25, 31, 0.1, 40, 63
"""Size of the classifier: the least at which a relation of three among ten columns shows in 2,000 rows."""
_LARGEST = 1e300
"""Stands for infinity, which trees do not take."""
_NORMAL_95 = 1.959964
_RANKED_ROWS = 500
"""Rows of each half on which columns are ranked."""
_NOTABLE = 0.1
"""A column counts for something when it counts for this share of what the first one does."""


@dataclass(frozen=True)
class Half:
    """A classifier, and the rows that it did not learn from; `current` says which of them are from that sample."""

    model: Any
    rows: Floats
    current: Booleans


@dataclass(frozen=True)
class Apart:
    """Out-of-fold probability of each row, in the order given, to be from the current sample."""

    probability_reference: Floats
    probability_current: Floats
    halves: tuple[Half, ...] = field(default=(), repr=False, compare=False)

    @cached_property
    def auc(self) -> float:
        """Chance that a current row looks more like a current one than a reference row does, ties counted half."""
        return float(self._placements[1].mean())

    @cached_property
    def variance(self) -> float:
        """Variance of the AUC by DeLong, with the classifiers taken as given."""
        return sum(float(side.var(ddof=1)) / len(side) for side in self._placements)

    @property
    def interval(self) -> tuple[float, float]:
        """95% confidence interval of the AUC, with the variance doubled for cross-fitting."""
        half = _NORMAL_95 * math.sqrt(CROSS_FITTING * self.variance)
        return max(0.0, self.auc - half), min(1.0, self.auc + half)

    @property
    def weights_reference(self) -> Floats:
        """Density of current rows over that of reference rows, at each reference row: positive, 1 on average.

        It is p / (1 - p), which removes nine tenths of the bias that a shift of 0.7 standard deviations makes; where
        nothing differs about eight tenths of the rows stay effective.
        """
        ratio = self.probability_reference / np.maximum(1 - self.probability_reference, np.finfo(float).tiny)
        ratio = np.clip(ratio, 1 / RATIO_LIMIT, RATIO_LIMIT)
        return np.asarray(ratio / ratio.mean())

    @property
    def effective_rows(self) -> float:
        """Number of equally weighted rows that tell as much as the weighted reference rows (L. Kish, 1965)."""
        weights = self.weights_reference
        return float(weights.sum() ** 2 / (weights**2).sum())

    @cached_property
    def _placements(self) -> tuple[Floats, Floats]:
        """Share of current rows above each reference row, and of reference rows below each current row."""
        return (
            1 - _share_below(self.probability_current, self.probability_reference),
            _share_below(self.probability_reference, self.probability_current),
        )


def null_variance(reference: int, current: int) -> float:
    """Variance of the AUC at most, where the samples do not differ.

    That of a Mann-Whitney statistic (H. B. Mann and D. R. Whitney, 1947), times `CROSS_FITTING`.
    """
    return CROSS_FITTING * (reference + current + 1) / (12 * reference * current)


def tell_apart(reference: Floats, current: Floats, *, categorical: Sequence[bool], seed: int = 0) -> Apart:
    """Let a classifier tell two samples apart; both count alike, whatever their sizes.

    Parameters
    ----------
    reference, current
        Rows, of shapes (n, columns) and (m, columns); NaN is a missing value, a category is a number.
    categorical
        Which columns hold categories.
    seed
        Of the cut into halves.

    Raises
    ------
    DataError
        When a sample has too few rows, or the columns differ.
    """
    _check(reference, current, categorical)
    rows = _prepare(np.concatenate([reference, current]), categorical)
    is_current = np.arange(len(rows)) >= len(reference)
    fold = _cut(len(reference), len(current), seed)
    probability = np.empty(len(rows))
    halves = []
    with limit_pools(1):  # with so few rows more threads would mostly wait for each other
        for number in range(FOLDS):
            out = fold == number
            model = _fit(rows[~out], is_current[~out], categorical)
            probability[out] = _balanced(_predict(model, rows[out]), float(is_current[~out].mean()))
            halves.append(Half(model, rows[out], is_current[out]))
    return Apart(probability[~is_current], probability[is_current], tuple(halves))


def rank_columns(apart: Apart, top: int = 5, seed: int = 0) -> tuple[tuple[int, float], ...]:
    """Columns by which the samples were told apart, the most telling first.

    A column counts for as much as the AUC falls when its values are shuffled among rows that the classifier did not
    learn from. Columns that count for little beside the first are left out.

    Returns
    -------
    tuple of (column, drop of the AUC)
        At most `top`; empty when no column counts for anything.
    """
    with limit_pools(1):
        drops = np.mean([_drops(half, np.random.default_rng(seed)) for half in apart.halves], axis=0)
    order = np.argsort(-drops, kind="stable")[:top].tolist()
    least = max(_NOTABLE * float(drops.max(initial=0.0)), np.finfo(float).tiny)
    return tuple((column, float(drops[column])) for column in order if drops[column] >= least)


def _check(reference: Floats, current: Floats, categorical: Sequence[bool]) -> None:
    for name, sample in (("reference", reference), ("current", current)):
        if len(sample) < MINIMUM_ROWS:
            message = f"the {name} sample has {len(sample)} rows; telling samples apart needs at least {MINIMUM_ROWS}"
            raise DataError(message)
        if sample.shape[1] != len(categorical):
            message = f"the {name} sample has {sample.shape[1]} columns, {len(categorical)} are described"
            raise DataError(message)


def _prepare(rows: Floats, categorical: Sequence[bool]) -> Floats:
    prepared = np.clip(rows, -_LARGEST, _LARGEST)
    for column in np.flatnonzero(categorical):
        prepared[:, column] = _by_frequency(prepared[:, column])
    return prepared


def _by_frequency(codes: Floats) -> Floats:
    """Number categories from the most frequent on; the rarest share a number, as trees take only so many."""
    known = ~np.isnan(codes)
    _, position, rows = np.unique(codes[known], return_inverse=True, return_counts=True)
    rank = np.empty(len(rows))
    rank[np.argsort(-rows, kind="stable")] = np.arange(len(rows))
    numbered = np.full(len(codes), np.nan)
    numbered[known] = np.minimum(rank, _BINS - 1)[position]
    return numbered


def _cut(reference: int, current: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each row; both samples are dealt out evenly."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.arange(rows) % FOLDS) for rows in (reference, current)])


def _fit(rows: Floats, is_current: Booleans, categorical: Sequence[bool]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier  # costs seconds; who only imports this does not pay

    model = HistGradientBoostingClassifier(
        max_iter=_TREES,
        max_leaf_nodes=_LEAVES,
        learning_rate=_RATE,
        min_samples_leaf=_LEAF_ROWS,
        max_bins=_BINS,
        categorical_features=np.asarray(categorical, bool),
        early_stopping=False,
        random_state=0,
    )
    empty = np.isnan(rows).all(axis=0)  # a column without any value is an error to the trees
    return model.fit(np.where(empty, 0.0, rows), is_current)


def _balanced(probability: Floats, share: float) -> Floats:
    """Probability if both samples had as many rows: the odds divided by those of all rows.

    Weights of the rows would do the same, but with them the trees take eight times as long.
    """
    current, reference = probability * (1 - share), (1 - probability) * share
    return np.asarray(current / (current + reference))


def _predict(model: Any, rows: Floats) -> Floats:
    return np.asarray(model.predict_proba(rows)[:, 1])


def _drops(half: Half, rng: np.random.Generator) -> Floats:
    """Drop of the AUC by shuffling each column, on some rows of a half."""
    chosen = rng.permutation(len(half.rows))[:_RANKED_ROWS]
    rows, current = half.rows[chosen], half.current[chosen]
    order = rng.permutation(len(rows))
    whole = _auc(_predict(half.model, rows), current)
    drops = np.empty(rows.shape[1])
    for column in range(rows.shape[1]):
        shuffled = rows.copy()
        shuffled[:, column] = rows[order, column]
        drops[column] = whole - _auc(_predict(half.model, shuffled), current)
    return drops


def _auc(probability: Floats, current: Booleans) -> float:
    return float(_share_below(probability[~current], probability[current]).mean()) if current.any() else 0.5


def _share_below(values: Floats, limits: Floats) -> Floats:
    """Share of the values below each limit, equal ones counted half."""
    ordered = np.sort(values)
    ends = ordered.searchsorted(limits, "left") + ordered.searchsorted(limits, "right")
    return np.asarray(ends / (2 * len(values)))
