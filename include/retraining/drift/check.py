"""Compare a batch with the reference: findings for each column, one false-alarm rate for all."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from include.retraining.drift.batch import BatchProfile, count_batch
from include.retraining.drift.examination import examine
from include.retraining.drift.judging import judge
from include.retraining.drift.multiplicity import CORRECTION
from include.retraining.drift.profile import Profile
from include.retraining.results.drift import ColumnDrift, DriftResult

if TYPE_CHECKING:
    from include.retraining.spec.drift import DriftSpec


def check_drift(
    profile: Profile,
    batches: Iterable[pa.RecordBatch] | pa.Table,
    spec: "DriftSpec",
    *,
    predictions: Mapping[str, Any] | None = None,
    target: Any = None,
    importance: Mapping[str, float] | None = None,
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
        False-alarm rate, minimum effects and tests.
    predictions
        Predictions for the batch by the names used in the profile, each of shape (n,).
    target
        Labels that have arrived, of any length; class names, or numbers as in the profile.
    importance
        How much the champion relies on each feature, not negative, 1 on average; ranks the columns, and stands
        beside each of them. What has none (the prediction, the target, a relation) ranks like an average feature.
    """
    batch = count_batch(profile, batches, predictions=predictions, target=target)
    return compare(profile, batch, spec, importance=importance)


def compare(
    profile: Profile, batch: BatchProfile, spec: "DriftSpec", *, importance: Mapping[str, float] | None = None
) -> DriftResult:
    """Say what moved, from counts alone; parameters as in `check_drift`."""
    examined, not_judged = examine(profile, batch, spec)
    columns = [_weighed(column, importance or {}) for column in judge(examined, spec.false_alarm_rate)]
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


_TINY = 1e-9
"""Stands for a minimum effect of zero, by which none can be divided."""


def _weighed(column: ColumnDrift, importance: Mapping[str, float]) -> ColumnDrift:
    """The column with how much the champion relies on it, if that is known; only features have an importance."""
    known = importance.get(column.column) if column.role == "feature" else None
    return column if known is None else column.model_copy(update={"importance": known})


def _severity(column: ColumnDrift) -> tuple[bool, float]:
    """Drifted columns first, then by effect in units of the minimum effect, times importance to the model."""
    ratios = [finding.effect / max(finding.minimum_effect, _TINY) for finding in column.findings]
    return column.drifted, max(ratios, default=0.0) * (1.0 if column.importance is None else column.importance)
