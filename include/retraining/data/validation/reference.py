"""What the training rows let us expect of a batch."""

import math
from collections.abc import Iterator

import pandas as pd

from include.retraining.data.schema import family
from include.retraining.data.validation.expected import (
    BETWEEN,
    NOT_NULL,
    NOUNS,
    Expected,
    declared_columns,
    exists,
    known_columns,
    name_some,
    of_family,
)
from include.retraining.data.validation.units import conversion
from include.retraining.results.record import Severity
from include.retraining.results.validation import ColumnSchema, ReferenceSchema
from include.retraining.spec.model import ModelSpec

# A batch may leave the training range by one whole width of it on either side: records and seasons stay
# inside, units mixed up by a factor of ten do not. Wherever the range spans 3 interquartile ranges or more,
# this is wider than Tukey's outer fence (Exploratory Data Analysis, 1977). Tighter limits are to be declared.
RANGE_MARGIN = 1.0
# Four widths beyond it no season and no record lies, but a sensor that reports Fahrenheit for Celsius does: such
# rows are set aside, and when they are many the batch is rejected, before they look like drift or train a model.
BROKEN_MARGIN = 4.0
# Up to this share of nulls in training a column counts as never null, so that a batch without any value
# of it is broken, not unlucky: 5 rows in a row are null by chance once in 3 million times.
ALMOST_NEVER_NULL = 0.05
# Standard errors of sampling that a null rate may rise beyond the declared change: 1 in 700 by chance.
NULL_RATE_ERRORS = 3.0


def reference_expectations(frame: pd.DataFrame, spec: ModelSpec, schema: ReferenceSchema) -> list[Expected]:
    """Derive expectations from the training rows.

    A feature that is missing, or of another type, gets no further expectations: they could not be judged.
    """
    known, declared = known_columns(spec.data, schema), declared_columns(spec.data)
    features = [column.name for column in schema.columns if column.name not in declared]
    expectations = [exists(name, frame, known, "reference") for name in features]
    aside = {spec.data.target, spec.data.label_time, *spec.data.ignore, *declared}
    others = [name for name in schema.others if name not in aside]
    expectations += [exists(name, frame, known, "reference", "warning") for name in others]
    expectations.append(_nothing_new(frame, known))
    for column in schema.columns:
        if column.name in frame:
            if column.family is not None and column.name not in (spec.data.numeric or ()):
                because = f"held {NOUNS[column.family]} in the training rows"
                expectations.append(of_family(frame[column.name], column.family, "reference", because))
            expectations.extend(_value_expectations(frame[column.name], column, spec.drift.minimum_null_change))
    return expectations


def _nothing_new(frame: pd.DataFrame, known: set[str]) -> Expected:
    present = [str(name) for name in frame.columns]
    new = [name for name in present if name not in known and not name.startswith("__")]
    return Expected(
        type="expect_table_columns_to_match_set",
        arguments={"column_set": [name for name in present if name not in new], "exact_match": True},
        origin="reference",
        severity="warning",
        failure=f"has columns that the training rows did not have: {name_some(new)}",
    )


def _value_expectations(values: pd.Series, column: ColumnSchema, minimum_change: float) -> Iterator[Expected]:
    yield from _null_expectations(values, column, minimum_change)
    if family(values) != column.family:
        return
    if column.minimum is not None and column.maximum is not None:
        yield _in_range(column, column.minimum, column.maximum, RANGE_MARGIN, "warning")
        yield _in_range(column, column.minimum, column.maximum, BROKEN_MARGIN, "critical")
        yield from _unit_expectations(values, column)
    if column.categories:
        yield Expected(
            type="expect_column_values_to_be_in_set",
            arguments={"column": column.name, "value_set": list(column.categories)},
            origin="reference",
            severity="warning",
            failure="hold categories that the training rows did not have",
        )


def _in_range(column: ColumnSchema, minimum: float, maximum: float, margin: float, severity: Severity) -> Expected:
    width = maximum - minimum or max(abs(maximum), 1.0)
    far = "far" if severity == "warning" else "too far for any season or record, as in another unit,"
    return Expected(
        type=BETWEEN,
        arguments={"column": column.name, "min_value": minimum - margin * width, "max_value": maximum + margin * width},
        origin="reference",
        severity=severity,
        failure=f"lie {far} outside the training range of {minimum:g} to {maximum:g}",
    )


def _unit_expectations(values: pd.Series, column: ColumnSchema) -> Iterator[Expected]:
    """Where a batch looks as if it came in another unit, expect that half of its values are where they used to be."""
    found = conversion(values, column)
    if found is not None:
        yield Expected(
            type="expect_column_median_to_be_between",
            arguments={"column": column.name, "min_value": column.minimum, "max_value": column.maximum},
            origin="reference",
            failure=f"looks as if it came in another unit: {found.words}, its values are distributed as in the "
            f"training rows, whose range is {column.minimum:g} to {column.maximum:g}",
        )


def _null_expectations(values: pd.Series, column: ColumnSchema, minimum_change: float) -> Iterator[Expected]:
    before = f"{column.null_rate:.1%} of the training rows"
    if family(values) is None and column.null_rate <= ALMOST_NEVER_NULL:
        yield Expected(
            type="expect_column_proportion_of_non_null_values_to_be_between",
            arguments={"column": column.name, "min_value": 0.0, "strict_min": True},
            origin="reference",
            failure=f"is null in all {len(values)} rows, but was in {before}",
        )
        return
    error = math.sqrt(column.null_rate * (1 - column.null_rate) / max(len(values), 1))
    allowed = column.null_rate + minimum_change + NULL_RATE_ERRORS * error
    if allowed < 1:
        yield Expected(
            type=NOT_NULL,
            arguments={"column": column.name, "mostly": 1 - allowed},
            origin="reference",
            severity="warning",
            failure=f"are null, against {before}",
        )
