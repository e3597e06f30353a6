"""How many threads a fit takes."""

import os
import subprocess
import sys

import joblib
import pytest

from include.retraining.training.threads import thread_count


@pytest.mark.parametrize(
    ("cores", "declared", "threads"), [(1, "", 1), (2, "", 1), (16, "", 8), (16, "3", 3), (8, "x", 4)]
)
def test_half_of_the_cores_unless_declared(cores, declared, threads, monkeypatch):
    """`OMP_NUM_THREADS` wins when it is a number."""
    monkeypatch.setattr(joblib, "cpu_count", lambda: cores)
    monkeypatch.setenv("OMP_NUM_THREADS", declared)
    assert thread_count() == threads


@pytest.mark.parametrize(("declared", "threads"), [("", 1), ("2", 2)])
def test_a_process_is_limited_for_good(declared, threads):
    """Also in libraries that are loaded later; what the environment says has the last word."""
    code = (
        "import joblib; joblib.cpu_count = lambda: 2; "
        "from include.retraining.training.threads import limit_process; limit_process(); "
        "import numpy, scipy.linalg, sklearn.ensemble; from threadpoolctl import threadpool_info; "
        "print({pool['num_threads'] for pool in threadpool_info()})"
    )
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    if declared:
        environment["OMP_NUM_THREADS"] = declared
    said = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == str({threads})
