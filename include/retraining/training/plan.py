"""What a training will do, named by its content: the same rows, trainer and versions give the same id."""

import hashlib
import json
import logging
from datetime import datetime, timedelta
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import ConfigDict, Field, SkipValidation

from include.retraining.columns import encode_target, feature_columns, target_classes
from include.retraining.errors import DataError, TrainingError
from include.retraining.results.candidate import Candidate
from include.retraining.results.columns import Columns
from include.retraining.results.record import Record
from include.retraining.results.run import Interval
from include.retraining.results.search import Search
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.candidates import contenders
from include.retraining.training.estimators import library_versions
from include.retraining.training.provenance import hash_trainer
from include.retraining.training.windows import Split, holdout_length, split_rows

_LOG = logging.getLogger(__name__)

# Hexadecimal digits of a training's name: 48 bits, so that a million trainings collide with a chance of 0.2%.
ID_LENGTH = 12
# Share of rows in which a numeric column must have a value. Histogram boosting looks at 200,000 rows at most to
# place its bins, and raises when none of them has a value.
MINIMUM_FILLED = 0.001


class Outline(Record):
    """A plan without its rows.

    `candidates` are all compared on the split's holdout; `left_out` says why others are not. `champion` is the one that
    goes on learning, where this is a candidate. `length` is that of the first champion's history. `excluded_rows` were
    in the window but cannot be learned from: quarantined, or without a usable label. `params` are those declared, and
    those that a `search` has found, which the training's name does not depend on, but on what is to be searched.
    """

    training_id: str
    data_sha256: str
    window: Interval
    train: Interval
    holdout: Interval
    candidates: tuple[Candidate, ...]
    left_out: dict[str, str]
    champion: Training | None = None
    length: timedelta | None
    columns: Columns
    classes: tuple[str, ...]
    excluded_rows: int
    versions: dict[str, str]
    params: dict[str, Any]
    search: Search | None = None


class TrainingPlan(Outline):
    """Everything that a training needs, before any of it is spent; as JSON it is an outline."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    split: Annotated[Split, SkipValidation, Field(exclude=True)]


def plan_training(
    rows: pd.DataFrame,
    spec: ModelSpec,
    interval: Interval,
    *,
    excluded_rows: int = 0,
    since: datetime | None = None,
    length: timedelta | None = None,
    champion: Training | None = None,
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
    champion
        The training of the champion, which may go on learning.

    Raises
    ------
    TrainingError
        When the rows do not suffice, hold one class only, or no feature column is usable.
    """
    usable = rows[_has_label(rows[spec.data.target], spec)]
    holdout = None
    if len(usable):
        newest = usable[spec.data.time].max().to_pydatetime()
        holdout = holdout_length(spec, interval, newest, _last_turn(spec, since, champion))
    split = split_rows(usable, spec, interval, holdout=holdout)
    try:
        columns = _filled(feature_columns(split.train_rows, spec.data), split.train_rows)
        classes = target_classes(split.train_rows[spec.data.target], spec)
        data_sha256 = _hash_rows(split, [spec.data.time, spec.data.target, *columns.features])
    except DataError as error:
        message = f"training rows {split.train}: {error}"
        raise TrainingError(message) from error
    candidates, left_out = contenders(spec, split, columns, classes, since=since, length=length, champion=champion)
    carried = champion if any(one.kind == "update" for one in candidates) else None
    found = Outline(
        training_id="",
        data_sha256=data_sha256,
        window=Interval(start=split.train.start, end=interval.end),
        train=split.train,
        holdout=split.holdout,
        candidates=candidates,
        left_out=left_out,
        champion=carried,
        length=length,
        columns=columns,
        classes=classes,
        excluded_rows=excluded_rows + len(rows) - len(usable),
        versions=library_versions(),
        params=spec.trainer.params,
    )
    return TrainingPlan(**{**dict(found), "training_id": _name(spec, found, len(split.train_rows))}, split=split)


def _name(spec: ModelSpec, found: Outline, rows: int) -> str:
    """Name a training by what is learned, how, by which code and libraries, and by whom it is carried on."""
    identity = {
        "data": found.data_sha256,
        "train": [rows, found.train.key],
        "columns": found.columns.model_dump(),
        "classes": found.classes,
        "versions": found.versions,
        "candidates": [one.model_dump(mode="json") for one in found.candidates],
        "parent": None if found.champion is None else found.champion.training_id,
        "trainer": [spec.trainer.use, hash_trainer(spec.trainer.use)],
        "params": spec.trainer.params,
        "search": None if spec.trainer.search is None else spec.trainer.search.model_dump(mode="json"),
        "seed": spec.trainer.seed,
        "task": spec.task,
        "metric": spec.metric,
        "refit": spec.retrain.window.refit,
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
    return digest[:ID_LENGTH]


def _last_turn(spec: ModelSpec, since: datetime | None, champion: Training | None) -> datetime | None:
    """Since when rows are worth more: the change, or in mode `partial_fit` the newest row of the champion.

    The holdout takes at most half of them, so that something is left to learn.
    """
    learned = champion.train.end if champion is not None and spec.retrain.mode == "partial_fit" else None
    return max((one for one in (since, learned) if one is not None), default=None)


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
