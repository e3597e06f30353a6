"""Names in messages, and the columns that an expectation is about."""

import pytest

from include.retraining.data.validation.expected import Expected, name_some


@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        ({"column": "x"}, ("x",)),
        ({"column_A": "x", "column_B": "y"}, ("x", "y")),
        ({"column_list": ["x", "y"]}, ("x", "y")),
        ({"column": 5}, ("5",)),
        ({"column_set": ["x"]}, ()),
    ],
)
def test_columns_are_found_in_the_arguments(arguments, columns):
    """One column, a pair or a list; a set of columns is about the table."""
    assert Expected("expect_something", arguments, "declared").columns == columns


def test_long_lists_of_names_are_counted():
    """Beyond five names a message only counts."""
    assert name_some("abc") == "'a', 'b', 'c'"
    assert name_some("abcdefg") == "'a', 'b', 'c', 'd', 'e' and 2 more"
