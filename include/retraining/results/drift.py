"""What moved between the reference and a batch."""

from typing import Literal

from include.retraining.results.record import Kind, Record, Role


class Finding(Record):
    """One test on one column. `drifted` needs both: unlikely, and large enough to matter.

    `threshold` is the value of `statistic` from which on it is called unlikely;
    `effect` is measured in the unit that `effect_unit` names, against `minimum_effect`. `interval` holds the
    statistic's 95% confidence interval where it has one; `involved` names, worst first, the columns of a relation.
    """

    column: str
    role: Role
    test: str
    statistic: float
    p_value: float | None
    threshold: float
    threshold_origin: str
    effect: float
    effect_unit: str
    minimum_effect: float
    direction: Literal["up", "down", "changed"]
    n_reference: int
    n_current: int
    drifted: bool
    text: str
    interval: tuple[float, float] | None = None
    involved: tuple[str, ...] = ()


class Distribution(Record):
    """A column then and now on the same bins; shares sum to 1 with the null share left out.

    Numeric: `edges` has one entry more than the shares; means and standard deviations where there are any. Categorical:
    `labels` has one for each share.
    """

    kind: Kind
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    reference: tuple[float, ...]
    current: tuple[float, ...]
    null_reference: float = 0.0
    null_current: float = 0.0
    mean_reference: float | None = None
    mean_current: float | None = None
    deviation_reference: float | None = None
    deviation_current: float | None = None


class ColumnDrift(Record):
    """All findings on one column, or on a relation between columns, and what to draw.

    `importance` is the column's share of what the champion relies on, 1 on average; None where it is not known.
    """

    column: str
    role: Role
    kind: Kind
    findings: tuple[Finding, ...]
    distribution: Distribution | None = None
    importance: float | None = None

    @property
    def drifted(self) -> bool:
        return any(finding.drifted for finding in self.findings)


class NotJudged(Record):
    """A column that could not be tested, and why."""

    column: str
    why: str


class DriftResult(Record):
    """Data drift of one batch against the champion's reference; `columns` is ranked, worst first."""

    drifted: bool
    rows_reference: int
    rows_current: int
    false_alarm_rate: float
    correction: str
    columns: tuple[ColumnDrift, ...]
    not_judged: tuple[NotJudged, ...] = ()

    @property
    def compared(self) -> int:
        """Number of columns compared; relations between columns are not columns."""
        return sum(column.role != "relation" for column in self.columns)

    @property
    def drifted_columns(self) -> tuple[ColumnDrift, ...]:
        return tuple(column for column in self.columns if column.drifted and column.role != "relation")

    @property
    def drifted_relations(self) -> tuple[ColumnDrift, ...]:
        return tuple(column for column in self.columns if column.drifted and column.role == "relation")

    @property
    def drifted_names(self) -> tuple[str, ...]:
        """Names of all that drifted, columns before relations."""
        return tuple(found.column for found in (*self.drifted_columns, *self.drifted_relations))

    @property
    def summary(self) -> str:
        """How much drifted, in words."""
        text = f"{len(self.drifted_columns)} of {self.compared} columns drifted"
        if relations := len(self.drifted_relations):
            text += f", and {relations} {'relation' if relations == 1 else 'relations'} between columns"
        return text
