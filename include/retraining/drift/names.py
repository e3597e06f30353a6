"""What a value is called as a category, whatever type it is stored in."""

from decimal import Decimal
from typing import Any

import numpy as np

_LARGEST = 2.0**64
"""Largest integer type; beyond it a whole number has digits that a float does not know."""


def name_of(value: Any) -> str:
    """Name a value: the same for equal numbers, be they integers, floats, decimals, truth values (0 and 1) or digits.

    So a column keeps its categories when a null turns its integers into floats, or another source stores them as text.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < _LARGEST else str(value)
    return _decimal_name(value) if isinstance(value, Decimal) else str(value)


def _decimal_name(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
