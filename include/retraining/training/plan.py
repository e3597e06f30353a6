"""What a training will do, named by its content: the same rows, trainer and versions give the same id."""

import hashlib
import json
import logging
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

import numpy as np
import pandas as pd

from include.retraining.columns import encode_target, feature_columns, target_classes
from include.retraining.errors import DataError, TrainingError
from include.retraining.results import Columns, Interval
from include.retraining.spec.model import ModelSpec
from include.retraining.training.provenance import hash_trainer
from include.retraining.training.windows import Split, candidate_starts, holdout_length, narrow, split_rows

_LOG = logging.getLogger(__name__)

# Hexadecimal digits of a training's name: 48 bits, so that a million trainings collide with a chance of 0.2%.
ID_LENGTH = 12
# Share of rows in which a numeric column must have a value. Histogram boosting looks at 200,000 rows at most to
# place its bins, and raises when none of them has a value.
MINIMUM_FILLED = 0.001
# A window since a change needs so many times `labels.minimum` rows: as many to learn from as are compared on, twice.
SINCE_CHANGE_LABELS = 2
# What a fitted model depends on.
LIBRARIES = ("scikit-learn", "numpy", "pandas")


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that a training needs, before any of it is spent.

    `starts` says from when on each candidate window learns; all of them are compared on the split's holdout. `length`
    is that of the first champion's history.
    `excluded_rows` were in the window but cannot be learned from: quarantined, or without a usable label.
    """

    training_id: str
    data_sha256: str
    window: Interval
    split: Split
    starts: Mapping[str, datetime]
    length: timedelta | None
    columns: Columns
    classes: tuple[str, ...]
    excluded_rows: int
    versions: dict[str, str]


def plan_training(
    rows: pd.DataFrame,
    spec: ModelSpec,
    interval: Interval,
    *,
    excluded_rows: int = 0,
    since: datetime | None = None,
    length: timedelta | None = None,
) -> TrainingPlan:
    """Cut labelled rows into training and holdout rows, and name the training by its content.

    Parameters
    ----------
    rows
        Labelled rows of the window, known as of `interval.end`.
    excluded_rows
        Rows of the window that the caller has set aside already.
    since
        When the relation changed, if it did: a window may start there.
    length
        How long a history the first champion was trained on: that of the sliding window, unless declared.

    Raises
    ------
    TrainingError
        When the rows do not suffice, hold one class only, or no feature column is usable.
    """
    usable = rows[_has_label(rows[spec.data.target], spec)]
    holdout = None
    if len(usable):
        newest = usable[spec.data.time].max().to_pydatetime()
        holdout = holdout_length(spec, interval, newest, since)
    split = split_rows(usable, spec, interval, holdout=holdout)
    try:
        columns = _filled(feature_columns(split.train_rows, spec.data), split.train_rows)
        classes = target_classes(split.train_rows[spec.data.target], spec)
        data_sha256 = _hash_rows(split, [spec.data.time, spec.data.target, *columns.features])
    except DataError as error:
        message = f"training rows {split.train}: {error}"
        raise TrainingError(message) from error
    starts = _fitting(
        spec,
        split,
        candidate_starts(spec, first=split.train.start, cut=split.train.end, since=since, length=length),
        columns,
        classes,
    )
    versions = {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
    identity = {
        "data": data_sha256,
        "train": [len(split.train_rows), split.train.key],
        "trainer": [spec.trainer.use, hash_trainer(spec.trainer.use)],
        "params": spec.trainer.params,
        "seed": spec.trainer.seed,
        "columns": columns.model_dump(),
        "classes": classes,
        "task": spec.task,
        "metric": spec.metric,
        "versions": versions,
        "starts": {name: start.isoformat() for name, start in starts.items()},
        "refit": spec.retrain.window.refit,
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
    return TrainingPlan(
        training_id=digest[:ID_LENGTH],
        data_sha256=data_sha256,
        window=Interval(start=split.train.start, end=interval.end),
        split=split,
        starts=starts,
        length=length,
        columns=columns,
        classes=classes,
        excluded_rows=excluded_rows + len(rows) - len(usable),
        versions=versions,
    )


def _fitting(
    spec: ModelSpec, split: Split, starts: Mapping[str, datetime], columns: Columns, classes: tuple[str, ...]
) -> Mapping[str, datetime]:
    """Candidate windows that can be learned from; at least the longest.

    They need rows enough, fewer since a change, as there are no more; all classes; and a value in each column.
    """
    few, many = SINCE_CHANGE_LABELS * spec.labels.minimum, spec.retrain.window.minimum_rows
    found = {}
    for name, start in starts.items():
        rows = narrow(split, spec.data.time, start).train_rows
        complete = rows[list(columns.numeric)].notna().any().all()
        known = not classes or len(target_classes(rows[spec.data.target], spec)) == len(classes)
        if len(rows) >= (few if name == "since_change" else many) and complete and known:
            found[name] = start
    return found or {"expanding": split.train.start}


def _has_label(target: pd.Series, spec: ModelSpec) -> np.ndarray:
    if spec.task == "regression":
        return np.asarray(np.isfinite(encode_target(target, ())))
    return target.notna().to_numpy(dtype=bool)


def _filled(columns: Columns, rows: pd.DataFrame) -> Columns:
    """Leave out numeric columns that are (almost) empty in these rows: nothing can be learned from them."""
    filled = {name: rows[name].notna().mean() for name in columns.numeric}
    empty = [name for name, share in filled.items() if share < MINIMUM_FILLED]
    if empty:
        _LOG.warning("not used as features, because they hold no values: %s", ", ".join(empty))
    if len(empty) == len(columns.features):
        message = f"all feature columns are empty: {', '.join(empty)}; check the feature source"
        raise DataError(message)
    return Columns(
        numeric=tuple(name for name in columns.numeric if name not in empty), categorical=columns.categorical
    )


def _hash_rows(split: Split, names: list[str]) -> str:
    digest = hashlib.sha256(",".join(names).encode())
    for rows in (split.train_rows, split.holdout_rows):
        try:
            hashes = pd.util.hash_pandas_object(rows[names], index=False)
        except TypeError as error:
            message = (
                f"feature columns must hold plain values, not lists or objects: {error}; put such columns in `ignore`"
            )
            raise DataError(message) from error
        digest.update(hashes.to_numpy(dtype="<u8").tobytes())
    return digest.hexdigest()
