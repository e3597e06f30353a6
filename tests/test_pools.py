"""Threads of the numerical libraries."""

import subprocess
import sys

import numpy as np
import sklearn.ensemble  # noqa: F401 - loads OpenMP
from threadpoolctl import threadpool_info

from include.retraining.pools import limit_pools


def counts() -> set[int]:
    """How many threads the pools have."""
    return {pool["num_threads"] for pool in threadpool_info()}


def test_pools_are_limited_inside_the_block_and_as_before_after_it() -> None:
    """Also one within another."""
    before = counts()
    with limit_pools(1):
        assert counts() == {1}
        with limit_pools(2):
            assert counts() == {2}
            assert np.isfinite(np.ones((50, 50)) @ np.ones((50, 50))).all()
        assert counts() == {1}
    assert counts() == before


def test_a_library_that_was_loaded_since_is_limited_too() -> None:
    """The first block knew numpy alone."""
    code = (
        "from include.retraining.pools import limit_pools; import numpy, threadpoolctl\n"
        "with limit_pools(1): first = len(threadpoolctl.threadpool_info())\n"
        "import sklearn.ensemble\n"
        "with limit_pools(1): print(first, [pool['num_threads'] for pool in threadpoolctl.threadpool_info()])"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split(" ", 1)
    assert int(said[0]) < said[1].count("1")
    assert set(said[1].strip()[1:-1].split(", ")) == {"1"}
