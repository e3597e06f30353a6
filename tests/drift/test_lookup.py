"""Bins by table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.drift.edges import reference_edges
from include.retraining.drift.lookup import Lookup

RNG = np.random.default_rng(5)
SHAPES = {
    "normal": RNG.normal(size=20_000),
    "lognormal": RNG.lognormal(0, 3, 20_000),
    "heavy on both sides": RNG.laplace(size=20_000) ** 3,
    "whole numbers": RNG.integers(0, 40, 20_000).astype(float),
    "two values": RNG.integers(0, 2, 20_000).astype(float),
    "far from zero": 1e9 + RNG.normal(size=20_000),
    "mostly zero": np.where(RNG.random(20_000) < 0.5, 0, RNG.exponential(size=20_000)),
    "huge and tiny": RNG.choice([1e-300, 1e300, -1e300, 0.0, 5e-324], 20_000),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_table_says_what_a_search_says(shape: str) -> None:
    """For values of the reference, its edges and their neighbours, values far beyond, and infinities."""
    values = SHAPES[shape]
    edges = reference_edges(values)
    asked = np.concatenate([values, edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf)])
    asked = np.concatenate([asked, -asked, asked * 7, [np.inf, -np.inf, 0.0, -0.0]])
    assert (Lookup(edges).bins(asked) == edges.searchsorted(asked, side="right")).all()
    assert (Lookup(edges).bins(np.array([np.nan, -np.nan])) == len(edges) + 1).all()


@settings(deadline=None)
@given(
    edges=st.sets(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=80),
    values=st.lists(st.floats(allow_nan=False), max_size=60),
)
def test_any_edges_will_do(edges: set[float], values: list[float]) -> None:
    """Also edges that no reference would give."""
    rising, asked = np.array(sorted(edges)), np.array([*values, *edges])
    assert (Lookup(rising).bins(asked) == rising.searchsorted(asked, side="right")).all()
