"""How labels meet their feature rows: by key, each at most once, with a record of how well it went."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api import types

from include.retraining.errors import DataError
from include.retraining.results.run import JoinHealth
from include.retraining.spec.data import GENERATED_KEY, DataSpec

_LABEL_TIME = "__label_time"


def label_time_name(data: DataSpec) -> str:
    """Name the column that says when a label became known: the declared one, or `__label_time`."""
    return data.label_time or _LABEL_TIME


def add_key(tables: Iterable[pa.Table], data: DataSpec) -> Iterator[pa.Table]:
    """Give rows without a declared key one: their time and their place among rows of equal time.

    The same row gets the same key in every window that contains it, as long as its source keeps the order.
    A row without a time gets no key.

    Examples
    --------
    >>> data = DataSpec.model_validate({"features": {"use": "files", "uri": "x"}, "time": "at", "target": "y"})
    >>> times = pa.array([0, 0], pa.timestamp("us", "UTC"))
    >>> next(add_key([pa.table({"at": times})], data))["__key"].to_pylist()
    ['1970-01-01T00:00:00.000000Z#0', '1970-01-01T00:00:00.000000Z#1']
    """
    seen: Counter[object] = Counter()
    for table in tables:
        if data.key is not None:
            yield table
            continue
        times = pd.Series(table.column(data.time).to_numpy())
        ordinals = times.groupby(times, dropna=False).cumcount() + times.map(seen).fillna(0).astype(int)
        seen.update(times.value_counts().to_dict())
        texts = np.datetime_as_string(times.to_numpy(), unit="us")
        keys = [f"{text}Z#{ordinal}" for text, ordinal in zip(texts, ordinals, strict=True)]
        yield table.append_column(GENERATED_KEY, pa.array(keys, pa.string(), mask=times.isna().to_numpy()))


class Unrepeated(NamedTuple):
    """Rows with each key at most once, and how many keys were repeated with equal and with different targets."""

    frame: pd.DataFrame
    duplicate_keys: int
    conflicting_keys: int


def drop_repeated(frame: pd.DataFrame, key: str, target: str) -> Unrepeated:
    """Keep the first row of each key, and none of a key whose targets contradict each other.

    Rows without a key are never repeats of each other and stay.
    """
    known = frame[key].notna()
    repeated = frame[known & frame[key].duplicated(keep=False)]
    targets = repeated.groupby(key, observed=True)[target].nunique()
    conflicting = targets.index[targets > 1]
    later = known & frame[key].duplicated()
    kept = frame[~later & ~frame[key].isin(conflicting)]
    return Unrepeated(kept, len(targets) - len(conflicting), len(conflicting))


def join_labels(
    features: pd.DataFrame, labels: pd.DataFrame, data: DataSpec, minimum_join_rate: float
) -> tuple[pd.DataFrame, JoinHealth]:
    """Join arrived labels to their feature rows.

    A label without a target or arrival time has not arrived. Of a key on several feature rows the earliest is taken.

    Parameters
    ----------
    labels
        Columns of key, target, label time, and who made the label.
    minimum_join_rate
        Share of labels that must find their row.

    Returns
    -------
    DataFrame
        Feature rows with target and label time, in time order.
    JoinHealth
        With `labels = matched + orphans + conflicting_keys`: a repeated label counts once.
    """
    key, target, label_time = data.key_column, data.target, label_time_name(data)
    arrived = labels.loc[:, [key, target, label_time, *data.label_sources]].dropna(subset=[target, label_time])
    known = arrived.dropna(subset=[key]).sort_values(label_time, kind="stable")
    unique = drop_repeated(known, key, target)
    rows = features.drop(columns=[target, label_time, *data.label_sources], errors="ignore").dropna(subset=[key])
    rows = rows.sort_values(data.time, kind="stable")
    position = find_keys(rows[key], unique.frame[key])
    found = (position >= 0) & ~rows[key].duplicated().to_numpy()
    again = rows.loc[(position >= 0) & ~found, key].nunique()
    joined = rows[found].reset_index(drop=True)
    for name in (target, label_time, *data.label_sources):
        joined[name] = unique.frame[name].array.take(position[found])
    total = len(unique.frame) + unique.conflicting_keys + len(arrived) - len(known)
    usable = total == 0 or len(joined) / total >= minimum_join_rate
    health = JoinHealth(
        labels=total,
        matched=len(joined),
        duplicate_keys=unique.duplicate_keys + again,
        conflicting_keys=unique.conflicting_keys,
        orphans=total - len(joined) - unique.conflicting_keys,
        usable=usable,
        note="",
    )
    return joined, health.model_copy(update={"note": _note(health, minimum_join_rate)})


def find_keys(wanted: pd.Series, keys: pd.Series) -> np.ndarray:
    """Find each wanted key among unique keys; -1 where there is none. Numbers and their text forms are equal."""
    if types.is_numeric_dtype(wanted.dtype) != types.is_numeric_dtype(keys.dtype):
        wanted, keys = _as_text(wanted), _as_text(keys)
    positions: np.ndarray = pd.Index(keys).get_indexer(pd.Index(wanted))
    return positions


def _as_text(keys: pd.Series) -> pd.Series:
    if types.is_float_dtype(keys.dtype) and (keys % 1 == 0).all():
        keys = keys.astype("int64")
    return keys.astype(str)


def newest(relabels: pd.DataFrame, data: DataSpec) -> pd.DataFrame:
    """Of labels made again, keep the last one of each key; those without key or value do not count."""
    known = relabels.dropna(subset=[data.key_column, data.target])
    ordered = known.sort_values(label_time_name(data), kind="stable")
    return ordered.drop_duplicates(data.key_column, keep="last").reset_index(drop=True)


def replace_targets(rows: pd.DataFrame, relabels: pd.DataFrame, data: DataSpec) -> pd.DataFrame:
    """Give rows the target that was made again, where there is one.

    Parameters
    ----------
    relabels
        Each key once.

    Raises
    ------
    DataError
        When a new target cannot be of the type of the old ones.
    """
    position = find_keys(rows[data.key_column], relabels[data.key_column])
    again = position >= 0
    if not again.any():
        return rows
    old, new = rows[data.target], _like(rows[data.target], relabels[data.target].iloc[position[again]], data.target)
    both = pd.concat([old[~again], pd.Series(new.array, index=old.index[again])])
    return rows.assign(**{data.target: both.reindex(old.index)})


def _like(old: pd.Series, new: pd.Series, name: str) -> pd.Series:
    """New targets in the type of the old ones; of two kinds of numbers the wider one is found later."""
    numbers = [types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind) for kind in (old.dtype, new.dtype)]
    if old.dtype == new.dtype or all(numbers):
        return new
    message = f"{name!r} is {old.dtype} in the labels and {new.dtype} in those made again; give both one type"
    if types.is_bool_dtype(old.dtype):  # any text but the empty one would be true
        raise DataError(message)
    try:
        return new.astype(old.dtype)
    except (ValueError, TypeError) as error:
        raise DataError(message) from error


def take_own_labels(rows: pd.DataFrame, data: DataSpec) -> tuple[pd.DataFrame, JoinHealth]:
    """Take the labels that stand in the feature rows themselves, in time order and each key once.

    Parameters
    ----------
    rows
        Rows whose label has arrived.
    """
    ordered = rows.sort_values(data.time, kind="stable")
    unique = drop_repeated(ordered, data.key_column, data.target)
    count = len(unique.frame)
    health = JoinHealth(
        labels=count,
        matched=count,
        duplicate_keys=unique.duplicate_keys,
        conflicting_keys=unique.conflicting_keys,
        orphans=0,
        usable=True,
        note="",
    )
    return unique.frame.reset_index(drop=True), health.model_copy(update={"note": _note(health, 0.0)})


def _note(health: JoinHealth, minimum_join_rate: float) -> str:
    if health.labels == 0 and health.conflicting_keys == 0:
        return "No labels arrived in this interval."
    sentences = [f"{health.matched:,} of {health.labels:,} arrived labels found their row."]
    if health.duplicate_keys:
        sentences.append(f"{health.duplicate_keys:,} repeated keys count once.")
    if health.conflicting_keys:
        sentences.append(f"{health.conflicting_keys:,} keys with contradicting labels were left out.")
    if not health.usable:
        sentences.append(
            f"That is less than the {minimum_join_rate:.0%} of `minimum_join_rate`, so the batch counts as unlabelled; "
            "check that both sources write the key alike and that `maximum_delay` reaches back far enough."
        )
    return " ".join(sentences)
