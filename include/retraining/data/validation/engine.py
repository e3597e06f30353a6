"""Great Expectations, and nothing else: builds expectations, runs them as one suite, reads the results."""

import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # releases that have analytics read it when they are imported

import great_expectations as gx
import numpy as np
import pandas as pd
from great_expectations.compatibility import pydantic
from great_expectations.core import ExpectationValidationResult
from great_expectations.exceptions.exceptions import ExpectationNotFoundError, GreatExpectationsError
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    Expectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.registry import (
    get_expectation_impl,
    list_registered_expectation_implementations,
)

from include.retraining.data.validation.expected import Expected, did_you_mean, name_some
from include.retraining.data.validation.native import scrub
from include.retraining.data.validation.outcome import MAXIMUM_EXAMPLES, Outcome, cut
from include.retraining.errors import SpecError

# It sets a level of its own, and tells of every temporary context.
logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

_POSITION = "position"
# Arguments that decide how a suite is run; a model file that set them could hide failing rows.
_RESERVED = frozenset({"batch_id", "catch_exceptions", "id", "rendered_content", "result_format", "windows"})
# How many rows fail, and some of their values.
_COUNTED: dict[str, Any] = {"result_format": "BASIC"}
# All failing rows, by position; the query that would list them again is as long and of no use.
_LISTED: dict[str, Any] = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
_MAXIMUM_EXAMPLE_LENGTH = 40
_REPLACING = threading.Lock()


def build(expected: Expected) -> Expectation:
    """Build an expectation.

    Raises
    ------
    SpecError
        When there is no expectation of that name, or it does not take these arguments.
    """
    implementation = _implementation(expected)
    if reserved := sorted(_RESERVED.intersection(expected.arguments)):
        message = f"{_where(expected)}: {', '.join(reserved)} cannot be set in a model file; leave it out"
        raise SpecError(message)
    try:
        return implementation(**expected.arguments, severity=FailureSeverity(expected.severity))
    except pydantic.ValidationError as error:
        message = f"{_where(expected)}: {_one_line(error, set(implementation.__fields__) - _RESERVED)}"
        raise SpecError(message) from error
    except (GreatExpectationsError, ValueError, TypeError) as error:
        message = f"{_where(expected)}: {cut(error)}"
        raise SpecError(message) from error


def is_row_level(expected: Expected) -> bool:
    """Whether an expectation judges rows one by one."""
    kinds = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)
    return issubclass(_implementation(expected), kinds)


def evaluate(frame: pd.DataFrame, expectations: Sequence[Expected]) -> tuple[Outcome, ...]:
    """Run all expectations on rows numbered from 0; outcomes come in the order of the expectations.

    Raises
    ------
    SpecError
        When a declared expectation cannot be built. One that is built but cannot be evaluated on these rows
        is an outcome: failed, with the error.
    """
    built = [build(expected) for expected in expectations]
    for position, expectation in enumerate(built):
        expectation.meta = {**(expectation.meta or {}), _POSITION: position}
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})
    found: Mapping[int, ExpectationValidationResult | Exception]
    try:
        counted = _run_together(batch, built, _COUNTED)
        failed = [built[position] for position, result in counted.items() if not result.success]
        found = {**counted, **_run_together(batch, failed, _LISTED)}  # of the others nobody asks for their rows
    except Exception:  # noqa: BLE001 - any one expectation can bring the suite down: judge each by itself
        found = {position: _run_alone(batch, expectation) for position, expectation in enumerate(built)}
    return tuple(_outcome(expected, found[position], frame) for position, expected in enumerate(expectations))


def _run_together(
    batch: Any, expectations: Sequence[Expectation], result_format: dict[str, Any]
) -> dict[int, ExpectationValidationResult]:
    """Run a suite; results by the position that each expectation carries."""
    if not expectations:
        return {}
    suite = gx.ExpectationSuite(name="validation", expectations=list(expectations))
    with _configurations_kept():
        results = batch.validate(suite, result_format=result_format).results
    found = {}
    for result in results:
        config: Any = result.expectation_config
        found[config.meta[_POSITION]] = result
    return found


