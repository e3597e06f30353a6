"""Categories taken together until each holds enough rows."""

import numpy as np

from include.retraining.drift.arrow import Floats, Integers

_EXPECTED = 5.0
"""Fewest expected rows of a cell (W. G. Cochran, Biometrics 10, 1954)."""


def group_rare(expected: Floats) -> Integers:
    """Number the cells: a common category has its own, rare ones share one.

    Where even these together are too few, they join the smallest of the others.

    Parameters
    ----------
    expected
        Rows expected of each category on the smaller side, shape (categories,).

    Returns
    -------
    ndarray of shape (categories,)
        Cell of each category, numbered from 0 without gaps.
    """
    rare = expected < _EXPECTED
    cells = np.cumsum(~rare) - 1
    common = int((~rare).sum())
    enough = expected[rare].sum() >= _EXPECTED or not common
    cells[rare] = common if enough else cells[np.argmin(np.where(rare, np.inf, expected))]
    return cells


def sum_cells(values: Floats | Integers, cells: Integers) -> Floats:
    """Sum the last axis over the categories of each cell."""
    sums = np.zeros((*values.shape[:-1], int(cells.max()) + 1))
    np.add.at(sums.T, cells, values.T)
    return sums
