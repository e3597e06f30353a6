"""Correlations between columns."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from include.retraining.drift.calibration import Verdict
from include.retraining.drift.correlation import PairProfile, measure, profile_pairs
from include.retraining.drift.counts import Layout
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.pairs import PairSums, Places, place_table, sum_pairs
from include.retraining.drift.parts import time_parts


def tables_of(columns: Sequence[np.ndarray]) -> list[Places]:
    """Place of each fine bin of each column."""
    layouts = [Layout("numeric", reference_edges(values[np.isfinite(values)])) for values in columns]
    return [place_table(layout.count(values).bins) for layout, values in zip(layouts, columns, strict=True)]


def placed(columns: Sequence[np.ndarray], like: Sequence[np.ndarray]) -> tuple[Places, dict[int, np.ndarray]]:
    """Places of the values of some columns among those of others, and which are absent."""
    rows, absent = [], {}
    for number, (values, reference_values, table) in enumerate(zip(columns, like, tables_of(like), strict=True)):
        edges = reference_edges(reference_values[np.isfinite(reference_values)])
        located = Layout("numeric", edges).locate(values)
        rows.append(table.take(located.bins, mode="clip"))
        if located.absent is not None:
            rows[-1][located.absent] = 0
            absent[number] = located.absent
    return np.array(rows), absent


def sums_of(columns: Sequence[np.ndarray], like: Sequence[np.ndarray] | None = None) -> PairSums:
    """Sums over the rows of some columns."""
    return sum_pairs(*placed(columns, columns if like is None else like))


def pair(rows: int, correlation: float, seed: int) -> list[np.ndarray]:
    """Two normal columns and a third that has nothing to do with them."""
    rng = np.random.default_rng(seed)
    first, other, third = rng.normal(size=(3, rows))
    return [first, correlation * first + np.sqrt(1 - correlation**2) * other, np.exp(third)]


REFERENCE = pair(6_000, 0.5, 0)
"""6,000 rows in which the first two columns correlate by 0.5."""


def profile() -> PairProfile:
    """Profile of the reference."""
    places, absent = placed(REFERENCE, REFERENCE)
    return profile_pairs(["a", "b", "c"], tables_of(REFERENCE), places, absent, time_parts(6_000))


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.0, 0.5, 0.95])
def test_the_correlation_is_nearly_that_of_all_ranks(correlation: float) -> None:
    """Sixteenths lose less than 0.02 of Spearman's correlation."""
    columns = pair(5_000, correlation, 1)
    transformed, rows = sums_of(columns).transformed()
    exact = stats.spearmanr(columns[0], columns[1]).statistic
    assert np.tanh(transformed[0]) == pytest.approx(exact, abs=0.02)
    assert rows.tolist() == [5_000] * 3


def test_a_value_of_many_rows_counts_by_its_middle_rank() -> None:
    """So the correlation with zeros in seven of ten rows is Spearman's, too."""
    columns = pair(5_000, 0.7, 4)[:2]
    columns[1] = np.maximum(columns[1] - np.quantile(columns[1], 0.7), 0.0)
    places, absent = placed(columns, columns)
    exact = stats.spearmanr(*columns).statistic
    assert np.tanh(sum_pairs(places, absent).transformed()[0][0]) == pytest.approx(exact, abs=0.02)
    assert np.abs(places).max() <= 16


@settings(deadline=None)
@given(split=st.integers(0, 300), nulls=st.sets(st.integers(0, 299), max_size=40))
def test_sums_of_parts_add_up_exactly(split: int, nulls: set[int]) -> None:
    """Any split gives the same sums, nulls included."""
    columns = pair(300, 0.4, 2)
    columns[1][list(nulls)] = np.nan
    whole = sums_of(columns)
    parts = sums_of([c[:split] for c in columns], columns) + sums_of([c[split:] for c in columns], columns)
    assert (whole.products == parts.products).all()
    assert (whole.second == parts.second).all()
    assert (whole.first == parts.first).all()
    assert whole.rows[0, 1] == 300 - len(nulls)


def test_a_correlation_that_turns_round_is_found_and_named() -> None:
    """From 0.5 to -0.5 with unchanged distributions, in 500 rows."""
    found = measure(profile(), sums_of(pair(500, -0.5, 3), REFERENCE))
    assert found is not None
    names, test = found
    assert names == ("a", "b")
    assert isinstance(test.evidence, Verdict)
    assert test.evidence.p_value < 1e-6
    assert test.direction == "down"
    assert test.effect == pytest.approx(1.0, abs=0.15)


def test_unchanged_correlations_are_rarely_unlikely() -> None:
    """Of forty unchanged batches none is unlikely at 0.1%."""
    unchanged = profile()
    p_values = []
    for seed in range(40):
        found = measure(unchanged, sums_of(pair(800, 0.5, 100 + seed), REFERENCE))
        assert found is not None
        assert isinstance(found[1].evidence, Verdict)
        p_values.append(found[1].evidence.p_value)
    assert min(p_values) > 0.001


def test_a_constant_column_has_no_correlation() -> None:
    """Neither a constant reference nor a constant batch gives a figure."""
    constant = [np.zeros(500), np.full(500, np.nan), np.ones(500)]
    assert measure(profile(), sums_of(constant, REFERENCE)) is None
