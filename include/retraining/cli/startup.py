"""What lets a short process begin sooner."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports(*, small_matrices: bool = False) -> Iterator[None]:
    """Import what a command needs without what costs a third of the time and does nothing for it.

    The garbage collector goes over modules again and again although none of them goes away, and pydantic searches all
    installed packages for plugins. Set PYDANTIC_DISABLE_PLUGINS to nothing to have yours.

    Parameters
    ----------
    small_matrices
        Whether the matrix library does without threads. As soon as it is loaded each of them turns for a while,
        waiting for work. OPENBLAS_NUM_THREADS, if set, is left as it is.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if small_matrices:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
