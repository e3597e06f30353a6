"""Counts of a batch on the reference's bins, in one pass over its record batches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from include.retraining.drift.arrow import Floats, to_floats
from include.retraining.drift.counts import Counts
from include.retraining.drift.pairs import PairSums, sum_pairs
from include.retraining.drift.profile import ColumnProfile, Key, Profile
from include.retraining.errors import DataError


@dataclass(frozen=True)
class BatchProfile:
    """Counts by role and column; parts counted apart add up to exactly the whole.

    `failures` says of the columns that could not be counted why not; `pairs` holds the sums for correlations.
    """

    rows: int = 0
    counts: Mapping[Key, Counts] = field(default_factory=dict)
    failures: Mapping[Key, str] = field(default_factory=dict)
    pairs: PairSums | None = None

    def __add__(self, other: "BatchProfile") -> "BatchProfile":
        counts = dict(self.counts)
        for key, part in other.counts.items():
            counts[key] = counts[key] + part if key in counts else part
        pairs = [part for part in (self.pairs, other.pairs) if part is not None]
        return BatchProfile(
            rows=self.rows + other.rows,
            counts=counts,
            failures={**other.failures, **self.failures},
            pairs=sum(pairs[1:], pairs[0]) if pairs else None,
        )


def count_batch(
    profile: Profile,
    batches: Iterable[pa.RecordBatch] | pa.Table,
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
) -> BatchProfile:
    """Count feature rows, and the predictions and labels that belong to them."""
    features = [column for column in profile.columns if column.role == "feature"]
    total = BatchProfile()
    for batch in batches.to_batches() if isinstance(batches, pa.Table) else batches:
        total += _count_features(profile, features, batch)
    arrays: dict[Key, Any] = {("prediction", name): values for name, values in (predictions or {}).items()}
    if target is not None:
        arrays["target", "target"] = target
    for column in profile.columns:
        if column.key in arrays:
            total += _count_column(column, arrays[column.key])[0]
    return total


def _count_features(profile: Profile, features: Iterable[ColumnProfile], batch: pa.RecordBatch) -> BatchProfile:
    total = BatchProfile(rows=batch.num_rows)
    numbers: dict[str, Floats] = {}
    for column in features:
        if column.name in batch.schema.names:
            part, values = _count_column(column, batch.column(column.name))
            total += part
            if values is not None:
                numbers[column.name] = values
    if profile.pairs is None:
        return total
    nothing = np.full(batch.num_rows, np.nan)
    paired = [numbers.get(name, nothing) for name in profile.pairs.names]
    return total + BatchProfile(pairs=sum_pairs(paired, profile.pairs.edges))


def _count_column(column: ColumnProfile, values: Any) -> tuple[BatchProfile, Floats | None]:
    """Counts of one column, and its values when they are numbers."""
    try:
        numbers = None
        if column.kind == "numeric":
            numbers = values = values.astype(np.float64) if isinstance(values, np.ndarray) else to_floats(values)
        return BatchProfile(counts={column.key: column.layout.count(values)}), numbers
    except (DataError, ValueError, TypeError) as error:
        return BatchProfile(failures={column.key: str(error)}), None
