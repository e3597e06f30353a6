"""Summarise reference rows into a profile: bins and counts of every column, and how columns move together."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from include.retraining.drift.arrow import Integers, Mask
from include.retraining.drift.classifier_profile import ClassifierProfile
from include.retraining.drift.correlation import PairProfile, profile_pairs
from include.retraining.drift.counts import Chunks, Layout, Located
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.lookup import Bins
from include.retraining.drift.moments import Grid
from include.retraining.drift.pairs import Places, place_table
from include.retraining.drift.parts import time_parts
from include.retraining.drift.profile import ColumnProfile, Profile
from include.retraining.drift.reconstruction import Reconstruction, profile_reconstruction
from include.retraining.drift.sample import take_rows, take_sample
from include.retraining.drift.values import read_names, read_numbers
from include.retraining.errors import DataError
from include.retraining.results.columns import Columns
from include.retraining.results.record import Kind, Role

CATEGORIES = 1_000
"""Most categories kept by name; the rest share the last bin."""
PAIRED_COLUMNS = 100
"""Most numeric features whose relations are kept: pairs grow with the square."""


def build_profile(
    table: pa.Table,
    columns: Columns,
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
    times: Any = None,
    period: timedelta | None = None,
    classifier: bool = True,
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
    classifier
        Whether to tell parts of the reference from the rest, which the domain classifier needs and which takes seconds.

    Raises
    ------
    DataError
        When a feature column is missing, or shapes differ.
    """
    if missing := [name for name in columns.features if name not in table.column_names]:
        message = f"reference lacks the features {', '.join(missing)}; it has {', '.join(table.column_names)}"
        raise DataError(message)
    parts = time_parts(table.num_rows, None if times is None else read_numbers(times), period)
    sources: list[tuple[str, Role, Kind, Any]] = [
        *((name, "feature", "numeric", table.column(name)) for name in columns.numeric),
        *((name, "feature", "categorical", table.column(name)) for name in columns.categorical),
        *((name, "prediction", "numeric", values) for name, values in (predictions or {}).items()),
    ]
    if target is not None:
        sources.append(("target", "target", kind_of(target), target))
    profiles: list[ColumnProfile] = []
    unusable: list[tuple[str, str]] = []
    relations = _Relations()
    for name, role, kind, values in sources:
        if role == "target" and len(values) != table.num_rows:
            message = f"{role} {name!r} has {len(values)} values for {table.num_rows} reference rows"
            raise DataError(message)
        try:
            own_parts = parts if len(values) == table.num_rows else time_parts(len(values))
            profile, located = _profile_column(name, role, kind, values, own_parts)
        except DataError as error:
            unusable.append((name, str(error)))
            continue
        profiles.append(profile)
        if role == "feature":
            relations.add(profile, located)
    if relations.left_out:
        why = f"compared among the first {PAIRED_COLUMNS} numeric features; {relations.left_out} more are left out"
        unusable.append(("relations between columns", why))
    return Profile(table.num_rows, tuple(profiles), tuple(unusable), *relations.profile(parts, classifier=classifier))


class _Relations:
    """Gathers where the values of the features lie: places of the numeric ones, cells of all."""

    def __init__(self) -> None:
        self.features: list[ColumnProfile] = []
        self.cells: list[Bins] = []
        self.names: list[str] = []
        self.tables: list[Places] = []
        self.rows: list[Places] = []
        self.absent: dict[int, Mask] = {}
        self.left_out = 0

    def add(self, column: ColumnProfile, located: Located) -> None:
        self.features.append(column)
        self.cells.append(located.cells(slice(None)))
        if column.kind == "categorical":
            return
        if len(self.names) == PAIRED_COLUMNS:
            self.left_out += 1
            return
        table = place_table(column.counts.bins)
        places = table.take(located.bins, mode="clip")
        if located.absent is not None:
            places[located.absent] = 0
            self.absent[len(self.names)] = located.absent
        self.names.append(column.name)
        self.tables.append(table)
        self.rows.append(places)

    def profile(
        self, parts: Sequence[Integers], *, classifier: bool
    ) -> tuple[PairProfile | None, Reconstruction | None, ClassifierProfile | None]:
        pairs, reconstruction = None, None
        if len(self.names) > 1:
            places = np.array(self.rows)
            pairs = profile_pairs(self.names, self.tables, places, self.absent, parts)
            reconstruction = profile_reconstruction(self.names, places, self.absent, parts)
        told = self._classifier(parts) if classifier and len(self.features) > 1 else None
        return pairs, reconstruction, told

    def _classifier(self, parts: Sequence[Integers]) -> ClassifierProfile:
        from include.retraining.drift.classifier import profile_classifier  # what it needs takes its time to load

        names, kinds = [column.name for column in self.features], [column.kind for column in self.features]
        sample = take_sample(self.cells, len(self.cells[0]))
        return profile_classifier(names, kinds, sample, [take_rows(self.cells, part) for part in parts])


def kind_of(values: Any) -> Kind:
    """Whether an array, of numpy or Arrow, holds numbers or names."""
    if isinstance(values, np.ndarray):
        return "numeric" if values.dtype.kind in "biuf" else "categorical"
    kinds = pa.types
    tests = (kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_decimal)
    return "numeric" if any(test(values.type) for test in tests) else "categorical"


def _profile_column(
    name: str, role: Role, kind: Kind, values: Any, parts: Sequence[Integers]
) -> tuple[ColumnProfile, Located]:
    """Profile a column, and say where each of its values lies."""
    if kind == "numeric":
        numbers = read_numbers(values)
        finite = numbers[np.isfinite(numbers)]
        layout = Layout("numeric", reference_edges(finite), grid=Grid.of(finite))
        located, chunks = layout.locate(numbers), [layout.count(numbers[part]) for part in parts]
    else:
        codes, names = read_names(values)
        layout = category_layout(codes, names)
        located, chunks = layout.locate_names(codes, names), [layout.place(codes[part], names) for part in parts]
    return ColumnProfile(name, role, layout, located.counts, Chunks.of(chunks, layout.size)), located


def category_layout(codes: Integers, names: Sequence[str]) -> Layout:
    """Keep the most frequent categories, most frequent first.

    Where not all are kept, none is that has only as many rows as one left out: otherwise the order of names decided,
    and what leaving out a row does to a category (`ColumnData.left_out`) would not be known.
    """
    rows = np.bincount(codes[codes >= 0], minlength=len(names)).tolist()
    present = sorted((-count, name) for name, count in zip(names, rows, strict=True) if count)
    most_left_out = -present[CATEGORIES][0] if len(present) > CATEGORIES else 0
    kept = tuple(name for count, name in present if -count > most_left_out)
    return Layout("categorical", np.empty(0), categories=kept, complete=len(kept) == len(present))
