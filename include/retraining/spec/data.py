"""The `data` part of a model file: where rows are and what their columns mean."""

from datetime import date
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import field_validator, model_validator

from include.retraining.spec.base import Closed, Use, known
from include.retraining.spec.duration import Duration

GENERATED_KEY = "__key"  # column that names rows which have no key of their own


class SourceSpec(Use):
    """Where rows come from: `sql` or `files`, or a dotted path."""

    use: Annotated[str, known("source")]


class DataSpec(Closed):
    """Where the data is and what its columns mean."""

    features: SourceSpec
    """Feature rows, one for each prediction."""
    labels: SourceSpec | None = None
    """Where labels arrive; left out: the target is a column of the feature rows."""
    relabels: SourceSpec | None = None
    """Where labels made again arrive, with the same key, target and label time: they settle whether labels that were
    held are right."""
    key: str | None = None
    """Column that joins labels to feature rows; needed when `labels` or `relabels` is a source of its own."""
    time: str
    """Event time of a row: a timestamp, a date, or a number counted in `time_unit`."""
    time_unit: Duration | None = None
    """Length of one step of a numeric time column, counted from `time_origin`."""
    time_origin: date = date(1970, 1, 1)
    """Where a numeric time column starts to count."""
    timezone: str | None = None
    """Zone of time columns that carry none, for example UTC or America/New_York."""
    target: str
    """What the model predicts."""
    positive: str | None = None
    """Value of a two-valued target that counts as positive; left out: the larger one."""
    label_time: str | None = None
    """When a label became known; left out: event time plus `labels.expected_delay`."""
    label_sources: tuple[str, ...] = ()
    """Columns beside the label that say who made it, as a station; never features. The label audit looks at them."""
    prediction: str | None = None
    """Column of stored predictions; left out: the champion scores each batch."""
    numeric: tuple[str, ...] | None = None
    """Numeric features; left out with `categorical`: inferred from the first training window."""
    categorical: tuple[str, ...] | None = None
    """Categorical features."""
    ignore: tuple[str, ...] = ()
    """Columns that are never features."""
    segments: tuple[str, ...] = ()
    """Columns whose values are looked at one by one."""

    @property
    def key_column(self) -> str:
        """The declared key, or the column that is filled where there is none."""
        return self.key or GENERATED_KEY

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError) as error:
                message = f"{value!r} is no time zone; write an IANA name like UTC or Europe/Berlin"
                raise ValueError(message) from error
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, source in (("labels", self.labels), ("relabels", self.relabels)):
            if source is not None and self.key is None:
                message = f"`{name}` is a source of its own: `key` must name the column that joins it to `features`"
                raise ValueError(message)
            if source is not None and self.label_time is None:
                message = f"`{name}` is a source of its own: `label_time` must name its arrival time column"
                raise ValueError(message)
        declared = [*(self.numeric or ()), *(self.categorical or ())]
        special = {self.key, self.time, self.target, self.label_time, self.prediction}
        if leaks := sorted(name for name in declared if name in special):
            message = f"{', '.join(leaks)}: key, time, target, label_time and prediction cannot be features"
            raise ValueError(message)
        if twice := sorted({name for name in declared if declared.count(name) > 1}):
            message = f"{', '.join(twice)}: declared twice among numeric and categorical"
            raise ValueError(message)
        return self
