"""Trained models in the store."""

import io
from typing import Any

from include.retraining.data.store import Folder


def write_estimator(folder: Folder, name: str, estimator: Any) -> int:
    """Keep a model in a folder; gives its size in bytes."""
    import joblib

    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    return folder.write_bytes(name, buffer.getvalue()).bytes


def read_estimator(folder: Folder, name: str) -> Any:
    """Load the model of a folder.

    The store is trusted: whoever can write to it can run code here, as with any pickled model.
    """
    import joblib

    with folder.local(name) as path:
        return joblib.load(path)
