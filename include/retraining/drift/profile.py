"""What the reference looked like: bins and counts of every column, kept with the model, without its rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from include.retraining.drift.arrow import Floats, Integers, objects_to_codes, to_codes, to_floats
from include.retraining.drift.counts import Counts, Layout
from include.retraining.drift.edges import reference_edges
from include.retraining.errors import DataError
from include.retraining.results import Kind, Role

if TYPE_CHECKING:
    from include.retraining.columns import Columns  # imports pandas, which a drift check does without

FORMAT = 1
CATEGORIES = 1_000
"""Most categories kept by name; the rest share the last bin."""
CHUNKS = 30
"""Time-ordered parts of the reference: enough to estimate a variance (its relative error is a quarter)."""
MINIMUM_CHUNK = 100
"""Fewest rows of a part; below it sampling noise hides all other variation."""


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


@dataclass(frozen=True)
class Profile:
    """The reference of one model; `unusable` names columns that have no profile, and why."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    unusable: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> str:
        """Write as versioned JSON."""
        document = {
            "format": FORMAT,
            "rows": self.rows,
            "columns": [_column_to_json(column) for column in self.columns],
            "unusable": [list(entry) for entry in self.unusable],
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

    Raises
    ------
    DataError
        When a feature column is missing, or shapes differ.
    """
    if missing := [name for name in columns.features if name not in table.column_names]:
        message = f"reference lacks the features {', '.join(missing)}; it has {', '.join(table.column_names)}"
        raise DataError(message)
    order = None if times is None else np.argsort(_numbers(times), kind="stable")
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
            in_order = order if len(values) == table.num_rows else None
            profiles.append(_profile_column(name, role, kind, values, in_order))
        except DataError as error:
            unusable.append((name, str(error)))
    return Profile(rows=table.num_rows, columns=tuple(profiles), unusable=tuple(unusable))


def kind_of(values: Any) -> Kind:
    """Whether an array, of numpy or Arrow, holds numbers or names."""
    if isinstance(values, np.ndarray):
        return "numeric" if values.dtype.kind in "biuf" else "categorical"
    kinds = pa.types
    numeric = kinds.is_integer(values.type) or kinds.is_floating(values.type) or kinds.is_boolean(values.type)
    return "numeric" if numeric else "categorical"


def _numbers(values: Any) -> Floats:
    if isinstance(values, np.ndarray):
        return values.astype(np.float64)
    return to_floats(_whole(values))


def _whole(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _profile_column(name: str, role: Role, kind: Kind, values: Any, order: Integers | None) -> ColumnProfile:
    if kind == "numeric":
        numbers = _numbers(values)
        layout = Layout("numeric", reference_edges(numbers[np.isfinite(numbers)]))
        parts = [layout.count(part) for part in _parts(numbers, order)]
    else:
        codes, names = objects_to_codes(values) if isinstance(values, np.ndarray) else to_codes(_whole(values))
        layout = category_layout(codes, names)
        parts = [layout.place(part, names) for part in _parts(codes, order)]
    total = sum(parts, layout.empty())
    return ColumnProfile(name, role, layout, total, tuple(parts) if len(parts) > 1 else ())


def category_layout(codes: Integers, names: Sequence[str]) -> Layout:
    """Keep the most frequent categories, in alphabetical order where equally frequent."""
    rows = np.bincount(codes[codes >= 0], minlength=len(names)).tolist()
    present = sorted((-count, name) for name, count in zip(names, rows, strict=True) if count)
    kept = tuple(name for _, name in present[:CATEGORIES])
    return Layout("categorical", np.empty(0), categories=kept, complete=len(present) <= CATEGORIES)


def _parts(values: npt.NDArray[Any], order: Integers | None) -> list[npt.NDArray[Any]]:
    ordered = values if order is None else values[order]
    return np.array_split(ordered, max(1, min(CHUNKS, len(values) // MINIMUM_CHUNK)))


def _column_to_json(column: ColumnProfile) -> dict[str, Any]:
    return {
        "name": column.name,
        "role": column.role,
        "kind": column.kind,
        "edges": column.layout.edges.tolist(),
        "categories": list(column.layout.categories),
        "complete": column.layout.complete,
        "counts": _counts_to_json(column.counts),
        "chunks": [_counts_to_json(chunk) for chunk in column.chunks],
    }


def _column_from_json(entry: Mapping[str, Any]) -> ColumnProfile:
    layout = Layout(
        kind=entry["kind"],
        edges=np.array(entry["edges"], np.float64),
        categories=tuple(entry["categories"]),
        complete=entry["complete"],
    )
    return ColumnProfile(
        name=entry["name"],
        role=entry["role"],
        layout=layout,
        counts=_counts_from_json(entry["counts"]),
        chunks=tuple(_counts_from_json(chunk) for chunk in entry["chunks"]),
    )


def _counts_to_json(counts: Counts) -> list[Any]:
    return [counts.bins.tolist(), counts.nulls, counts.infinite]


def _counts_from_json(entry: Sequence[Any]) -> Counts:
    bins, nulls, infinite = entry
    return Counts(np.array(bins, np.int64), nulls=nulls, infinite=infinite)
