"""Reconstruction error: do the numeric columns still lie where their main directions say?

Principal components of the reference keep the main ways in which the columns move together. A row that keeps to them
is rebuilt from its components nearly as it was; a row that breaks with them is not. Its squared error is a number
like any other, so it is counted on fixed bins and compared as a column is.

Everything is done in whole numbers (places, and a matrix rounded to whole numbers), so parts add up exactly.

References
----------
J. E. Jackson and G. S. Mudholkar, "Control procedures for residuals associated with principal component analysis",
Technometrics 21 (1979), for the squared error as a control statistic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from include.retraining.drift.arrow import Floats, Integers, Mask
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Chunks, Counts, Layout
from include.retraining.drift.differences import from_difference
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.measured import Measured
from include.retraining.drift.pairs import BLOCK, MINIMUM_VARIANCE, PairSums, Places, block_buffer, sum_pairs
from include.retraining.drift.sample import row_keys
from include.retraining.drift.serialisation import (
    array_from_json,
    array_to_json,
    chunks_from_json,
    chunks_to_json,
    counts_from_json,
    counts_to_json,
    layout_from_json,
    layout_to_json,
)

_KEPT = 0.65
"""Share of the variance that the components keep: enough for the main directions, few enough to leave an error."""
_FEWEST = 3
"""Fewest columns: the error of two says no more than their correlation."""
_UNIT = 512
"""What one standard deviation counts in whole numbers: rounding costs a row at most a few per cent of its error."""
_FARTHEST = 4095
"""Largest error of one value, 8 standard deviations: its square, 2**24, is still exact in float32."""
_FEWEST_ROWS = 30
"""Fewest rows whose errors are worth comparing."""
_HALF = np.uint64(2**63)
"""Half of the keys that rows have."""
_NAMED = 5
"""Columns named, those whose error changed most first."""


@dataclass(frozen=True)
class Projection:
    """What is left of a row beside its components: `matrix` times places, minus `offset`; whole numbers."""

    matrix: npt.NDArray[np.float32]
    offset: npt.NDArray[np.float32]

    def errors(self, places: Places) -> Floats:
        """Squared error of each row, in units of `_UNIT` squared; shape (rows,)."""
        size, rows = places.shape
        errors, block, rests = np.empty(rows), block_buffer(size, rows), block_buffer(size, rows)
        for start in range(0, rows, BLOCK):
            used = slice(min(BLOCK, rows - start))
            block[:, used] = places[:, start : start + BLOCK]
            rest = np.matmul(self.matrix, block[:, used], out=rests[:, used])
            rest -= self.offset[:, None]
            np.clip(rest, -_FARTHEST, _FARTHEST, out=rest)
            np.square(rest, out=rest)
            errors[start : start + BLOCK] = rest.sum(axis=0, dtype=np.float64)
        return errors

    def column_errors(self, sums: PairSums) -> Floats:
        """Mean squared error of each column in standard deviations, from the sums of places and their products."""
        rows = max(int(sums.rows.max()), 1)
        matrix, offset = self.matrix.astype(np.float64), self.offset.astype(np.float64)
        means, products = np.diagonal(sums.first) / rows, sums.products / rows
        square = ((matrix @ products) * matrix).sum(axis=1)
        return np.asarray((square - 2 * offset * (matrix @ means) + offset**2) / _UNIT**2)


@dataclass(frozen=True)
class Reconstruction:
    """The projection, and the errors that it left in the reference: of each column, and counted over the rows."""

    names: tuple[str, ...]
    projection: Projection
    column_errors: Floats
    layout: Layout
    counts: Counts
    chunks: Chunks


def project(sums: PairSums) -> Projection | None:
    """Principal components of the reference's correlations; None for fewer than three columns that vary."""
    rows = np.maximum(np.diagonal(sums.rows), 1)
    means = np.diagonal(sums.first) / rows
    variances = np.diagonal(sums.second) / rows - means**2
    varied = np.flatnonzero(variances >= MINIMUM_VARIANCE)
    if len(varied) < _FEWEST:
        return None
    correlations = np.nan_to_num(sums.correlations()[np.ix_(varied, varied)])
    np.fill_diagonal(correlations, 1.0)
    values, vectors = np.linalg.eigh(correlations)
    kept = 1 + int(np.searchsorted(np.cumsum(values[::-1]) / values.sum(), _KEPT))
    components = vectors[:, ::-1][:, : min(kept, len(varied) - 1)]
    rest = (np.eye(len(varied)) - components @ components.T) / np.sqrt(variances[varied])
    matrix = np.zeros((len(means), len(means)))
    matrix[np.ix_(varied, varied)] = np.rint(_UNIT * rest)
    return Projection(matrix.astype(np.float32), np.rint(matrix @ means).astype(np.float32))


