"""The reference schema: what is kept of training rows."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.schema import MAXIMUM_CATEGORIES, describe, family
from include.retraining.results.columns import Columns
from include.retraining.results.validation import ReferenceSchema


def described(name, values, kind):
    """Describe one column."""
    chosen = {"numeric": (), "categorical": ()} | {kind: (name,)}
    return describe(pd.DataFrame({name: values}), Columns(**chosen)).columns[0]


def test_range_covers_the_finite_values_and_nulls_are_counted():
    """A numeric feature keeps its finite range and its share of nulls."""
    column = described("x", [3.0, -1.5, np.inf, -np.inf, np.nan], "numeric")
    assert (column.family, column.minimum, column.maximum, column.null_rate) == ("number", -1.5, 3.0, 0.2)


@pytest.mark.parametrize(
    "values", [pd.array([1, None, 4], dtype="Int64"), pd.array([1.0, None, 4.0], dtype="double[pyarrow]")]
)
def test_range_of_nullable_numbers(values):
    """Nullable storage gives the same range as plain floats."""
    column = described("x", values, "numeric")
    assert (column.minimum, column.maximum) == (1.0, 4.0)


def test_categories_are_listed_once_and_without_nulls():
    """A categorical feature keeps its distinct values in order."""
    assert described("shop", ["b", None, "a", "b"], "categorical").categories == ("a", "b")


def test_categories_keep_their_type_through_json():
    """Codes stay numbers and text stays text when the schema is stored and read."""
    frame = pd.DataFrame({"code": [2, 1, 2], "text": ["2", "1", "2"], "flag": [True, False, True], "part": [0.5, 1, 2]})
    schema = describe(frame, Columns(numeric=(), categorical=tuple(frame.columns)))
    again = ReferenceSchema.model_validate_json(schema.model_dump_json())
    assert again == schema
    assert [[type(value) for value in column.categories] for column in again.columns] == [
        [int, int],
        [str, str],
        [bool, bool],
        [float, float, float],
    ]


def test_too_many_categories_are_not_listed():
    """A column of 10,000 categories has none that a batch must keep to."""
    assert described("id", [str(number) for number in range(10_000)], "categorical").categories is None
    assert len(described("id", [str(n) for n in range(MAXIMUM_CATEGORIES)], "categorical").categories) == 1000


def test_values_that_json_cannot_hold_are_not_listed():
    """Times and decimals make no category list."""
    assert described("day", [date(2024, 1, 1)], "categorical").categories is None
    assert described("price", [Decimal("1.5")], "categorical").categories is None


def test_all_null_column_has_no_family_and_no_range():
    """A column without a value leaves nothing to compare with."""
    column = described("x", [np.nan, np.nan], "numeric")
    assert (column.family, column.minimum, column.null_rate) == (None, None, 1.0)


def test_numeric_feature_that_holds_text_has_no_range():
    """A feature declared numeric that holds text is described as what it is."""
    column = described("x", ["1", "2"], "numeric")
    assert (column.family, column.minimum) == ("text", None)


def test_no_rows_are_described_without_error():
    """Empty training rows give a schema that expects nothing but columns."""
    schema = describe(pd.DataFrame({"x": pd.Series([], dtype=float)}), Columns(numeric=("x",), categorical=()))
    assert (schema.rows, schema.columns[0].null_rate, schema.columns[0].family) == (0, 1.0, None)


def test_other_columns_are_remembered_without_the_systems_own():
    """Columns that are no features are known by name; `__key` and its like are left out."""
    frame = pd.DataFrame({"x": [1.0], "note": ["n"], "__key": ["k"]})
    assert describe(frame, Columns(numeric=("x",), categorical=())).others == ("note",)


def test_describing_changes_nothing(rows):
    """The training rows stay as they were."""
    before = rows.copy(deep=True)
    describe(rows, Columns(numeric=("amount",), categorical=("shop",)))
    pd.testing.assert_frame_equal(rows, before)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], "number"),
        ([True, False], "number"),
        (pd.array([1, None], dtype="Int64"), "number"),
        (pd.array([1.0, None], dtype="double[pyarrow]"), "number"),
        ([Decimal(1), None], "number"),
        (["a", None], "text"),
        (pd.Series(["a", None], dtype=object), "text"),
        (pd.Series([1, "a"], dtype=object), "text"),
        (pd.Categorical(["a", "b"]), "text"),
        (pd.Categorical([1, 2]), "number"),
        (pd.to_datetime(["2024-01-01"], utc=True), "time"),
        (pd.to_timedelta(["1h"]), "time"),
        ([date(2024, 1, 1)], "time"),
        ([None, None], None),
        ([np.nan], None),
        ([], None),
    ],
)
def test_family_sees_through_storage(values, expected):
    """Width, unit and storage do not matter; what a column holds does."""
    assert family(pd.Series(values)) == expected
