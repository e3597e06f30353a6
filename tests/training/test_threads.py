"""How many threads a fit takes."""

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
