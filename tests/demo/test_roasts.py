"""The roaster's invented data."""

import numpy as np
import pandas as pd

from include.demo import roasts


def test_file_in_the_clone_is_what_the_generator_makes() -> None:
    """The committed file comes from this generator with its own seed."""
    pd.testing.assert_frame_equal(pd.read_parquet(roasts.FILE), roasts.roasts())


def test_supplier_changes_the_beans_but_not_the_law() -> None:
    """Larger beans move the features; at equal settings moisture stays what it was."""
    frame = roasts.roasts()
    day = (frame["roasted_at"] - roasts.START).dt.days
    before, after = (
        frame[day < roasts.LARGER_BEANS_FROM],
        frame[day.between(roasts.LARGER_BEANS_FROM, roasts.OVERHAUL_FROM - 1)],
    )
    assert after["bean_size"].mean() - before["bean_size"].mean() > 0.3
    assert abs(_at_equal_size(after) - _at_equal_size(before)) < 0.1


def test_overhaul_changes_the_law_but_not_the_beans() -> None:
    """After the overhaul beans of the same size come out drier."""
    frame = roasts.roasts()
    day = (frame["roasted_at"] - roasts.START).dt.days
    before, after = (
        frame[day.between(roasts.LARGER_BEANS_FROM, roasts.OVERHAUL_FROM - 1)],
        frame[day >= roasts.OVERHAUL_FROM],
    )
    assert abs(after["bean_size"].mean() - before["bean_size"].mean()) < 0.05
    assert _at_equal_size(before) - _at_equal_size(after) > 0.5


def _at_equal_size(frame: pd.DataFrame) -> float:
    return float(np.mean(frame.loc[frame["bean_size"].between(6.6, 6.8), "moisture"]))
