"""Counts of a batch on the reference's bins, in one pass over its record batches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from include.retraining.drift.counts import Counts
from include.retraining.drift.profile import Profile
from include.retraining.errors import DataError
from include.retraining.results import Role

Key = tuple[Role, str]


@dataclass(frozen=True)
class BatchProfile:
    """Counts by role and column; parts counted apart add up to exactly the whole.

    `failures` says of the columns that could not be counted why not.
    """

    rows: int = 0
    counts: Mapping[Key, Counts] = field(default_factory=dict)
    failures: Mapping[Key, str] = field(default_factory=dict)

    def __add__(self, other: "BatchProfile") -> "BatchProfile":
        counts = dict(self.counts)
        for key, part in other.counts.items():
            counts[key] = counts[key] + part if key in counts else part
        return BatchProfile(self.rows + other.rows, counts, {**other.failures, **self.failures})


def count_batch(
    profile: Profile,
    batches: Iterable[pa.RecordBatch] | pa.Table,
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
) -> BatchProfile:
    """Count feature rows, and the predictions and labels that belong to them."""
    arrays: dict[Key, Any] = {("prediction", name): values for name, values in (predictions or {}).items()}
    if target is not None:
        arrays["target", "target"] = target
    known = {(column.role, column.name): column.layout for column in profile.columns}
    total = BatchProfile()
    for batch in batches.to_batches() if isinstance(batches, pa.Table) else batches:
        features: dict[Key, Any] = {
            ("feature", name): batch.column(name) for name in batch.schema.names if ("feature", name) in known
        }
        total += _count_arrays(profile, features, batch.num_rows)
    return total + _count_arrays(profile, arrays, 0)


def _count_arrays(profile: Profile, arrays: Mapping[Key, Any], rows: int) -> BatchProfile:
    counts: dict[Key, Counts] = {}
    failures: dict[Key, str] = {}
    for column in profile.columns:
        key = (column.role, column.name)
        if key not in arrays:
            continue
        try:
            counts[key] = column.layout.count(arrays[key])
        except DataError as error:
            failures[key] = str(error)
    return BatchProfile(rows, counts, failures)
