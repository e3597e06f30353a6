"""One suspicion: a span of the labels of one source, or of all, that err more than the reference."""

from dataclasses import dataclass

import numpy as np

from include.retraining.performance.audit.errors import RowErrors, row_errors
from include.retraining.performance.audit.rows import AuditRows, AuditSettings
from include.retraining.results.audit import Evidence, EvidenceTest

# How a missing source is named.
MISSING = "(missing)"


@dataclass(frozen=True)
class World:
    """Valid labels in time order beside the reference, with the errors of both."""

    rows: AuditRows
    reference: AuditRows
    errors: RowErrors
    usual: RowErrors
    settings: AuditSettings
    features_moved: bool | None
    seed: int

    @classmethod
    def of(
        cls, rows: AuditRows, reference: AuditRows, settings: AuditSettings, features_moved: bool | None, seed: int
    ) -> "World":
        """Put rows in time order and measure their errors."""
        rows, reference = rows.in_time_order(), reference.in_time_order()
        errors, usual = row_errors(rows, reference), row_errors(reference, reference)
        return cls(rows, reference, errors, usual, settings, features_moved, seed)


@dataclass(frozen=True)
class Unit:
    """The labels of one source, or those of all sources that are not held already; positions in time order."""

    positions: np.ndarray
    column: str | None = None
    value: str | None = None

    @property
    def source(self) -> str | None:
        """How the source is written, "column=value"; None for all."""
        return None if self.column is None else f"{self.column}={self.value}"

    @property
    def name(self) -> str:
        """The source in a sentence."""
        return "all labels" if self.column is None else f"labels of {self.source}"


@dataclass(frozen=True)
class Signal:
    """An error that may be raised, for all rows of the world and of the reference.

    `score` is its normal score, in which spans are searched; `value` is the error itself, in which a gradual rise is
    gradual. `shift`: the sign of the residual counts, so that labels moved one way.
    """

    shift: bool
    score: np.ndarray
    usual_score: np.ndarray
    value: np.ndarray
    usual_value: np.ndarray


@dataclass(frozen=True)
class Suspicion:
    """Rows of a unit over which an error is raised.

    `rows` are the positions of the span, `before` and `after` those of the unit around it; `mean` is the mean of the
    signal in the span. `p_value` counts all spans, sources and signals that were looked at.
    """

    unit: Unit
    signal: Signal
    rows: np.ndarray
    before: np.ndarray
    after: np.ndarray
    mean: float
    p_value: float


def source_units(rows: AuditRows, minimum: int) -> list[Unit]:
    """List the sources with enough labels, column by column; a column with a single value tells nothing apart."""
    units = []
    for column in rows.sources.columns:
        values = rows.sources[column].astype("str").fillna(MISSING).to_numpy(dtype=object)
        names, counts = np.unique(values.astype(str), return_counts=True)
        if len(names) > 1:
            enough = names[counts >= minimum]
            units += [Unit(np.flatnonzero(values == name), str(column), str(name)) for name in enough]
    return units


def same_source(rows: AuditRows, unit: Unit) -> np.ndarray:
    """Mask of the rows of a unit's source; all rows where it has none, or the column is not there."""
    if unit.column is None or unit.column not in rows.sources:
        return np.ones(len(rows), dtype=bool)
    mask: np.ndarray = (rows.sources[unit.column].astype("str").fillna(MISSING) == unit.value).to_numpy(dtype=bool)
    return mask


def evidence_on(
    world: World,
    suspicion: Suspicion,
    test: EvidenceTest,
    *,
    found: bool,
    statistic: float,
    unit: str,
    p_value: float | None,
    text: str,
) -> Evidence:
    """Write evidence on the rows of a suspicion."""
    times = world.rows.times[suspicion.rows]
    return Evidence(
        test=test,
        found=bool(found),
        statistic=float(statistic),
        unit=unit,
        p_value=None if p_value is None else float(p_value),
        source=suspicion.unit.source,
        since=times[0].to_pydatetime(),
        until=times[-1].to_pydatetime(),
        text=text,
    )
