"""On request: what small models learn from each feature alone, and from all the others, then and now.

A feature that told much by itself then and tells nothing now has lost its meaning; one without which nothing is lost
now, though it was needed then, likewise. Models are fitted to each time by itself, so the champion plays no part.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.performance.attribution.moments import code, filled
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.concept import FeatureModel, RootCause
from include.retraining.spec.model import Task

# Fewest rows of either sample: each fold must leave enough to learn from.
MINIMUM_ROWS = 60
# Each feature costs eight small models for each fold; more features are not asked about.
MAXIMUM_FEATURES = 30
FOLDS = 3
_TREES, _DEPTH, _LEAF_ROWS = 40, 2, 20
# Trees take 255 categories at most, missing ones among them; more are taken as numbers.
MAXIMUM_CATEGORIES = 254


def root_cause(
    reference: LabelledRows, current: LabelledRows, metric: Metric, task: Task, *, seed: int = 0
) -> RootCause:
    """Fit one-feature and leave-one-feature-out models to each sample, cross-fitted, and compare their metric.

    The features whose figure alone changed most come first.
    """
    samples = [rows.only(rows.usable(task)) for rows in (reference, current)]
    if min(len(rows) for rows in samples) < MINIMUM_ROWS:
        sizes = " reference and ".join(f"{len(rows):,}" for rows in samples)
        text = f"Not enough evidence: {sizes} current rows; each needs {MINIMUM_ROWS}."
        return RootCause(metric=metric.name, all_then=None, all_now=None, text=text)
    names = [str(name) for name in samples[0].features.columns][:MAXIMUM_FEATURES]
    coded = code(*(rows.features[names] for rows in samples))
    parts = list(zip(samples, (coded.reference, coded.current), strict=True))

    def figures(columns: Sequence[int]) -> list[float | None]:
        return [_figure(rows, matrix, columns, coded.categorical, metric, task, seed) for rows, matrix in parts]

    everything = range(len(names))
    whole = figures(everything)
    found = []
    for position, name in enumerate(names):
        alone, without = figures([position]), figures([other for other in everything if other != position])
        found.append(
            FeatureModel(
                feature=name,
                alone_then=alone[0],
                alone_now=alone[1],
                without_then=without[0],
                without_now=without[1],
            )
        )
    found.sort(key=_moved, reverse=True)
    text = f"{metric.label} of models fitted to each time by itself, {FOLDS}-fold."
    return RootCause(metric=metric.name, all_then=whole[0], all_now=whole[1], features=tuple(found), text=text)


def _figure(
    rows: LabelledRows,
    matrix: np.ndarray,
    columns: Sequence[int],
    categorical: tuple[bool, ...],
    metric: Metric,
    task: Task,
    seed: int,
) -> float | None:
    """The metric of models of these columns on rows that they have not seen; None where it is not defined."""
    classes = 1 if rows.prediction.ndim == 1 else rows.prediction.shape[1]
    if not len(columns) or (task != "regression" and len(np.unique(rows.y)) < 2):
        return None
    values = filled(matrix[:, list(columns)])
    largest = values.max(axis=0, initial=0.0, where=~np.isnan(values))
    as_category = [categorical[column] and largest[i] < MAXIMUM_CATEGORIES for i, column in enumerate(columns)]
    folds = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
    prediction = np.zeros((len(rows), classes) if classes > 1 else len(rows))
    for fold in range(FOLDS):
        seen = folds != fold
        model = _model(task, as_category).fit(values[seen], rows.y[seen])
        if task == "regression":
            prediction[~seen] = model.predict(values[~seen])
        else:
            _place(prediction, ~seen, model.classes_, model.predict_proba(values[~seen]))
    try:
        figure = metric(rows.y, prediction)
    except DataError:
        return None
    return figure if np.isfinite(figure) else None


def _model(task: Task, categorical: Sequence[bool]) -> Any:
    build = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    return build(
        max_iter=_TREES,
        max_depth=_DEPTH,
        min_samples_leaf=_LEAF_ROWS,
        categorical_features=list(categorical),
        early_stopping=False,
        random_state=0,
    )


def _place(prediction: np.ndarray, rows: np.ndarray, classes: np.ndarray, probabilities: np.ndarray) -> None:
    """Write probabilities where they belong; a class that the model never saw has none."""
    if prediction.ndim == 1:
        prediction[rows] = probabilities[:, classes.astype(int) == 1].sum(axis=1)
    else:
        prediction[np.ix_(rows, classes.astype(int))] = probabilities


def _moved(model: FeatureModel) -> float:
    if model.alone_then is None or model.alone_now is None:
        return -1.0
    return abs(model.alone_now - model.alone_then)
