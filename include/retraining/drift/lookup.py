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
_OUTSIDE = -2 * _DEEPEST
"""Stands for the bins beyond the cells, where a search has to help; negative whatever edges a value is held against."""
Bins = npt.NDArray[np.int16]
Cell = Callable[[Floats], Integers]


@dataclass(frozen=True)
class _Grid:
    """Cells of one kind: `cell` numbers those between the outer edges from 1 to CELLS, all else by other numbers."""

    cell: Cell
    first: Bins
    edges: tuple[Floats, ...]

    def bins(self, values: Floats, edges: Floats) -> Bins:
        cells = self.cell(values)
        found = self.first.take(cells, mode="clip")
        for row in self.edges:
            found += values >= row.take(cells, mode="clip")
        outside = np.flatnonzero(found < 0)
        if len(outside):
            found[outside] = _search(values[outside], edges)
        return found


@dataclass(frozen=True)
class Lookup:
    """Finds bins: a value lies in bin i when i of the rising `edges` are at or below it; NaN in one beyond the last."""

    edges: Floats

    def bins(self, values: Floats) -> Bins:
        """Bin of each value."""
        if self._grid is None:
            return _search(values, self.edges)
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


def _search(values: Floats, edges: Floats) -> Bins:
    found = edges.searchsorted(values, side="right").astype(np.int16)
    found[np.isnan(values)] = len(edges) + 1
    return found


def _equal_cells(low: float, high: float) -> Cell | None:
    """Cells of equal width; None where that width is no usable number."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        scale = float(np.float64(CELLS) / (np.float64(high) - np.float64(low)))
        start = float(np.float64(low) - 1 / np.float64(scale))
    if not (0 < scale < np.finfo(float).max and np.isfinite(start)):
        return None

    def cell(values: Floats) -> Integers:
        steps = values - start
        steps *= scale
        return steps.astype(np.intp)  # of NaN, infinite and huge values some number outside the cells

    return cell


def _logarithmic_cells(low: float, high: float) -> Cell | None:
    """Cells that widen with their distance from 0, for positive values: the bits of a float rise with it."""
    if low <= 0:
        return None
    first, last = np.array([low, high]).view(np.int64).tolist()
    shift = max((last - first).bit_length() - (CELLS.bit_length() - 1), 0)
    start = first - (1 << shift)

    def cell(values: Floats) -> Integers:
        steps = np.ascontiguousarray(values).view(np.int64) - start
        return np.asarray(np.right_shift(steps, shift, out=steps))

    return cell


def _tabulate(cell: Cell, edges: Floats) -> _Grid | None:
    """First bin of each cell and its edges, or None when too many edges share one."""
    with np.errstate(over="ignore", invalid="ignore"):
        cells = cell(edges)
    inside = (cells > 0) & (cells <= CELLS)
    depth = int(np.bincount(cells[inside], minlength=1).max())
    if not 0 < depth <= _DEEPEST:
        return None
    numbers = np.flatnonzero(inside)
    first = numbers[0] + np.searchsorted(cells[inside], np.arange(CELLS + 2), side="left")
    rows = np.full((depth, CELLS + 2), np.inf)
    rows[numbers - first[cells[numbers]], cells[numbers]] = edges[numbers]
    first[[0, -1]] = _OUTSIDE
    return _Grid(cell, first.astype(np.int16), tuple(rows))
