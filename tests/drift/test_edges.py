"""Edges of the bins."""

import numpy as np
import pytest

from include.retraining.drift.counts import Layout
from include.retraining.drift.edges import BINS, reference_edges


def test_each_of_few_values_has_a_bin_of_its_own() -> None:
    """Discrete columns are counted value by value, and values beyond them apart."""
    edges = reference_edges(np.array([0.0, 1.0, 1.0, 5.0]))
    counts = Layout("numeric", edges).count(np.array([-1.0, 0.0, 1.0, 5.0, 6.0]))
    assert counts.bins.max() == 1


def test_many_values_share_bins_of_equal_size() -> None:
    """No bin of a continuous column holds more than 1/256 of the reference, up to rounding."""
    values = np.random.default_rng(0).lognormal(size=10_000)
    bins = Layout("numeric", reference_edges(values)).count(values).bins
    assert bins.max() <= 2 * len(values) / BINS
    assert (bins > 0).sum() == BINS


@pytest.mark.parametrize(
    "values", [[], [3.0], [0.0], [1e308, -1e308], [5e-324, 0.0], [1.0, np.nextafter(1.0, 2.0)], [-np.finfo(float).max]]
)
def test_extreme_values_give_finite_rising_edges(values: list[float]) -> None:
    """Huge, tiny, neighbouring and single values are all told apart."""
    edges = reference_edges(np.array(values))
    assert np.isfinite(edges).all()
    assert (np.diff(edges) > 0).all()
    assert len(np.unique(edges.searchsorted(values, "right"))) == len(values)


def test_a_heavy_value_has_a_bin_of_its_own() -> None:
    """Its neighbours lie elsewhere, on either side; at most one edge more for each such value."""
    values = np.concatenate([np.random.default_rng(0).normal(size=10_000), np.zeros(1_000), np.ones(100)])
    edges = reference_edges(values)
    for heavy in (0.0, 1.0):
        bins = edges.searchsorted([heavy - 1e-6, heavy, heavy + 1e-6], side="right")
        assert len(set(bins.tolist())) == 3
        assert np.count_nonzero(edges.searchsorted(values, side="right") == bins[1]) == (values == heavy).sum()
    assert len(edges) <= 2 * BINS + 40
