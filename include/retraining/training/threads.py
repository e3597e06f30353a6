"""How many threads numpy and scikit-learn may use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import joblib
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from include.retraining.pools import limit_pools

# Read by OpenMP and by the BLAS of numpy and of scipy when they are loaded.
_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def thread_count() -> int:
    """Half of the cores, unless `OMP_NUM_THREADS` says otherwise.

    Workers run several tasks at once, and OpenMP threads that wait for a core spin. Gradient boosting on
    80,000 flights, 2 cores: 1.9 s on one thread and 1.5 s on two while idle, 3.5 to 5.0 s and 4.1 to 6.5 s
    beside two other busy processes.
    """
    declared = os.environ.get("OMP_NUM_THREADS", "")
    return int(declared) if declared.isdigit() and int(declared) > 0 else max(1, joblib.cpu_count() // 2)


def limit_process() -> None:
    """Hold this process to `thread_count` threads for good: libraries that are loaded already, and those still to come.

    A check of a week's flights in a task of its own, 2 cores, beside five other busy processes: 5 s of CPU time on one
    thread, 22 s on two that wait for one another.
    """
    count = thread_count()
    for name in _VARIABLES:
        os.environ.setdefault(name, str(count))
    threadpool_limits(count)


@contextmanager
def limited_threads() -> Iterator[None]:
    """Hold OpenMP, BLAS and joblib to `thread_count` threads inside the block."""
    threads = thread_count()
    with limit_pools(threads), joblib.parallel_config(backend="threading", n_jobs=threads):
        yield
