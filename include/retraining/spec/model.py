"""A model, declared: the pydantic models behind `include/models/NAME.yaml`.

Field names are the YAML keys; descriptions become the JSON Schema that editors read.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator

from include.retraining.spec.base import Closed, Documented, known
from include.retraining.spec.data import DataSpec
from include.retraining.spec.drift import DriftSpec
from include.retraining.spec.duration import Duration
from include.retraining.spec.promotion import PromotionSpec
from include.retraining.spec.retrain import RetrainSpec
from include.retraining.spec.trainer import TrainerSpec

Task = Literal["binary_classification", "multiclass_classification", "regression"]
DEFAULT_METRIC: dict[str, str] = {
    "binary_classification": "roc_auc",
    "multiclass_classification": "log_loss",
    "regression": "mae",
}


class ExpectationSpec(Documented):
    """One Great Expectations expectation: its own name, its own arguments, and a severity."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(pattern="^expect_[a-z0-9_]+$")]
    """Name of the expectation, in snake case."""
    severity: Literal["critical", "warning"] = "critical"
    """`critical` quarantines the rows (or rejects the batch); `warning` is only reported."""

    @property
    def arguments(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class ValidationSpec(Closed):
    """What a sound batch looks like."""

    expectations: tuple[ExpectationSpec, ...] = ()
    """Declared expectations, beside those derived from the reference."""
    from_reference: bool = True
    """Derive columns, types, ranges, null rates and category sets from the champion's training data."""
    quarantine: Literal["rows", "batch"] = "rows"
    """What a failing row costs: itself, or its whole batch."""
    maximum_quarantined: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of bad rows from which on the batch as a whole is rejected."""
    minimum_rows: Annotated[int, Field(ge=1)] = 1
    """Fewest rows of a batch worth judging."""


class PerformanceSpec(Closed):
    """When the champion counts as degraded."""

    metric: Annotated[str, known("metric")] | None = None
    """Metric that decides; left out: roc_auc, log_loss or mae by task."""
    maximum_drop: Annotated[float, Field(ge=0)] | None = None
    """Largest tolerated loss against the champion's holdout, in metric units; left out: 5% of the holdout's figure."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Confidence of the bootstrap intervals."""
    estimate: bool = True
    """Whether performance is estimated where labels are missing."""
    window: Duration = timedelta(days=30)
    """How far back labels are looked at for concept drift and wrong labels; never behind the champion's promotion."""


class LabelsSpec(Closed):
    """How labels arrive."""

    expected_delay: Duration = timedelta(0)
    """Usual time between event and label."""
    maturity: Duration | None = None
    """Age at which nearly all rows have their label: performance looks at no younger ones, since early labels are often
    the easy or the bad ones; left out: the expected delay."""
    maximum_delay: Duration | None = None
    """How far back rows are looked up when a label arrives; left out: twice the expected delay and one interval."""
    minimum: Annotated[int, Field(ge=1)] = 100
    """Fewest labels worth judging performance by, or comparing models on."""
    minimum_join_rate: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Share of arrived labels that must find their row; below it the batch counts as unlabelled."""

    on_suspicion: Literal["hold", "ask", "accept"] = "hold"
    """Labels that look wrong: `hold` keeps them out of the error and out of training, `ask` also leaves the next step
    to a person, `accept` only reports them."""

    @property
    def age(self) -> timedelta:
        """Age from which a row's label counts."""
        return self.expected_delay if self.maturity is None else self.maturity

    def reach(self, period: timedelta) -> timedelta:
        """How far before an interval of this length rows are looked up for the labels that arrive in it."""
        return self.maximum_delay or max(2 * self.expected_delay, self.age) + period


class ModelSpec(Closed):
    """One model: what it predicts, from which data, watched how, retrained when."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    """Name of the model, of its DAG, and of its registered model in MLflow."""
    description: str = ""
    """What the model is for, in a sentence."""
    owner: str = "airflow"
    """Team that answers for the model."""
    tags: tuple[str, ...] = ()
    """Tags in the Airflow UI."""
    task: Task
    """What kind of prediction it is."""
    schedule: str
    """Cron expression; each run covers the interval between two ticks."""
    start_date: date
    """Start of the first interval, UTC."""
    end_date: date | None = None
    """End of the last interval, UTC."""
    catchup: bool = False
    """Whether intervals missed while paused run by themselves."""
    pool: str = "default_pool"
    """Airflow pool that the tasks take their slots from."""
    retries: Annotated[int, Field(ge=0)] = 2
    """How often a failed task is tried again."""
    data: DataSpec
    validation: ValidationSpec = ValidationSpec()
    drift: DriftSpec = DriftSpec()
    performance: PerformanceSpec = PerformanceSpec()
    labels: LabelsSpec = LabelsSpec()
    retrain: RetrainSpec = RetrainSpec()
    trainer: TrainerSpec = TrainerSpec()
    promotion: PromotionSpec = PromotionSpec()

    @field_validator("schedule")
    @classmethod
    def _cron(cls, value: str) -> str:
        from croniter import croniter

        if not croniter.is_valid(value):
            message = f"{value!r} is no cron expression; five fields, for example '0 0 * * 1' for Mondays"
            raise ValueError(message)
        return value

    @property
    def metric(self) -> str:
        """The metric that decides."""
        return self.performance.metric or DEFAULT_METRIC[self.task]

    @property
    def first_moment(self) -> datetime:
        """`start_date` as a moment."""
        return datetime.combine(self.start_date, time(), UTC)

    @property
    def last_moment(self) -> datetime | None:
        """`end_date` as a moment."""
        return None if self.end_date is None else datetime.combine(self.end_date, time(), UTC)
