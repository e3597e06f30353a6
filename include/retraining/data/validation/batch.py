"""The verdict on a batch: which rows are sound, which are set aside, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from include.retraining.data.validation.expected import (
    Expected,
    batch_only,
    declared_expectations,
    row_expectations,
    table_expectations,
)
from include.retraining.data.validation.native import to_json
from include.retraining.data.validation.outcome import Outcome, share, to_check
from include.retraining.data.validation.quarantine import divide, failing_rows, reasons_by_row
from include.retraining.data.validation.reference import reference_expectations
from include.retraining.errors import DataError
from include.retraining.results.validation import ReferenceSchema, ValidationResult
from include.retraining.spec.model import ModelSpec

# Sentences that a result keeps, and expectations that a row's reason names; the checks hold them all.
MAXIMUM_REASONS = 20
MAXIMUM_LABELS = 3


@dataclass(frozen=True)
class Validated:
    """A verdict and the rows that it divides: `sound` and `quarantine` together are the batch.

    Both keep the batch's order and are numbered from 0; `quarantine` has the reason of each row in the column
    `__reason`. `native` is Great Expectations' own result for each expectation, without the values of rows.
    """

    result: ValidationResult
    sound: pd.DataFrame
    quarantine: pd.DataFrame
    native: tuple[Mapping[str, Any], ...]


def validate_batch(frame: pd.DataFrame, spec: ModelSpec, schema: ReferenceSchema | None = None) -> Validated:
    """Judge a batch: reject it, or set its bad rows aside.

    A critical expectation that fails for the batch as a whole, or that cannot be evaluated, rejects it. One
    that fails for rows sets these aside; the batch is rejected when more than `maximum_quarantined` of its rows
    fail, or when `quarantine: batch` is declared. All rows of a rejected batch are set aside. Of rows that are
    equal in every column the first stays; rows that share a key but differ are all set aside. Of an empty batch
    nothing but rows is expected. Warnings are only reported.

    Parameters
    ----------
    frame
        Feature rows of one interval; not changed.
    schema
        The champion's training rows; None before there is a champion.

    Raises
    ------
    SpecError
        When a declared expectation does not exist, or does not take its arguments.
    """
    rows = frame.reset_index(drop=True)
    outcomes = _evaluate(rows, _batch_expectations(rows, spec, schema))
    failed = [outcome for outcome in outcomes if outcome.failed_critically]
    reasons = reasons_by_row(rows, failed, spec.data.key)
    rejections = _rejections(len(rows), failed, spec)
    if rejections:
        guilty = [outcome.expected.label for outcome in failed if outcome.condemns_batch]
        labels = (guilty or [outcome.expected.label for outcome in failed])[:MAXIMUM_LABELS]
        reasons = reasons.where(reasons != "", f"batch rejected: {'; '.join(labels)}")
    sound, quarantine = divide(rows, reasons)
    others = [to_check(outcome).message for outcome in failed if not outcome.condemns_batch]
    result = ValidationResult(
        verdict="rejected" if rejections else "passed",
        rows=len(rows),
        quarantined=len(quarantine),
        checks=tuple(map(to_check, outcomes)),
        reasons=_bounded([*rejections, *others]),
    )
    return Validated(result, sound, quarantine, tuple(outcome.native for outcome in outcomes))


def validate_rows(frame: pd.DataFrame, spec: ModelSpec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part training rows into sound ones and those that fail a critical row-level expectation.

    Only built-in and declared expectations count: training rows are what a reference is made of.

    Returns
    -------
    sound, quarantine
        As in `Validated`.

    Raises
    ------
    DataError
        When a declared expectation cannot be evaluated on these rows.
    """
    rows = frame.reset_index(drop=True)
    declared = [entry for entry in declared_expectations(spec) if entry.severity == "critical"]
    expectations = [*row_expectations(rows, spec, reported=False), *filter(_is_row_level, declared)]
    outcomes = _evaluate(rows, expectations) if len(rows) and expectations else ()
    failed = [outcome for outcome in outcomes if outcome.failed_critically]
    if stuck := [to_check(outcome).message for outcome in failed if outcome.condemns_batch]:
        message = f"training rows of {spec.name!r} cannot be checked: {'; '.join(_bounded(stuck))}"
        raise DataError(message)
    return divide(rows, reasons_by_row(rows, failed, spec.data.key))


def check_expectations(spec: ModelSpec) -> None:
    """Check, without data, that the declared expectations exist and take their arguments.

    Raises
    ------
    SpecError
        For the first one that does not.
    """
    from include.retraining.data.validation import engine

    for expected in declared_expectations(spec):
        engine.build(expected)


def gx_json(validated: Validated) -> str:
    """Give Great Expectations' own result as JSON: counts and arguments, no values of rows, bounded in size."""
    return to_json(validated.native)


def _batch_expectations(rows: pd.DataFrame, spec: ModelSpec, schema: ReferenceSchema | None) -> list[Expected]:
    if rows.empty:
        return table_expectations(rows, spec, schema)[:1]
    learned = schema if spec.validation.from_reference else None
    expectations = [*table_expectations(rows, spec, learned), *row_expectations(rows, spec)]
    if learned:
        expectations += reference_expectations(rows, spec, learned)
    return expectations + batch_only(declared_expectations(spec), spec.data)


def _evaluate(rows: pd.DataFrame, expectations: Sequence[Expected]) -> tuple[Outcome, ...]:
    # imports Great Expectations: 3 to 8 seconds, paid only where something is validated
    from include.retraining.data.validation import engine

    return engine.evaluate(rows, expectations)


def _is_row_level(expected: Expected) -> bool:
    from include.retraining.data.validation import engine

    return engine.is_row_level(expected)


def _rejections(rows: int, failed: Sequence[Outcome], spec: ModelSpec) -> list[str]:
    """Say why the batch as a whole is rejected; empty when it is not."""
    rejections = [to_check(outcome).message for outcome in failed if outcome.condemns_batch]
    bad, policy = failing_rows(failed), spec.validation
    if bad > policy.maximum_quarantined * rows:
        limit = f"`maximum_quarantined` allows {policy.maximum_quarantined:.0%}"
        rejections.append(f"the batch: {share(bad, rows)} fail a critical expectation; {limit}")
    elif bad and policy.quarantine == "batch":
        rejections.append(f"the batch: {share(bad, rows)} fail a critical expectation; `quarantine: batch` allows none")
    return rejections


def _bounded(sentences: Sequence[str]) -> tuple[str, ...]:
    more = len(sentences) - MAXIMUM_REASONS
    return (*sentences[:MAXIMUM_REASONS], *([f"and {more} more; see the checks"] if more > 0 else []))
