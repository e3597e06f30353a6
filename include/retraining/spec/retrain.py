"""When a model is retrained and on which rows, as a model file declares it."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from include.retraining.spec.base import Closed
from include.retraining.spec.duration import Duration

WindowName = Literal["expanding", "recent", "sliding", "since_change"]
CandidateName = Literal["expanding", "recent", "sliding", "since_change", "update"]


class WindowSpec(Closed):
    """Which rows a challenger is trained on."""

    use: Literal[WindowName, "best"] = "best"
    """`expanding`: all history; `recent`: all history, newer rows counting more; `sliding`: the last `maximum`;
    `since_change`: rows since the relation changed, where a change is known; `best`: all of them are trained, and the
    newest labelled rows choose."""
    candidates: Annotated[tuple[CandidateName, ...], Field(min_length=1)] = (
        "expanding",
        "sliding",
        "since_change",
        "update",
    )
    """What `best` tries, as far as each can be told from the others. Each costs a training. `recent` has to be asked
    for: it earns where the relation moves all the time. `update` is the champion with the rows it has not learned,
    where its estimator has `partial_fit`."""
    maximum: Duration | None = None
    """Longest history to use; needed by `sliding`."""
    length: Duration | None = None
    """Length of the sliding window among the candidates of `best`; left out: as long as the history that the first
    champion was trained on. Rows of `recent` count half when they are older than the newest by half of it."""
    start: date | None = None
    """Nothing before this day is used."""
    holdout: Duration | None = None
    """Newest labelled rows kept for comparison; left out: two intervals."""
    minimum_rows: Annotated[int, Field(ge=10)] = 500
    """Fewest labelled training rows; a window since a change may have fewer, down to twice `labels.minimum`."""
    refit: bool = True
    """Whether the challenger is trained once more with the rows that it was compared on, so that a promoted model has
    learned the newest labels too. What was compared is then the same window without them."""

    @model_validator(mode="after")
    def _sliding_needs_length(self) -> Self:
        if self.use == "sliding" and self.maximum is None:
            raise ValueError("a sliding window needs `maximum`, for example 90d")
        return self

    @property
    def several(self) -> bool:
        """Whether a training may have more than one candidate."""
        return self.use == "best" and len(self.candidates) > 1


class AgeTrigger(Closed):
    """Retrain when the champion is older than this."""

    age: Duration


class NewLabelsTrigger(Closed):
    """Retrain when so many labels arrived since the last training."""

    new_labels: Annotated[int, Field(ge=1)]


class ScheduleTrigger(Closed):
    """Retrain at the first interval that ends at or after each tick of a cron expression."""

    schedule: str

    @field_validator("schedule")
    @classmethod
    def _cron(cls, value: str) -> str:
        from croniter import croniter

        if not croniter.is_valid(value):
            message = f"{value!r} is no cron expression; five fields, for example '0 0 1 * *' for each first of a month"
            raise ValueError(message)
        return value


Named = Literal[
    "outperformed", "stale", "refresh", "concept_drift", "performance_drop", "harmful_data_drift", "data_drift"
]
_FIELDS: dict[str, type[Closed]] = {"age": AgeTrigger, "new_labels": NewLabelsTrigger, "schedule": ScheduleTrigger}


def _tag(value: object) -> str:
    """Which kind of trigger a value of `retrain.when` is; an unknown one is taken for a name."""
    if isinstance(value, dict):
        return next((name for name in _FIELDS if name in value), "age")
    return next((name for name, kind in _FIELDS.items() if isinstance(value, kind)), "name")


Trigger = Annotated[
    Annotated[Named, Tag("name")]
    | Annotated[AgeTrigger, Tag("age")]
    | Annotated[NewLabelsTrigger, Tag("new_labels")]
    | Annotated[ScheduleTrigger, Tag("schedule")],
    Discriminator(_tag),
]


class Allowance(Closed):
    """At most so many trainings in any span of this length."""

    trainings: Annotated[int, Field(ge=1)]
    per: Duration | None = None
    """Length of the span; left out: a number of intervals, see the field."""


class Persistence(Closed):
    """In how many of the last intervals an alarm must have been raised to count."""

    times: Annotated[int, Field(ge=1)] = 1
    of: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.times > self.of:
            message = f"{self.times} times of {self.of} intervals cannot be; `times` is at most `of`"
            raise ValueError(message)
        return self


class RetrainSpec(Closed):
    """When to retrain, and on what."""

    when: tuple[Trigger, ...] = ("outperformed", "stale", "refresh")
    """Triggers; any of them suffices. `outperformed`: a small model of the newest labels predicts better than the
    champion; `stale`: models of this kind are known to have lost the tolerated amount by now; `refresh`: routine looks,
    at a pace that follows what the last ones brought; `concept_drift`, `performance_drop`, `harmful_data_drift`,
    `data_drift`: what the checks say; `{age: 90d}`: a champion that old; `{new_labels: 5000}`: so many labels since the
    last training; `{schedule: "0 0 1 * *"}`: at each tick."""
    persistence: Persistence = Persistence()
    """In how many of the last intervals what the checks say must have been said; 1 of 1: at once."""
    cooldown: Duration = timedelta(0)
    """Shortest time between two trainings; a manual run may ignore it."""
    budget: Allowance = Allowance(trainings=3)
    """Most trainings in any span, whatever calls for them. Without `per`: in 20 intervals, where one that was routine
    alone does not stand in the way of an alarm, and where those of stale champions have their own pace and do not
    count. A manual run ignores it."""
    alarm_budget: Allowance = Allowance(trainings=1)
    """How many trainings that `outperformed` calls for may be needless, on average, while nothing changes; its
    threshold follows from this. Without `per`: in 75 intervals."""
    window: WindowSpec = WindowSpec()
    mode: Literal["full", "partial_fit"] = "full"
    """`partial_fit`: the champion goes on learning with the rows that are new to it, where its estimator can; else, and
    in the first training, `full`: a new model is trained on the window."""

    @property
    def maximum_age(self) -> timedelta | None:
        """The shortest age trigger, if any."""
        ages = [trigger.age for trigger in self.when if isinstance(trigger, AgeTrigger)]
        return min(ages, default=None)

    @property
    def new_labels(self) -> int | None:
        """The smallest amount of new labels that is a trigger, if any."""
        counts = [trigger.new_labels for trigger in self.when if isinstance(trigger, NewLabelsTrigger)]
        return min(counts, default=None)

    @property
    def schedules(self) -> tuple[str, ...]:
        """Cron expressions at whose ticks to retrain."""
        return tuple(trigger.schedule for trigger in self.when if isinstance(trigger, ScheduleTrigger))