def profile_reconstruction(
    names: Sequence[str], places: Places, absent: Mapping[int, Mask], parts: Sequence[Integers]
) -> Reconstruction | None:
    """Project the reference's rows and count their errors; None where there is nothing to project.

    One half of the rows chooses the components, the errors are those of the other half: rows lie nearer to components
    that were fitted to them than any batch will, which would be taken for drift.

    Parameters
    ----------
    places, absent
        The reference's rows, as in `sum_pairs`.
    parts
        Row positions of each chunk.
    """
    chosen = row_keys(np.arange(places.shape[1], dtype=np.uint64)) < _HALF
    projection = project(_sum_rows(places, absent, chosen))
    if projection is None or np.count_nonzero(~chosen) < _FEWEST_ROWS:
        return None
    column_errors = projection.column_errors(_sum_rows(places, absent, ~chosen))
    errors = projection.errors(places)
    layout = Layout("numeric", reference_edges(errors[~chosen]))
    chunks = Chunks.of([layout.count(errors[part[~chosen[part]]]) for part in parts], layout.size)
    return Reconstruction(tuple(names), projection, column_errors, layout, layout.count(errors[~chosen]), chunks)


def _sum_rows(places: Places, absent: Mapping[int, Mask], rows: Mask) -> PairSums:
    return sum_pairs(places[:, rows], {gap: mask[rows] for gap, mask in absent.items()})


def measure(profile: Reconstruction, current: Counts, sums: PairSums, minimum: float) -> Measured | None:
    """Compare the rows' errors by their normal scores; None when the reference has no error at all.

    The effect is the share of rows whose error moved.
    """
    data = ColumnData(profile.layout, profile.counts, profile.chunks, current)
    scores = data.scores
    if not scores.any():
        return None
    change = profile.projection.column_errors(sums) - profile.column_errors
    difference = float((data.shares_current - data.shares_reference) @ scores)
    order = np.argsort(-np.abs(change), kind="stable")[:_NAMED].tolist()
    before, now = profile.column_errors.mean(), (profile.column_errors + change).mean()
    text = (
        f"rows rebuilt from their main directions are off by {np.sqrt(max(now, 0.0)):.2f} standard deviations, "
        f"{np.sqrt(before):.2f} before"
    )
    chunks = data.chunk_differences @ scores
    measured = from_difference("reconstruction_error", data, difference, chunks, minimum, text)
    return replace(measured, involved=tuple(profile.names[i] for i in order))


def reconstruction_to_json(profile: Reconstruction) -> dict[str, Any]:
    """Write a reconstruction."""
    return {
        "names": list(profile.names),
        "matrix": array_to_json(profile.projection.matrix),
        "offset": array_to_json(profile.projection.offset),
        "column_errors": array_to_json(profile.column_errors),
        "layout": layout_to_json(profile.layout),
        "counts": counts_to_json(profile.counts),
        "chunks": chunks_to_json(profile.chunks),
    }


def reconstruction_from_json(entry: Mapping[str, Any]) -> Reconstruction:
    """Read what `reconstruction_to_json` wrote."""
    layout = layout_from_json(entry["layout"])
    return Reconstruction(
        names=tuple(entry["names"]),
        projection=Projection(array_from_json(entry["matrix"]), array_from_json(entry["offset"])),
        column_errors=array_from_json(entry["column_errors"]),
        layout=layout,
        counts=counts_from_json(entry["counts"]),
        chunks=chunks_from_json(entry["chunks"], layout.size),
    )
