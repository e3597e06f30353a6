"""What the reference looked like: bins and counts of every column, kept with the model, without its rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from include.retraining.drift.arrow import Floats, Integers, objects_to_codes, to_codes, to_floats
from include.retraining.drift.correlation import PairProfile, pairs_from_json, pairs_to_json, profile_pairs
from include.retraining.drift.counts import Counts, Layout
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.pairs import place_edges
from include.retraining.drift.parts import time_parts, to_seconds
from include.retraining.drift.serialisation import (
    counts_from_json,
    counts_to_json,
    layout_from_json,
    layout_to_json,
)
from include.retraining.errors import DataError
from include.retraining.results import Kind, Role

if TYPE_CHECKING:
    from include.retraining.columns import Columns  # imports pandas, which a drift check does without

Key = tuple[Role, str]
FORMAT = 1
CATEGORIES = 1_000
"""Most categories kept by name; the rest share the last bin."""
PAIRED_COLUMNS = 100
"""Most numeric features whose correlations are kept: pairs grow with the square."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column of the reference; `chunks` are counts of its time-ordered parts."""

    name: str
    role: Role
    layout: Layout
    counts: Counts
    chunks: tuple[Counts, ...]

    @property
    def kind(self) -> Kind:
        return self.layout.kind

    @property
    def key(self) -> Key:
        """What tells a feature from a prediction of the same name."""
        return self.role, self.name


