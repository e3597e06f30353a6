"""Which expectations follow from the training rows."""

import pandas as pd
import pytest

from include.retraining.data.validation.reference import ALMOST_NEVER_NULL, reference_expectations
from include.retraining.results.validation import ColumnSchema, ReferenceSchema


def of(column, frame, spec):
    """List the types of the expectations that one column gets."""
    expectations = reference_expectations(frame, spec, ReferenceSchema(rows=100, columns=(column,)))
    return {entry.type: entry for entry in expectations if entry.columns == (column.name,)}


def numeric(**facts):
    """Make a numeric feature `x`."""
    return ColumnSchema(**{"name": "x", "kind": "numeric", "family": "number", "null_rate": 0.0, **facts})


@pytest.fixture
def frame():
    """Give 100 rows of a feature without nulls."""
    return pd.DataFrame({"x": range(100)})


@pytest.mark.parametrize(
    ("minimum", "maximum", "low", "high"), [(0, 10, -10, 20), (-5, -1, -9, 3), (7, 7, 0, 14), (0, 0, -1, 1)]
)
def test_margin_is_one_width_of_the_range(frame, model, minimum, maximum, low, high):
    """Values may leave the range by its own width, a constant by its own size; four widths beyond they are damaged."""
    schema = ReferenceSchema(rows=100, columns=(numeric(minimum=minimum, maximum=maximum),))
    asked = reference_expectations(frame, model(), schema)
    entries = {entry.severity: entry for entry in asked if entry.type == "expect_column_values_to_be_between"}
    limits = {name: (entry.arguments["min_value"], entry.arguments["max_value"]) for name, entry in entries.items()}
    width = high - maximum
    assert limits == {"warning": (low, high), "critical": (minimum - 4 * width, maximum + 4 * width)}


@pytest.mark.parametrize(("null_rate", "critical"), [(0.0, True), (ALMOST_NEVER_NULL, True), (0.06, False)])
def test_column_that_was_never_null_must_not_be_null_throughout(frame, model, null_rate, critical):
    """Only a column that was almost never null rejects the batch when it is null in all rows."""
    found = of(numeric(null_rate=null_rate), frame.assign(x=None), model())
    assert ("expect_column_proportion_of_non_null_values_to_be_between" in found) == critical
    assert ("expect_column_values_to_not_be_null" in found) != critical


def test_null_rate_may_rise_by_the_declared_change_and_chance(frame, model):
    """The tolerated null rate is the old one, the declared change, and three standard errors."""
    entry = of(numeric(null_rate=0.5), frame, model())["expect_column_values_to_not_be_null"]
    assert entry.arguments["mostly"] == pytest.approx(1 - (0.5 + 0.02 + 3 * 0.05))


def test_column_that_was_mostly_null_may_be_null(frame, model):
    """No null rate is too high for a column that was null in 19 of 20 rows."""
    assert "expect_column_values_to_not_be_null" not in of(numeric(null_rate=0.95), frame, model())


def test_missing_or_retyped_column_is_expected_to_exist_and_no_more(frame, model):
    """What cannot be judged is not asked."""
    column = numeric(minimum=0, maximum=1)
    assert set(of(column, frame.drop(columns="x"), model())) == {"expect_column_to_exist"}
    assert "expect_column_values_to_be_between" not in of(column, frame.astype(str), model())


def test_column_that_was_all_null_is_only_expected_to_exist(frame, model):
    """Training rows without a value say nothing of type or range."""
    assert set(of(numeric(family=None, null_rate=1.0), frame, model())) == {"expect_column_to_exist"}


def test_missing_column_that_is_no_feature_is_a_warning(frame, model):
    """The model does not see it; its absence is reported."""
    schema = ReferenceSchema(rows=9, columns=(), others=("note", "late", "flight"))
    found = [entry for entry in reference_expectations(frame, model(), schema) if entry.columns]
    assert [(entry.columns, entry.severity) for entry in found] == [(("note",), "warning")]
