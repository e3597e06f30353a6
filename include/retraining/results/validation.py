"""What Great Expectations found, and what a sound batch is compared with."""

from typing import Literal

from include.retraining.results.record import Kind, Record, Severity

Family = Literal["number", "text", "time"]


class Check(Record):
    """One Great Expectations expectation and what it found.

    `evaluated` counts the rows that it looked at, without skipped nulls; `unexpected` those that fail it,
    0 when it judges the batch as a whole.
    """

    expectation: str
    column: str | None
    severity: Severity
    origin: Literal["declared", "reference", "built-in"]
    success: bool
    evaluated: int
    unexpected: int
    message: str


class ValidationResult(Record):
    """Verdict on a batch; `quarantined` rows are set aside with their reason.

    `reasons` say why rows or the batch are set aside; warnings stand in `checks` only.
    """

    verdict: Literal["passed", "rejected"]
    rows: int
    quarantined: int
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]


class ColumnSchema(Record):
    """A feature as it was in the training rows.

    `family` is None when the column held nothing. `minimum` and `maximum` cover the finite values of numeric
    features, `quantiles` are those from 5% to 95% in steps of 5% (none in records of earlier versions); `categories`
    the values of categorical ones, None when there are too many to list.
    """

    name: str
    kind: Kind
    family: Family | None
    null_rate: float
    minimum: float | None = None
    maximum: float | None = None
    quantiles: tuple[float, ...] = ()
    categories: tuple[bool | int | float | str, ...] | None = None


class ReferenceSchema(Record):
    """The training rows, as far as a batch must look like them; `others` are columns that are no features."""

    rows: int
    columns: tuple[ColumnSchema, ...]
    others: tuple[str, ...] = ()
