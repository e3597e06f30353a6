"""A bounded sample of whole rows, the same however the rows are cut into parts.

Each row has a key, a scrambled form of its position, and the rows with the smallest keys are kept: a random sample
that depends on nothing but the number of rows. What is kept of a value is its place in the reference's fine bins, so a
sample holds no raw values, and a few hundred bytes a row at most.

References
----------
G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators" (2014), for SplitMix64.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from include.retraining.drift.arrow import Integers
from include.retraining.drift.lookup import Bins

SAMPLE = 2_000
"""Rows kept of each side. With so many, a change of how three of ten columns move together is found, and telling two
samples of 50 columns apart takes 0.2 s; with half as many the AUC rises a third to a half less."""
NULL = 65_535
"""Stands for a null, as does -1 among bins."""
INFINITE = 65_534
"""Stands for an infinite number, as does -2 among bins."""
Keys = npt.NDArray[np.uint64]
Cells = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class RowSample:
    """The rows with the smallest keys, in the order of their keys.

    `keys` has shape (rows,). `cells`, of shape (rows, columns), holds the bin of a number, or the position of a
    category among the reference's with all others in the last place. `size` is the most rows that are kept.
    """

    keys: Keys
    cells: Cells
    size: int = SAMPLE

    @classmethod
    def empty(cls, columns: int, size: int = SAMPLE) -> "RowSample":
        """A sample of no rows."""
        return cls(np.empty(0, np.uint64), np.empty((0, columns), np.uint16), size)

    def __len__(self) -> int:
        return len(self.keys)

    def __add__(self, other: "RowSample") -> "RowSample":
        size = min(self.size, other.size)
        keys = np.concatenate([self.keys, other.keys])
        cells = np.concatenate([self.cells, other.cells])
        kept = np.argsort(keys, kind="stable")[:size]
        return RowSample(keys[kept], cells[kept], size)

    @cached_property
    def bound(self) -> int | None:
        """Key below which that of a further row must lie; None while there is room."""
        return int(self.keys[-1]) if 0 < self.size <= len(self) else None

    def head(self, rows: int) -> "RowSample":
        """The sample that a smaller `size` would have given."""
        return RowSample(self.keys[:rows], self.cells[:rows], min(rows, self.size))

    def without(self, other: "RowSample") -> "RowSample":
        """Leave out the rows of another sample of the same rows."""
        kept = ~np.isin(self.keys, other.keys, assume_unique=True)
        return RowSample(self.keys[kept], self.cells[kept], self.size)


class Sampler:
    """Takes a sample of consecutive rows column by column, so that not all columns are in memory at once.

    Parameters
    ----------
    columns
        Number of columns; one that is never added is all nulls.
    rows, first_row, size, below
        As in `take_sample`.
    """

    def __init__(
        self, columns: int, rows: int, first_row: int = 0, size: int = SAMPLE, below: int | None = None
    ) -> None:
        keys = row_keys(np.arange(first_row, first_row + rows, dtype=np.uint64))
        self.kept = _smallest(keys, size, below)
        cells = np.full((len(self.kept), columns), NULL, np.uint16)
        self.sample = RowSample(keys[self.kept], cells, size)

    def add(self, number: int, bins: Bins) -> None:
        """Note where the values of one column lie, in the `kept` rows."""
        self.sample.cells[:, number] = bins.astype(np.uint16)  # -1 and -2 become NULL and INFINITE


def take_sample(
    columns: Sequence[Bins | None], rows: int, first_row: int = 0, size: int = SAMPLE, below: int | None = None
) -> RowSample:
    """Sample consecutive rows.

    Parameters
    ----------
    columns
        Bins or positions of the values of each column, of shape (rows,): -1 for null and -2 for infinite. None where
        the column is missing: all its values are null.
    rows
        Number of rows.
    first_row
        Position of the first of them in the whole.
    size
        Most rows that are kept.
    below
        Only rows with smaller keys are looked at: the `bound` of the sample to which this one will be added.
    """
    sampler = Sampler(len(columns), rows, first_row, size, below)
    for number, bins in enumerate(columns):
        if bins is not None:
            sampler.add(number, bins[sampler.kept])
    return sampler.sample


def take_rows(columns: Sequence[Bins | None], positions: Integers, size: int = SAMPLE) -> RowSample:
    """Sample some rows of a whole: those at `positions`, which need not be consecutive; the rest as in `take_sample`.

    Rows keep the keys that they have in a sample of the whole.
    """
    keys = row_keys(positions.astype(np.uint64))
    kept = _smallest(keys, size, None)
    cells = np.full((len(kept), len(columns)), NULL, np.uint16)
    for number, bins in enumerate(columns):
        if bins is not None:
            cells[:, number] = bins[positions[kept]].astype(np.uint16)
    return RowSample(keys[kept], cells, size)


def row_keys(positions: Keys) -> Keys:
    """Scramble positions by SplitMix64: different ones stay different."""
    keys = (positions + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    keys ^= keys >> np.uint64(30)
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    keys ^= keys >> np.uint64(27)
    keys *= np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    return keys


def _smallest(keys: Keys, size: int, below: int | None) -> Integers:
    """Rows with the smallest keys, in the order of their keys."""
    rows = np.arange(len(keys)) if below is None else np.flatnonzero(keys < np.uint64(below))
    if len(rows) > size:
        rows = rows[np.argpartition(keys[rows], size)[:size]]
    return np.asarray(rows[np.argsort(keys[rows])])


def sample_to_json(sample: RowSample) -> dict[str, Any]:
    """Write a sample; numbers are little-endian, in base64."""
    return {
        "keys": base64.b64encode(sample.keys.astype("<u8").tobytes()).decode(),
        "cells": base64.b64encode(sample.cells.astype("<u2").tobytes()).decode(),
        "columns": sample.cells.shape[1],
        "size": sample.size,
    }


def sample_from_json(entry: Mapping[str, Any]) -> RowSample:
    """Read what `sample_to_json` wrote."""
    keys = np.frombuffer(base64.b64decode(entry["keys"]), "<u8").astype(np.uint64)
    cells = np.frombuffer(base64.b64decode(entry["cells"]), "<u2").astype(np.uint16)
    return RowSample(keys, cells.reshape(len(keys), entry["columns"]), entry["size"])
