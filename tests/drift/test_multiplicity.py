"""Holm's correction."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.multiplicity import holm_level


def rejected_step_by_step(p_values: list[float], rate: float) -> set[int]:
    """Holm's procedure as he wrote it."""
    rejected: set[int] = set()
    for step, position in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[position] > rate / (len(p_values) - step):
            break
        rejected.add(int(position))
    return rejected


@settings(deadline=None)
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=20), rate=st.floats(0.001, 0.4))
def test_one_level_rejects_what_holm_rejects(p_values: list[float], rate: float) -> None:
    """Comparing each p-value with the level is the step-down procedure."""
    level = holm_level(p_values, rate)
    assert {i for i, p_value in enumerate(p_values) if p_value <= level} == rejected_step_by_step(p_values, rate)


def test_without_tests_the_level_is_the_rate() -> None:
    """Nothing is divided by zero."""
    assert holm_level([], 0.01) == 0.01
