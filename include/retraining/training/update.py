"""A champion that goes on learning: which rows are new to it, what keeps it from it, and how it learns them."""

import copy
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from include.retraining.results.columns import Columns
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.estimators import build, library_versions
from include.retraining.training.windows import Split

# Rows that are learned at a time, in the order of time: what is prepared for the model fits into any memory.
BATCH_ROWS = 1_000


def is_incremental(estimator: Any) -> bool:
    """Whether what is fitted last can go on learning."""
    return hasattr(_last(estimator), "partial_fit")


def unlearned(rows: pd.DataFrame, spec: ModelSpec, champion: Training) -> np.ndarray:
    """Which labelled rows the champion has not learned: younger ones, and those whose label came later."""
    times, label_time = rows[spec.data.time], spec.data.label_time
    new = times >= champion.train.end
    if label_time is not None and label_time in rows:
        new |= (times >= champion.train.start) & (rows[label_time] > champion.window.end)
    return np.asarray(new)


def obstacle(
    spec: ModelSpec,
    split: Split,
    champion: Training | None,
    *,
    columns: Columns,
    classes: tuple[str, ...],
) -> str | None:
    """Why the champion cannot go on learning, so that a full training is due; None where it can."""
    if champion is None:
        return "there is no champion to carry on"
    declared = (spec.trainer.use, spec.trainer.params, spec.trainer.seed)
    new = int(unlearned(split.train_rows, spec, champion).sum())
    obstacles = {
        "the champion's trainer, parameters or seed are not the declared ones": (
            (champion.trainer, _declared(champion), champion.seed) != declared
        ),
        f"what trainer {spec.trainer.use!r} builds has no `partial_fit`": not is_incremental(build(spec, columns)),
        "the champion was fitted with other versions of the libraries": champion.versions != library_versions(),
        "the feature columns are not those of the champion": (
            (champion.numeric, champion.categorical) != (columns.numeric, columns.categorical)
        ),
        "the classes are not those of the champion": champion.classes != classes,
        "the champion has learned rows of the holdout": champion.train.end > split.holdout.start,
        f"{new:,} rows before the holdout are new to the champion, fewer than {spec.labels.minimum:,}": (
            new < spec.labels.minimum
        ),
    }
    return next((why for why, stands in obstacles.items() if stands), None)


def carry_on(champion: Any, features: pd.DataFrame, y: np.ndarray) -> Any:
    """A copy of a fitted estimator that has learned these rows, too, batch after batch.

    Of a pipeline only the last step learns; whatever prepares the rows stays as it was fitted.
    """
    model = copy.deepcopy(champion)
    prepare = model[:-1] if isinstance(model, Pipeline) and len(model) > 1 else None
    for start in range(0, len(y), BATCH_ROWS):
        batch = features.iloc[start : start + BATCH_ROWS]
        prepared = batch if prepare is None else prepare.transform(batch)
        _last(model).partial_fit(prepared, y[start : start + BATCH_ROWS])
    return model


def _declared(champion: Training) -> dict[str, object]:
    """The champion's parameters without those that a search has found."""
    found = {} if champion.search is None else champion.search.params
    return {name: value for name, value in champion.params.items() if name not in found}


def _last(estimator: Any) -> Any:
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
