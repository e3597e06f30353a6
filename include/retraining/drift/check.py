"""Compare a batch with the reference: findings for each column, one false-alarm rate for all."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from include.retraining.drift.batch import BatchProfile, count_batch
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.distribution import distribution
from include.retraining.drift.measured import Measured
from include.retraining.drift.methods import chi_squared, kolmogorov_smirnov, mood, rate, unseen, wilcoxon
from include.retraining.drift.multiplicity import CORRECTION, holm_level
from include.retraining.drift.profile import ColumnProfile, Profile
from include.retraining.results import ColumnDrift, DriftResult, NotJudged

if TYPE_CHECKING:
    from include.retraining.spec.model import DriftSpec

MINIMUM_ROWS = 30
"""Fewest values on either side worth comparing; asymptotic p-values are unreliable below."""


def check_drift(
    profile: Profile,
    batches: Iterable[pa.RecordBatch] | pa.Table,
    spec: "DriftSpec",
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
) -> DriftResult:
    """Say what moved between the reference and a batch.

    The batch is read once; memory is that of one record batch.

    Parameters
    ----------
    profile
        The reference, from `build_profile`.
    batches
        Feature rows as record batches or a table; other columns are ignored.
    spec
        False-alarm rate and minimum effects.
    predictions
        Predictions for the batch by the names used in the profile, each of shape (n,).
    target
        Labels that have arrived, of any length; class names, or numbers as in the profile.
    """
    return compare(profile, count_batch(profile, batches, predictions=predictions, target=target), spec)


def compare(profile: Profile, batch: BatchProfile, spec: "DriftSpec") -> DriftResult:
    """Say what moved, from counts alone."""
    measured: list[tuple[ColumnProfile, ColumnData, list[Measured]]] = []
    not_judged = [NotJudged(column=name, why=f"reference: {why}") for name, why in profile.unusable]
    for column in profile.columns:
        if why := _unjudgeable(column, batch):
            not_judged.append(NotJudged(column=column.name, why=why))
        elif current := batch.counts.get((column.role, column.name)):
            data = ColumnData(column.layout, column.counts, column.chunks, current)
            measured.append((column, data, _measure(data, spec)))
            if why := _few_values(data):
                not_judged.append(NotJudged(column=column.name, why=why))
    level = holm_level([test.p_value for *_, tests in measured for test in tests], spec.false_alarm_rate)
    columns = [_conclude(column, data, tests, level) for column, data, tests in measured]
    columns.sort(key=_severity, reverse=True)
    return DriftResult(
        drifted=any(column.drifted for column in columns),
        rows_reference=profile.rows,
        rows_current=batch.rows,
        false_alarm_rate=spec.false_alarm_rate,
        correction=CORRECTION,
        columns=tuple(columns),
        not_judged=tuple(not_judged),
    )


def _unjudgeable(column: ColumnProfile, batch: BatchProfile) -> str | None:
    """Why a column cannot be judged at all, if so; predictions and labels may simply not be there yet."""
    key = (column.role, column.name)
    if key in batch.failures:
        return batch.failures[key]
    if key not in batch.counts:
        return f"{column.role} is missing from the batch" if batch.rows and column.role == "feature" else None
    rows = batch.counts[key].rows
    return f"only {rows} rows in the batch, {MINIMUM_ROWS} are needed" if rows < MINIMUM_ROWS else None


def _few_values(data: ColumnData) -> str | None:
    for where, counts in (("reference", data.reference), ("batch", data.current)):
        if counts.valid < MINIMUM_ROWS:
            what = "no values" if not counts.valid else f"only {counts.valid} values, {MINIMUM_ROWS} are needed"
            return f"{what} in the {where}: only nulls were compared"
    return None


def _measure(data: ColumnData, spec: "DriftSpec") -> list[Measured]:
    """All tests that say something about this column."""
    reference, current = data.reference, data.current
    smallest = spec.minimum_null_change
    before, now = (reference.nulls, reference.rows), (current.nulls, current.rows)
    found = [rate.measure("null_rate", "nulls", before, now, smallest)]
    if data.layout.kind == "numeric":
        before, now = (reference.infinite, reference.rows), (current.infinite, current.rows)
        found.append(rate.measure("infinite_rate", "infinite values", before, now, smallest))
    if not _few_values(data):
        if data.layout.kind == "numeric":
            found += [test.measure(data, spec.minimum_effect) for test in (kolmogorov_smirnov, wilcoxon, mood)]
        else:
            found.append(chi_squared.measure(data, spec.minimum_effect))
            found.append(unseen.measure(data, smallest))
    return [test for test in found if test is not None]


def _conclude(column: ColumnProfile, data: ColumnData, tests: list[Measured], level: float) -> ColumnDrift:
    findings = [test.judge(column.name, column.role, level) for test in tests]
    return ColumnDrift(
        column=column.name,
        role=column.role,
        kind=column.kind,
        findings=tuple(findings),
        distribution=distribution(data),
    )


def _severity(column: ColumnDrift) -> tuple[bool, float]:
    """Drifted columns first, then by how many times the minimum effect was reached."""
    ratios = [finding.effect / max(finding.minimum_effect, 1e-9) for finding in column.findings]
    return column.drifted, max(ratios, default=0.0)
