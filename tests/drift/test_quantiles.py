"""Quantiles from counts."""

import numpy as np
import pytest

from include.retraining.drift.quantiles import describe_medians, describe_spreads, quantile
from tests.drift.samples import numbers


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.9, 0.99])
def test_quantiles_are_right_to_within_a_bin(share: float) -> None:
    """Also of a batch that left the range of the reference."""
    rng = np.random.default_rng(0)
    data = numbers(rng.normal(size=20_000), rng.normal(5, 1, 20_000))
    edges = data.layout.edges
    assert quantile(data.reference, edges, share) == pytest.approx(np.quantile(rng.normal(size=10**5), share), abs=0.15)
    assert quantile(data.current, edges, share) == pytest.approx(
        5 + np.quantile(rng.normal(size=10**5), share), abs=0.6
    )


def test_values_beyond_all_edges_are_put_at_the_last() -> None:
    """Nothing is infinite."""
    data = numbers(np.arange(10.0), np.array([-1e9] * 3 + [1e9] * 3))
    assert quantile(data.current, data.layout.edges, 0.1) == data.layout.edges[0]
    assert quantile(data.current, data.layout.edges, 0.9) < data.layout.edges[-1]


def test_sentences_name_both_sides() -> None:
    """As a person would say it."""
    data = numbers(np.arange(1_000.0), np.arange(1_000.0) + 100)
    assert describe_medians(data) == "median 499.5 before, 599.5 now"
    assert describe_spreads(data).startswith("middle half of the values 249")
