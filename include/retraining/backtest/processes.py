"""Processes that share the work of a backtest: they begin soon, and none outlives the one that started it."""

import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context, parent_process
from typing import Any


def start_processes(count: int, imports: Sequence[str]) -> ProcessPoolExecutor:
    """Start processes; on Linux, what takes seconds to import is imported once for all of them.

    Elsewhere a process that has loaded the system's matrix library may not be forked.

    Parameters
    ----------
    imports
        Modules that every process needs.
    """
    context = get_context("forkserver" if sys.platform == "linux" else "spawn")
    context.set_forkserver_preload(list(imports))
    pool = ProcessPoolExecutor(count, context, _begin, (dict(os.environ), imports))
    for _ in range(count):  # they start now, not with the first work
        pool.submit(_nothing)
    return pool


def _begin(environment: Mapping[str, str], imports: Sequence[str]) -> None:
    """Give a process the environment of the one that asked for it, and let it end with that one, however this ends."""
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))  # without a traceback of its own
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    for name in imports:
        import_module(name)


def _nothing() -> None:
    """Do nothing, in a process that has just been started."""


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)  # whatever is under way; what is written to a store is written whole
