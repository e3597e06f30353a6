"""What is expected of a batch before anything is run: built in, and declared in the model file."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from include.retraining.data.schema import family
from include.retraining.results.record import Severity
from include.retraining.results.validation import Family, ReferenceSchema
from include.retraining.spec.data import DataSpec
from include.retraining.spec.model import ModelSpec

Origin = Literal["declared", "reference", "built-in"]
NOT_NULL = "expect_column_values_to_not_be_null"
UNIQUE = "expect_column_values_to_be_unique"
BETWEEN = "expect_column_values_to_be_between"
EXISTS = "expect_column_to_exist"
OF_TYPE = "expect_column_type_to_be"

# How many names a message lists before it only counts.
MAXIMUM_NAMES = 5

NOUNS: dict[Family, str] = {"number": "numbers", "text": "text", "time": "times"}
# A dtype of each family, to expect of a column that belongs to another one.
_DTYPES: dict[Family, str] = {"number": "float64", "text": "str", "time": "datetime64[us]"}
_COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list")


@dataclass(frozen=True)
class Expected:
    """One expectation: its Great Expectations name and arguments, and what its failure means.

    `failure` continues "column 'x' …" when the batch fails as a whole, "12 of 500 rows (2.4%) …" when rows do.
    `place` is where the model file declares it.
    """

    type: str
    arguments: Mapping[str, Any]
    origin: Origin
    severity: Severity = "critical"
    failure: str | None = None
    place: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names."""
        named: list[str] = []
        for argument in _COLUMN_ARGUMENTS:
            value = self.arguments.get(argument, ())
            named.extend(map(str, value if isinstance(value, (list, tuple)) else [value]))
        return tuple(named)

    @property
    def label(self) -> str:
        """Its name and columns, short enough for a row's reason."""
        return f"{self.type} on {name_some(self.columns)}" if self.columns else self.type


def declared_expectations(spec: ModelSpec) -> list[Expected]:
    """Take the expectations of the model file."""
    return [
        Expected(
            type=entry.type,
            arguments=entry.arguments,
            origin="declared",
            severity=entry.severity,
            place=f"model {spec.name!r}, validation.expectations[{position}]",
        )
        for position, entry in enumerate(spec.validation.expectations)
    ]


def batch_only(expectations: Iterable[Expected], data: DataSpec) -> list[Expected]:
    """Leave out expectations on the target or its time when labels arrive apart from the batch.

    `validate_rows` holds them against training rows, where labels are.
    """
    later = set() if data.labels is None else {data.target, data.label_time}
    return [entry for entry in expectations if not later.intersection(entry.columns)]


def table_expectations(frame: pd.DataFrame, spec: ModelSpec, schema: ReferenceSchema | None) -> list[Expected]:
    """Expect, of any batch, enough rows, the declared columns, and numbers where numbers are declared."""
    minimum = spec.validation.minimum_rows
    count = "is empty" if frame.empty else f"has only {len(frame)} rows"
    enough = Expected(
        type="expect_table_row_count_to_be_between",
        arguments={"min_value": minimum},
        origin="built-in",
        failure=f"{count}; `minimum_rows` asks for {minimum}",
    )
    required = declared_columns(spec.data)
    known = known_columns(spec.data, schema)
    present = [exists(name, frame, known, "built-in") for name in required]
    numeric = [name for name in spec.data.numeric or () if name in frame]
    typed = [of_family(frame[name], "number", "built-in", "is declared numeric") for name in numeric]
    return [enough, *present, *typed]


def row_expectations(frame: pd.DataFrame, spec: ModelSpec, *, reported: bool = True) -> list[Expected]:
    """Expect, of any rows, a unique key, a time, and finite numbers.

    Parameters
    ----------
    reported
        Whether someone reads what was checked. If not, columns that hold finite numbers alone are not asked to: of
        hundreds of thousands of rows Great Expectations needs seconds to say so.
    """
    data = spec.data
    expectations = []
    if data.key is not None and data.key in frame:
        expectations.append(_built_in(NOT_NULL, data.key, "have no key"))
        expectations.append(_built_in(UNIQUE, data.key, "share their key with another row"))
    if data.time in frame:
        expectations.append(_built_in(NOT_NULL, data.time, "have no time"))
    numbers = [frame[name] for name in frame.columns if _may_be_infinite(frame[name], data)]
    return expectations + [_finite(values) for values in numbers if reported or _holds_infinity(values)]


def declared_columns(data: DataSpec) -> list[str]:
    """Name the columns that every batch must have, as far as the model file says."""
    labels = (data.target, data.label_time) if data.labels is None else ()
    named = (data.key, data.time, data.prediction, *labels, *(data.numeric or ()), *(data.categorical or ()))
    return list(dict.fromkeys(name for name in (*named, *data.segments) if name is not None))


def known_columns(data: DataSpec, schema: ReferenceSchema | None) -> set[str]:
    """Name all columns that a batch may have without surprise."""
    learned = (*(column.name for column in schema.columns), *schema.others) if schema else ()
    special = {data.target} | ({data.label_time} if data.label_time else set())
    return special.union(declared_columns(data), data.ignore, learned)


def exists(
    name: str, frame: pd.DataFrame, known: Collection[str], origin: Origin, severity: Severity = "critical"
) -> Expected:
    """Expect a column; when it is missing, the failure names the new column that may be it."""
    new = [str(column) for column in frame.columns if column not in known and not str(column).startswith("__")]
    hint = did_you_mean(name, new) or (f"; new in this batch: {name_some(new)}" if new else "")
    return Expected(EXISTS, {"column": name}, origin, severity, failure=f"is missing{hint}")


def of_family(values: pd.Series, wanted: Family, origin: Origin, because: str) -> Expected:
    """Expect numbers, text or times; any dtype of the family is accepted, as is a column without values."""
    found = family(values)
    fits = found is None or found == wanted
    dtype = str(values.dtype) if fits else _DTYPES[wanted]
    noun = "nothing" if found is None else NOUNS[found]
    return Expected(OF_TYPE, {"column": values.name, "type_": dtype}, origin, failure=f"holds {noun}, but {because}")


def name_some(names: Iterable[str]) -> str:
    """List names, and count those beyond `MAXIMUM_NAMES`."""
    every = [repr(name) for name in names]
    more = len(every) - MAXIMUM_NAMES
    return ", ".join(every[:MAXIMUM_NAMES]) + (f" and {more} more" if more > 0 else "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Continue a message with the nearest known name, if any is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _built_in(kind: str, column: str, failure: str) -> Expected:
    return Expected(kind, {"column": column}, "built-in", failure=failure)


def _may_be_infinite(values: pd.Series, data: DataSpec) -> bool:
    """Whether a column is of floating point, and a feature, a prediction or the target."""
    if not types.is_float_dtype(values.dtype):
        return False
    if data.numeric is None and data.categorical is None:
        return values.name not in {data.key, data.time, data.label_time, *data.ignore}
    return values.name in {data.prediction, data.target, *(data.numeric or ())}


def _holds_infinity(values: pd.Series) -> bool:
    return bool(np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any())


def _finite(values: pd.Series) -> Expected:
    # the bound of the column's own width: a larger one would be rounded to infinity and let infinity pass
    largest = float(np.finfo(getattr(values.dtype, "numpy_dtype", values.dtype)).max)
    arguments = {"column": values.name, "min_value": -largest, "max_value": largest}
    return Expected(BETWEEN, arguments, "built-in", failure="are infinite")
