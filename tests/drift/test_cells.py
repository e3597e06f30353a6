"""Rare categories taken together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.cells import group_rare, sum_cells


@settings(deadline=None)
@given(expected=st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_cells_are_numbered_without_gaps_and_hold_enough(expected: list[float]) -> None:
    """Each cell expects at least five rows, unless there is only one."""
    values = np.array(expected)
    cells = group_rare(values)
    assert sorted(set(cells)) == list(range(cells.max() + 1))
    sums = sum_cells(values, cells)
    assert np.isclose(sums.sum(), values.sum())
    assert len(sums) == 1 or sums.min() >= 5


def test_common_categories_keep_their_own_cell() -> None:
    """Rare ones share one, or join the smallest where they are too few."""
    assert group_rare(np.array([10.0, 3.0, 20.0, 3.0])).tolist() == [0, 2, 1, 2]
    assert group_rare(np.array([10.0, 1.0, 20.0, 1.0])).tolist() == [0, 0, 1, 0]


def test_the_last_axis_is_summed() -> None:
    """Counts of several chunks are summed at once."""
    sums = sum_cells(np.array([[1, 2, 3], [4, 5, 6]]), np.array([0, 1, 0]))
    assert sums.tolist() == [[4, 2], [10, 5]]
