"""Which tests run on which column, and which columns cannot be judged."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from include.retraining.drift.batch import BatchProfile
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.distribution import distribution
from include.retraining.drift.judging import Examined
from include.retraining.drift.measured import Measured
from include.retraining.drift.methods import rate, unseen
from include.retraining.drift.profile import ColumnProfile, Profile
from include.retraining.drift.relations import examine_relations
from include.retraining.registry import resolve
from include.retraining.results.drift import NotJudged

if TYPE_CHECKING:
    from include.retraining.spec.drift import DriftSpec

Test = Callable[[ColumnData, float], Measured | None]
_RATES = ("null_rate", "infinite_rate")
MINIMUM_ROWS = 30
"""Fewest values on either side worth comparing; asymptotic p-values are unreliable below."""


def examine(profile: Profile, batch: BatchProfile, spec: "DriftSpec") -> tuple[list[Examined], list[NotJudged]]:
    """Run all tests; say of each column that was not, or not fully, tested why."""
    examined: list[Examined] = []
    not_judged = [NotJudged(column=name, why=f"reference: {why}") for name, why in profile.unusable]
    for column in profile.columns:
        current = batch.counts.get(column.key)
        why = _unjudgeable(column, batch)
        if current is not None and why is None:
            data = ColumnData(column.layout, column.counts, column.chunks, current)
            tests = measure_column(data, spec)
            why = _few_values(data) or _all_rare(data, tests)
            examined.append(Examined(column.name, column.role, column.kind, tests, distribution(data)))
        if why:
            not_judged.append(NotJudged(column=column.name, why=why))
    return [*examined, *examine_relations(profile, batch, spec)], not_judged


def measure_column(data: ColumnData, spec: "DriftSpec") -> tuple[Measured, ...]:
    """All tests that say something about a column; with too few values only the rates of nulls and infinities."""
    smallest = spec.minimum_null_change
    found = [rate.measure_nulls(data, smallest), rate.measure_infinities(data, smallest)]
    if _few_values(data) is None:
        tests: list[Test] = [resolve("drift_test", name) for name in spec.tests]
        found += [*(test(data, spec.minimum_effect) for test in tests), unseen.measure(data, smallest)]
    return tuple(test for test in found if test is not None)


def _unjudgeable(column: ColumnProfile, batch: BatchProfile) -> str | None:
    """Why a column cannot be judged at all, if so; predictions and labels may simply not be there yet."""
    if column.key in batch.failures:
        return batch.failures[column.key]
    if column.key not in batch.counts:
        if column.role != "feature":
            return None
        return "missing from the batch" if batch.rows else "the batch has no rows"
    for where, counts in (("reference", column.counts), ("batch", batch.counts[column.key])):
        if counts.rows < MINIMUM_ROWS:
            return f"only {counts.rows} rows in the {where}, {MINIMUM_ROWS} are needed"
    return None


def _few_values(data: ColumnData) -> str | None:
    for where, counts in (("reference", data.reference), ("batch", data.current)):
        if counts.valid < MINIMUM_ROWS:
            what = "no values" if not counts.valid else f"only {counts.valid} values, {MINIMUM_ROWS} are needed,"
            return f"{what} in the {where}: only the rates of nulls and infinities were compared"
    return None


def _all_rare(data: ColumnData, tests: Sequence[Measured]) -> str | None:
    """Why the values of a column of names could not be compared, if so."""
    if data.layout.kind == "numeric" or any(test.test not in _RATES for test in tests):
        return None
    if len(data.layout.categories) == 1 and not data.reference.bins[-1] + data.current.bins[-1]:
        return None  # one value then and now: nothing to compare, and nothing changed
    return "its values hardly repeat, as in an identifier: only the rates of nulls were compared"
