"""Which copies of a key are set aside."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.validation.quarantine import surplus_copies


def surplus(**columns):
    """List the positions that are set aside, by the column `key`."""
    return surplus_copies(pd.DataFrame(columns), "key").tolist()


def test_unique_keys_are_left_alone():
    """Without a repeated key nothing is set aside."""
    assert surplus(key=[1, 2, 3], x=[1, 1, 1]) == []


def test_later_copies_are_surplus():
    """Equal rows leave the first, missing values counting as equal."""
    assert surplus(key=[1, 2, 1, 1], x=[np.nan, 5, np.nan, np.nan]) == [2, 3]


def test_conflicting_rows_are_all_surplus():
    """Two equal rows and a third that differs cannot be believed, none of them."""
    assert surplus(key=["a", "b", "a", "a"], x=[1, 1, 1, 2]) == [0, 2, 3]


def test_rows_without_a_key_are_not_compared():
    """A missing key is another fault."""
    assert surplus(key=[None, None, "a"], x=[1, 1, 1]) == []


def test_nested_values_can_be_compared():
    """Lists from a Parquet column are compared by content."""
    assert surplus(key=[1, 1, 2, 2], x=[[1], [1], [1], [2]]) == [1, 2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_left_has_each_key_once(seed):
    """Whatever is repeated, no key is left twice, and no unrepeated row is lost."""
    draw = np.random.default_rng(seed)
    rows = pd.DataFrame({"key": draw.integers(0, 40, 60), "x": draw.integers(0, 2, 60)})
    left = rows.drop(index=surplus_copies(rows, "key"))
    assert left["key"].is_unique
    assert set(rows.index[~rows["key"].duplicated(keep=False)]) <= set(left.index)
