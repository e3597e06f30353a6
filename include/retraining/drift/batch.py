"""Counts of a batch on the reference's bins, in one pass over pieces of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from include.retraining.drift.arrow import Mask, to_floats
from include.retraining.drift.counts import Counts, Located
from include.retraining.drift.pairs import PairSums, sum_pairs
from include.retraining.drift.profile import ColumnProfile, Key, Profile
from include.retraining.errors import DataError


class Piece(Protocol):
    """Some rows of a batch: a record batch, or a row group whose columns are read when asked for."""

    @property
    def num_rows(self) -> int: ...

    @property
    def schema(self) -> pa.Schema: ...

    def column(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class BatchProfile:
    """Counts by role and column; parts counted apart add up to exactly the whole.

    `failures` says of the columns that could not be counted why not. `pairs` holds the sums for correlations,
    `errors` the counts of the rows' reconstruction errors.
    """

    rows: int = 0
    counts: Mapping[Key, Counts] = field(default_factory=dict)
    failures: Mapping[Key, str] = field(default_factory=dict)
    pairs: PairSums | None = None
    errors: Counts | None = None

    def __add__(self, other: "BatchProfile") -> "BatchProfile":
        counts = dict(self.counts)
        for key, part in other.counts.items():
            counts[key] = counts[key] + part if key in counts else part
        return BatchProfile(
            rows=self.rows + other.rows,
            counts=counts,
            failures={**other.failures, **self.failures},
            pairs=_add(self.pairs, other.pairs),
            errors=_add(self.errors, other.errors),
        )


def _add(first: Any, second: Any) -> Any:
    """Sum of two parts, either of which may be missing."""
    return first + second if first is not None and second is not None else first if second is None else second


def count_batch(
    profile: Profile,
    pieces: Iterable[Piece] | pa.Table,
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
) -> BatchProfile:
    """Count feature rows, and the predictions and labels that belong to them."""
    features = [column for column in profile.columns if column.role == "feature"]
    total = BatchProfile()
    for piece in pieces.to_batches() if isinstance(pieces, pa.Table) else pieces:
        total += _count_features(profile, features, piece)
    arrays: dict[Key, Any] = {("prediction", name): values for name, values in (predictions or {}).items()}
    if target is not None:
        arrays["target", "target"] = target
    for column in profile.columns:
        if column.key in arrays:
            total += _count_column(column, arrays[column.key])[0]
    return total


def _count_features(profile: Profile, features: Iterable[ColumnProfile], piece: Piece) -> BatchProfile:
    total = BatchProfile(rows=piece.num_rows)
    relations = _Relations(profile, piece.num_rows)
    known = set(piece.schema.names)
    for column in features:
        if column.name in known:
            part, located = _count_column(column, piece.column(column.name))
            total += part
            if located is not None:
                relations.add(column.name, located)
    return total + relations.sums()


class _Relations:
    """Gathers the places of the numeric features of a piece, a byte for each value; missing columns are absent."""

    def __init__(self, profile: Profile, rows: int) -> None:
        self.profile = profile
        self.names = {} if profile.pairs is None else {name: i for i, name in enumerate(profile.pairs.names)}
        self.places = np.zeros((len(self.names), rows), np.int8)
        self.absent: dict[int, Mask] = {i: np.ones(rows, bool) for i in self.names.values()}

    def add(self, name: str, located: Located) -> None:
        if self.profile.pairs is None or (number := self.names.get(name)) is None:
            return
        self.profile.pairs.places[number].take(located.bins, out=self.places[number], mode="clip")
        if located.absent is None:
            del self.absent[number]
        else:
            self.places[number][located.absent] = 0
            self.absent[number] = located.absent

    def sums(self) -> BatchProfile:
        if not self.names:
            return BatchProfile()
        reconstruction = self.profile.reconstruction
        errors = None
        if reconstruction is not None:
            errors = reconstruction.layout.count(reconstruction.projection.errors(self.places))
        return BatchProfile(pairs=sum_pairs(self.places, self.absent), errors=errors)


def _count_column(column: ColumnProfile, values: Any) -> tuple[BatchProfile, Located | None]:
    """Counts of one column, and where its values lie when they are numbers."""
    try:
        if column.kind != "numeric":
            return BatchProfile(counts={column.key: column.layout.count(values)}), None
        numbers = values.astype(np.float64) if isinstance(values, np.ndarray) else to_floats(values)
        located = column.layout.locate(numbers)
        return BatchProfile(counts={column.key: located.counts}), located
    except (DataError, ValueError, TypeError) as error:
        return BatchProfile(failures={column.key: str(error)}), None
