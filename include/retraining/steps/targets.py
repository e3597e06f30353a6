"""Targets as drift looks at them: numbers, or the names of classes."""

from collections.abc import Sequence

import numpy as np


def target_values(encoded: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """Turn encoded targets back into class names; leave numbers alone.

    Parameters
    ----------
    encoded
        Class positions, -1 for a class unknown to the model; or numbers where there are no classes.

    Returns
    -------
    ndarray of shape (n,)
        Floats, or objects.

    Examples
    --------
    >>> target_values(np.array([1, 0, -1]), ["no", "yes"]).tolist()
    ['yes', 'no', 'another class']
    """
    if not classes:
        return encoded.astype(float)
    names = np.array([*classes, "another class"], dtype=object)
    return names.take(encoded.astype(int), mode="wrap")
