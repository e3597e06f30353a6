"""Did the relation change, while like is compared with like?"""

from dataclasses import replace

import numpy as np

from include.retraining.performance.attribution.concept_test import concept_test
from tests.performance.roasts import everywhere, from_ethiopia, roasts

TASK = "regression"


def test_moved_rows_are_not_taken_for_a_changed_relation():
    """Harder rows, same relation: at a level of 10%, at most 8 of 40 samples alarm (binomial, 98%)."""
    p_values = [
        concept_test(roasts(seed, 800), roasts(seed + 500, 400, larger=0.6), TASK).p_value for seed in range(40)
    ]
    assert sum(p_value <= 0.1 for p_value in p_values) <= 8
    assert 0.25 <= np.median(p_values) <= 0.8


def test_a_changed_relation_is_found_whether_rows_moved_or_not():
    """All relations turned: p-value at its smallest, and the rise above 0."""
    for larger in (0.0, 0.6):
        found = concept_test(roasts(1, 800), roasts(501, 400, larger=larger, turned=everywhere), TASK)
        assert found.p_value <= 0.001
        assert found.rise.low > 0


def test_the_segment_that_changed_is_told_after_correction():
    """One origin of four turned: its adjusted p-value is small, those of the others are not."""
    found = concept_test(roasts(1, 1_000), roasts(501, 800, turned=from_ethiopia), TASK)
    adjusted = {segment.value: segment.p_adjusted for segment in found.segments}
    assert adjusted["Ethiopia"] <= 0.05
    assert min(p_value for value, p_value in adjusted.items() if value != "Ethiopia") > 0.05
    assert all(segment.p_adjusted >= segment.p_value for segment in found.segments)


def test_without_rows_there_is_no_p_value():
    """Nothing to test, or predictions missing: a reason instead of a figure."""
    then, now = roasts(1, 200), roasts(2, 100)
    for current in (now.only(np.zeros(100, bool)), replace(now, prediction=np.full(100, np.nan))):
        found = concept_test(then, current, TASK)
        assert found.p_value is None
        assert found.text.startswith("Not enough evidence")
