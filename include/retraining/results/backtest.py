"""What a backtest found: each policy's figures, its trainings and what they brought, and the one to choose."""

from typing import Literal

from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record, UtcDatetime
from include.retraining.results.run import Interval


class Retraining(Record):
    """One training after the first champion, and what came of it.

    `gain` is that over the model it replaced, on the rows that it predicted while it reigned, more is better; None
    where it was not promoted, or no label told. `delay` counts the intervals before it in which a model trained at
    every interval was already ahead by half of that gain; None without such a model.
    """

    at: UtcDatetime
    training_id: str
    why: tuple[str, ...]
    rows: int
    fits: int
    seconds: float
    promoted: bool
    gain: Estimate | None = None
    delay: int | None = None

    @property
    def needless(self) -> bool:
        """Whether it brought nothing: not promoted, or not shown to be better than the model that it replaced."""
        return not self.promoted or self.gain is None or self.gain.low <= 0


class PolicyResult(Record):
    """One policy on history.

    `figures` are its metric on each interval of the backtest; None where no model predicted, or too few labels came.
    `champions` are the trainings that predicted them. `lead` is how much better its mean is than that of the best
    policy, with its interval: 0 for the best one, else below 0. `captured` is the share of the gain of retraining at
    every interval over never.
    """

    name: str
    kind: Literal["policy", "rule"]
    figures: tuple[float | None, ...]
    champions: tuple[str | None, ...]
    mean: float | None
    lead: Estimate | None = None
    captured: float | None = None
    retrainings: tuple[Retraining, ...] = ()
    rejected: int = 0

    @property
    def promoted(self) -> int:
        """How many trainings were promoted."""
        return sum(one.promoted for one in self.retrainings)

    @property
    def needless(self) -> int:
        """How many trainings brought nothing."""
        return sum(one.needless for one in self.retrainings)

    @property
    def seconds(self) -> float:
        """What its trainings took, on one process."""
        return sum(one.seconds for one in self.retrainings)


class Backtest(Record):
    """Policies side by side on the same rows; `rows` counts the labelled ones of each interval.

    `recommended` is the name of a policy and why; `budget` how many trainings were allowed for it, if stated.
    """

    model: str
    metric: str
    greater_is_better: bool
    intervals: tuple[Interval, ...]
    rows: tuple[int, ...]
    policies: tuple[PolicyResult, ...]
    budget: int | None = None
    recommended: str | None = None
    text: str = ""
