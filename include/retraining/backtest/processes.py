"""Processes that share the work of a backtest: they begin soon, and none outlives the one that started it."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context, parent_process
from typing import Any


@contextmanager
def start_processes(count: int, imports: Sequence[str]) -> Iterator[ProcessPoolExecutor]:
    """Start processes; on Linux, what takes seconds to import is imported once for all of them.

    Elsewhere a process that has loaded the matrix library of the system may not be forked. Where the block ends with an
    error or by Ctrl-C, so do they, whatever is under way.

    Parameters
    ----------
    imports
        Modules that every process needs.
    """
    context = get_context("forkserver" if sys.platform == "linux" else "spawn")
    context.set_forkserver_preload(list(imports))
    with ProcessPoolExecutor(count, context, _begin, (dict(os.environ), imports)) as pool:
        for _ in range(count):  # they start now, not with the first work
            pool.submit(_nothing)
        try:
            yield pool
        except BaseException:
            for process in list((pool._processes or {}).values()):  # noqa: SLF001 - public from Python 3.14 on
                process.terminate()
            raise


def _begin(environment: Mapping[str, str], imports: Sequence[str]) -> None:
    """Give a process the environment of the one that asked for it, and let it end with that one, however this ends."""
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the one that started them ends them
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    for name in imports:
        import_module(name)
    gc.freeze()  # what is imported stays: the garbage collector need not go over it again and again


def _nothing() -> None:
    """Do nothing, in a process that has just been started."""


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)  # whatever is under way; what is written to a store is written whole
