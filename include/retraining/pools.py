"""Thread pools of the numerical libraries (OpenMP, BLAS), held to some threads."""

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


def limit_pools(threads: int) -> AbstractContextManager[Any]:
    """Hold all pools to so many threads inside a block.

    The loaded libraries are searched for anew only where something was imported since: a search takes milliseconds, as
    many a prediction does.
    """
    limited: AbstractContextManager[Any] = _controller(len(sys.modules)).limit(limits=threads)
    return limited


@lru_cache(maxsize=1)
def _controller(modules: int) -> ThreadpoolController:  # noqa: ARG001 - by which a later search is told from an earlier
    return ThreadpoolController()
