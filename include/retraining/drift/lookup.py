"""The bin of every value of a column, by table instead of by search.

Between its outer edges the number line is cut into a few thousand equal cells, so narrow that hardly two edges share
one. A value's cell then tells its bin but for the edges within that cell, which are compared one by one. The cell is a
monotone function of the value, also in floating-point arithmetic, so the result is exactly that of a search, at a
tenth of its time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from include.retraining.drift.arrow import Floats, Integers

CELLS = 4096
"""Cells between the outer edges: their tables stay in the first-level cache."""
_DEEPEST = 3
"""Most edges in a cell; beyond it comparing takes longer than it saves."""
_SKIPPED = (20, 22, 26, 32)
"""Edges at either end that are left to a search: few values lie there, and they may be far apart."""
Bins = npt.NDArray[np.int16]
Cell = Callable[[Floats], Integers]


@dataclass(frozen=True)
class _Grid:
    """Cells of one kind: `cell` numbers them from 0 (below) to CELLS + 1 (above), where a search has to help."""

    cell: Cell
    first: Bins
    edges: tuple[Floats, ...]

    def bins(self, values: Floats, edges: Floats) -> Bins:
        cells = self.cell(values)
        found = self.first.take(cells)
        for row in self.edges:
            found += values >= row.take(cells)
        outside = np.flatnonzero((cells == 0) | (cells == CELLS + 1))
        if len(outside):
            found[outside] = edges.searchsorted(values[outside], side="right")
        return found


@dataclass(frozen=True)
class Lookup:
    """Finds bins: a value lies in bin i when i of the rising `edges` are at or below it."""

    edges: Floats

    def bins(self, values: Floats) -> Bins:
        """Bin of each value; none of the values may be NaN."""
        if self._grid is None:
            return self.edges.searchsorted(values, side="right").astype(np.int16)
        with np.errstate(over="ignore", invalid="ignore"):
            return self._grid.bins(values, self.edges)

    @cached_property
    def _grid(self) -> _Grid | None:
        for skipped in _SKIPPED:
            if len(self.edges) <= 2 * skipped:
                return None
            low, high = float(self.edges[skipped]), float(self.edges[-1 - skipped])
            for cell in (_equal_cells(low, high), _logarithmic_cells(low, high)):
                if cell is not None and (grid := _tabulate(cell, self.edges)) is not None:
                    return grid
        return None


def _equal_cells(low: float, high: float) -> Cell | None:
    """Cells of equal width; None where that width is no usable number."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        scale = float(np.float64(CELLS) / (np.float64(high) - np.float64(low)))
    if not 0 < scale < np.finfo(float).max:
        return None

    def cell(values: Floats) -> Integers:
        steps = (values - low) * scale
        np.add(steps, 1, out=steps)
        np.maximum(steps, 0, out=steps)
        np.minimum(steps, CELLS + 1, out=steps)
        return steps.astype(np.intp)

    return cell


def _logarithmic_cells(low: float, high: float) -> Cell | None:
    """Cells that widen with their distance from 0, for positive values: the bits of a float rise with it."""
    if low <= 0:
        return None
    first, last = np.array([low, high]).view(np.int64).tolist()
    shift = max((last - first).bit_length() - (CELLS.bit_length() - 1), 0)

    def cell(values: Floats) -> Integers:
        steps = np.ascontiguousarray(values).view(np.int64) - first
        np.right_shift(steps, shift, out=steps)
        np.add(steps, 1, out=steps)
        np.maximum(steps, 0, out=steps)
        return np.asarray(np.minimum(steps, CELLS + 1, out=steps))

    return cell


def _tabulate(cell: Cell, edges: Floats) -> _Grid | None:
    """First bin of each cell and its edges, or None when too many edges share one."""
    with np.errstate(over="ignore"):
        cells = cell(edges)
    inside = (cells > 0) & (cells <= CELLS)
    depth = int(np.bincount(cells[inside], minlength=1).max())
    if depth > _DEEPEST:
        return None
    first = np.searchsorted(cells, np.arange(CELLS + 2), side="left")
    rows, numbers = np.full((depth, CELLS + 2), np.inf), np.flatnonzero(inside)
    rows[numbers - first[cells[numbers]], cells[numbers]] = edges[numbers]
    return _Grid(cell, first.astype(np.int16), tuple(rows))
