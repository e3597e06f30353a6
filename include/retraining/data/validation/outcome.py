"""What came of one expectation, and the sentence that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from include.retraining.data.validation.expected import Expected, name_some
from include.retraining.results.validation import Check

# Values that a message may show: enough to recognise the fault, too few to leak data.
MAXIMUM_EXAMPLES = 3
# Characters of one shown value, argument list or error.
MAXIMUM_TEXT = 200


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations returned for one expectation.

    `positions` are the failing rows (none when it succeeds, or judges the batch as a whole); `evaluated` counts
    rows without skipped nulls; `error` says why it could not be evaluated; `native` is its own result without values.
    """

    expected: Expected
    success: bool
    evaluated: int
    unexpected: int
    positions: np.ndarray
    examples: tuple[str, ...]
    observed: str | None
    error: str | None
    native: Mapping[str, Any]

    @property
    def failed_critically(self) -> bool:
        """Whether it sets rows, or the batch, aside."""
        return not self.success and self.expected.severity == "critical"

    @property
    def condemns_batch(self) -> bool:
        """Whether it fails critically without naming rows."""
        return self.failed_critically and not self.positions.size


def to_check(outcome: Outcome) -> Check:
    """Put an outcome on record."""
    expected = outcome.expected
    return Check(
        expectation=expected.type,
        column=", ".join(expected.columns) or None,
        severity=expected.severity,
        origin=expected.origin,
        success=outcome.success,
        evaluated=outcome.evaluated,
        unexpected=outcome.unexpected,
        message=_message(outcome),
    )


def cut(text: object, length: int = MAXIMUM_TEXT) -> str:
    """Fit a text on one short line."""
    line = " ".join(str(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def share(count: int, total: int) -> str:
    """Say "12 of 500 rows (2.4%)"."""
    part = f"{count / total:.1%}" if count >= total / 1000 else "<0.1%"
    return f"{count} of {total} rows ({part})"


def _message(outcome: Outcome) -> str:
    expected = outcome.expected
    subject = f"column {name_some(expected.columns)}" if expected.columns else "the batch"
    if outcome.error:
        return f"{subject}: {expected.type} could not be evaluated: {outcome.error}"
    if outcome.success:
        tolerated = f", {share(outcome.unexpected, outcome.evaluated)} tolerated" if outcome.unexpected else ""
        return f"{subject}: as expected{tolerated} ({expected.type})"
    if outcome.positions.size:
        failure = expected.failure or f"fail {_arguments(expected)}".rstrip()
        examples = f", for example {', '.join(outcome.examples)}" if outcome.examples else ""
        return f"{subject}: {share(outcome.unexpected, outcome.evaluated)} {failure}{examples} ({expected.type})"
    observed = f"observed {outcome.observed}" if outcome.observed else "not as expected"
    failure = expected.failure or f"fails {_arguments(expected)}: {observed}"
    return f"{subject} {failure} ({expected.type})"


def _arguments(expected: Expected) -> str:
    named = ("column", "column_A", "column_B", "column_list", "meta", "notes", "description")
    shown = [f"{name}={value!r}" for name, value in expected.arguments.items() if name not in named]
    return cut(", ".join(shown))
