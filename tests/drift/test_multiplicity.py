"""Holm's correction with weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.multiplicity import holm_level, level_shares
from include.retraining.results.record import Kind


def rejected_step_by_step(p_values: list[float], shares: list[float], columns: int, rate: float) -> set[int]:
    """Holm's procedure as he wrote it: the next hypothesis at its share of what is left."""
    rejected: set[int] = set()
    left = float(columns)
    for position in np.argsort(np.array(p_values) / np.array(shares), kind="stable"):
        if p_values[position] > rate * shares[position] / left:
            break
        rejected.add(int(position))
        left -= shares[position]
    return rejected


@settings(deadline=None)
@given(
    tests=st.lists(st.tuples(st.floats(0, 1), st.sampled_from([1.0, 0.5, 0.25])), min_size=1, max_size=20),
    rate=st.sampled_from([0.001, 0.01, 0.3]),
)
def test_one_level_rejects_what_holm_rejects(tests: list[tuple[float, float]], rate: float) -> None:
    """Comparing each p-value with its share of the level is the step-down procedure."""
    p_values, shares = [p_value for p_value, _ in tests], [share for _, share in tests]
    level = holm_level(p_values, shares, len(tests), rate)
    found = {i for i, (p_value, share) in enumerate(tests) if p_value / share <= level}
    assert found == rejected_step_by_step(p_values, shares, len(tests), rate)


def test_without_tests_the_level_is_the_rate() -> None:
    """Nothing is divided by zero."""
    assert holm_level([], [], 0, 0.01) == 0.01


@pytest.mark.parametrize(
    ("tests", "kind"),
    [
        (["null_rate", "infinite_rate", "kolmogorov_smirnov", "van_der_waerden", "klotz"], "numeric"),
        (["null_rate", "chi_squared", "unseen_categories"], "categorical"),
        (["null_rate"], "numeric"),
        (["correlation"], None),
        (["kolmogorov_smirnov", "custom", "other"], "numeric"),
    ],
)
def test_a_columns_tests_share_one_level(tests: list[str], kind: Kind | None) -> None:
    """Shares are positive and at most 1 in sum, whatever the tests."""
    shares = level_shares(tests, kind)
    assert min(shares) > 0
    assert sum(shares) <= 1 + 1e-9


def test_a_test_that_is_not_there_leaves_nothing_to_the_others() -> None:
    """What rare findings are kept is not given away in their absence, or it would be spent twice when they come."""
    tests = ["van_der_waerden", "klotz", "null_rate"]
    assert level_shares(tests[:2], "numeric") == level_shares(tests, "numeric")[:2]


def test_a_relation_has_its_level_for_itself() -> None:
    """There are no rare findings to keep a part for."""
    assert level_shares(["correlation"], None) == [1.0]


def test_any_false_alarm_keeps_the_rate() -> None:
    """Over simulated models of 20 columns with two strongly dependent tests each, within a binomial bound."""
    rng, rate, repetitions = np.random.default_rng(0), 0.05, 2_000
    shares = np.tile(level_shares(["van_der_waerden", "kolmogorov_smirnov"], "numeric"), 20)
    alarms = 0
    for _ in range(repetitions):
        first = rng.random(20)
        p_values = np.column_stack([first, np.where(rng.random(20) < 0.5, first, rng.random(20))]).ravel()
        alarms += bool((p_values <= holm_level(p_values.tolist(), shares.tolist(), 20, rate) * shares).any())
    assert alarms <= rate * repetitions + 3 * (rate * repetitions) ** 0.5