@dataclass(frozen=True)
class Profile:
    """The reference of one model.

    `unusable` names columns that have no profile, and why; `pairs` says how the numeric features move together.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    unusable: tuple[tuple[str, str], ...] = ()
    pairs: PairProfile | None = None

    def to_json(self) -> str:
        """Write as versioned JSON."""
        document = {
            "format": FORMAT,
            "rows": self.rows,
            "columns": [_column_to_json(column) for column in self.columns],
            "unusable": [list(entry) for entry in self.unusable],
            "pairs": None if self.pairs is None else pairs_to_json(self.pairs),
        }
        return json.dumps(document, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Profile":
        """Read what `to_json` wrote.

        Raises
        ------
        DataError
            When the text is no profile, or one of another format.
        """
        try:
            document = json.loads(text)
            found = document["format"]
            if found != FORMAT:
                message = f"drift profile has format {found}, this code reads {FORMAT}; retrain to write a new one"
                raise DataError(message)
            return cls(
                rows=document["rows"],
                columns=tuple(_column_from_json(entry) for entry in document["columns"]),
                unusable=tuple((name, why) for name, why in document["unusable"]),
                pairs=None if document["pairs"] is None else pairs_from_json(document["pairs"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            message = f"this is no drift profile ({error!r}); retrain to write a new one"
            raise DataError(message) from error


def build_profile(
    table: pa.Table,
    columns: "Columns",
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
    times: Any = None,
    period: timedelta | None = None,
) -> Profile:
    """Summarise the reference rows.

    Parameters
    ----------
    table
        Reference rows with all feature columns; columns that are not features are ignored.
    columns
        Which columns are features, and of which kind.
    predictions
        The champion's predictions by name, in time order: those of rows that it was not trained on suffice.
    target
        Labels of the reference rows, shape (n,): numbers (regression) or names of classes.
    times
        Event times of the rows, shape (n,); left out: rows are taken to be in time order.
    period
        Length of the interval that one batch covers; left out, or without `times`: the reference is cut into
        parts of equal size.

    Raises
    ------
    DataError
        When a feature column is missing, or shapes differ.
    """
    if missing := [name for name in columns.features if name not in table.column_names]:
        message = f"reference lacks the features {', '.join(missing)}; it has {', '.join(table.column_names)}"
        raise DataError(message)
    parts = time_parts(table.num_rows, None if times is None else _numbers(times), period)
    sources: list[tuple[str, Role, Kind, Any]] = [
        *((name, "feature", "numeric", table.column(name)) for name in columns.numeric),
        *((name, "feature", "categorical", table.column(name)) for name in columns.categorical),
        *((name, "prediction", "numeric", values) for name, values in (predictions or {}).items()),
    ]
    if target is not None:
        sources.append(("target", "target", kind_of(target), target))
    profiles, unusable = [], []
    for name, role, kind, values in sources:
        if role == "target" and len(values) != table.num_rows:
            message = f"{role} {name!r} has {len(values)} values for {table.num_rows} reference rows"
            raise DataError(message)
        try:
            own_parts = parts if len(values) == table.num_rows else time_parts(len(values))
            profiles.append(_profile_column(name, role, kind, values, own_parts))
        except DataError as error:
            unusable.append((name, str(error)))
    pairs = _profile_pairs(table, profiles, parts)
    return Profile(rows=table.num_rows, columns=tuple(profiles), unusable=tuple(unusable), pairs=pairs)


def _profile_pairs(table: pa.Table, columns: Sequence[ColumnProfile], parts: Sequence[Integers]) -> PairProfile | None:
    numeric = [column for column in columns if column.kind == "numeric" and column.role == "feature"]
    if not 2 <= len(numeric) <= PAIRED_COLUMNS:
        return None
    values = [_numbers(table.column(column.name)) for column in numeric]
    edges = [place_edges(column.counts, column.layout.edges) for column in numeric]
    return profile_pairs([column.name for column in numeric], values, edges, parts)


def kind_of(values: Any) -> Kind:
    """Whether an array, of numpy or Arrow, holds numbers or names."""
    if isinstance(values, np.ndarray):
        return "numeric" if values.dtype.kind in "biuf" else "categorical"
    kinds = pa.types
    numeric = kinds.is_integer(values.type) or kinds.is_floating(values.type) or kinds.is_boolean(values.type)
    return "numeric" if numeric else "categorical"


def _numbers(values: Any) -> Floats:
    if isinstance(values, np.ndarray):
        return to_seconds(values)
    return to_floats(_whole(values))


def _whole(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _profile_column(name: str, role: Role, kind: Kind, values: Any, parts: Sequence[Integers]) -> ColumnProfile:
    if kind == "numeric":
        numbers = _numbers(values)
        layout = Layout("numeric", reference_edges(numbers[np.isfinite(numbers)]))
        counts, chunks = layout.count(numbers), [layout.count(numbers[part]) for part in parts]
    else:
        codes, names = objects_to_codes(values) if isinstance(values, np.ndarray) else to_codes(_whole(values))
        layout = category_layout(codes, names)
        counts, chunks = layout.place(codes, names), [layout.place(codes[part], names) for part in parts]
    return ColumnProfile(name, role, layout, counts, tuple(chunks))


def category_layout(codes: Integers, names: Sequence[str]) -> Layout:
    """Keep the most frequent categories, in alphabetical order where equally frequent."""
    rows = np.bincount(codes[codes >= 0], minlength=len(names)).tolist()
    present = sorted((-count, name) for name, count in zip(names, rows, strict=True) if count)
    kept = tuple(name for _, name in present[:CATEGORIES])
    return Layout("categorical", np.empty(0), categories=kept, complete=len(present) <= CATEGORIES)


def _column_to_json(column: ColumnProfile) -> dict[str, Any]:
    return {
        "name": column.name,
        "role": column.role,
        "layout": layout_to_json(column.layout),
        "counts": counts_to_json(column.counts),
        "chunks": [counts_to_json(chunk) for chunk in column.chunks],
    }


def _column_from_json(entry: Mapping[str, Any]) -> ColumnProfile:
    return ColumnProfile(
        name=entry["name"],
        role=entry["role"],
        layout=layout_from_json(entry["layout"]),
        counts=counts_from_json(entry["counts"]),
        chunks=tuple(counts_from_json(chunk) for chunk in entry["chunks"]),
    )