@contextmanager
def _configurations_kept() -> Iterator[None]:
    """Derive the configuration of each expectation once.

    Great Expectations 1.24 derives it anew whenever it reads it, a hundred times in a validation, which is a third of
    its time. One validation at a time, as the property is replaced for all.
    """
    kept: dict[int, tuple[Expectation, Any]] = {}  # with the expectation, lest its number is given to another one
    with _REPLACING:
        derived: Any = Expectation.configuration

        def configuration(expectation: Expectation) -> Any:
            if id(expectation) not in kept:
                kept[id(expectation)] = expectation, derived.fget(expectation)
            return kept[id(expectation)][1]

        Expectation.configuration = property(configuration)  # type: ignore[assignment,method-assign]
        try:
            yield
        finally:
            Expectation.configuration = derived  # type: ignore[method-assign]


def _run_alone(batch: Any, expectation: Expectation) -> ExpectationValidationResult | Exception:
    try:
        result: ExpectationValidationResult = batch.validate(expectation, result_format=_LISTED)
    except Exception as error:  # noqa: BLE001 - whatever it is becomes the message of a failed check
        return error
    return result


def _outcome(expected: Expected, found: ExpectationValidationResult | Exception, frame: pd.DataFrame) -> Outcome:
    result: dict[str, Any] = {} if isinstance(found, Exception) else found.result or {}
    success = not isinstance(found, Exception) and bool(found.success)
    error = cut(found) if isinstance(found, Exception) else _error(found.exception_info)
    if error and (missing := [name for name in expected.columns if name not in frame]):
        error = f"no column {name_some(missing)}{did_you_mean(missing[0], frame.columns)}"
    failing = [] if success else result.get("unexpected_index_list") or []
    observed = result.get("observed_value")
    return Outcome(
        expected=expected,
        success=success,
        evaluated=int(result.get("element_count", len(frame))) - int(result.get("missing_count") or 0),
        unexpected=int(result.get("unexpected_count") or 0),
        positions=np.asarray(failing, dtype=np.int64),
        examples=_examples(result.get("partial_unexpected_list") or []),
        observed=None if observed is None else cut(observed),
        error=error,
        native=scrub(expected, success, result, error),
    )


def _examples(values: Sequence[object]) -> tuple[str, ...]:
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    texts = [f"{value:.6g}" if isinstance(value, float) else repr(value) for value in plain if not _is_null(value)]
    return tuple(dict.fromkeys(cut(text, _MAXIMUM_EXAMPLE_LENGTH) for text in texts))[:MAXIMUM_EXAMPLES]


def _is_null(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _error(info: dict[str, Any] | None) -> str | None:
    """Find the first exception, told flat or for each metric."""
    entries = [info] if info is None or "raised_exception" in info else list(info.values())
    raised = [entry for entry in entries if entry and entry.get("raised_exception")]
    return cut(raised[0].get("exception_message") or "unknown error") if raised else None


def _implementation(expected: Expected) -> type[Expectation]:
    try:
        return get_expectation_impl(expected.type)
    except ExpectationNotFoundError as error:
        known = list_registered_expectation_implementations()
        hint = did_you_mean(expected.type, known) or "; see https://greatexpectations.io/expectations for all names"
        message = f"{expected.place}: unknown expectation {expected.type!r}{hint}"
        raise SpecError(message) from error


def _where(expected: Expected) -> str:
    return f"{expected.place or expected.origin}: {expected.type}"


def _one_line(error: pydantic.ValidationError, fields: set[str]) -> str:
    """Say each argument's first fault."""
    faults: dict[str, str] = {}
    for entry in error.errors():
        name = str(entry["loc"][0])
        hint = did_you_mean(name, fields) if entry["type"] == "value_error.extra" else ""
        faults.setdefault(name, f"{entry['msg']}{hint}")
    return cut("; ".join(text if name == "__root__" else f"{name}: {text}" for name, text in faults.items()))
