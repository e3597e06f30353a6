"""From decision to comparison: why, what was trained, how it compared."""

from typing import Literal

from include.retraining.results.candidate import Candidate, Trial
from include.retraining.results.guardrails import Cost, Guardrail, SegmentGain
from include.retraining.results.lineage import Lineage
from include.retraining.results.performance import Estimate
from include.retraining.results.record import Action, Record, UtcDatetime
from include.retraining.results.run import Interval
from include.retraining.results.search import Search
from include.retraining.results.staleness import Staleness

Gate = Literal["better", "confirmed", "refresh", "stale"]
"""What a challenger has to prove: a gain beyond doubt, newer and no worse after a confirmed change, no harm, or no loss
beyond doubt where models are known to go stale."""


class Reason(Record):
    """Why: the figure, its threshold, and where the threshold comes from. A veto speaks against acting."""

    code: str
    text: str
    figure: float | None = None
    threshold: float | None = None
    origin: str | None = None
    veto: bool = False


class Decision(Record):
    """What should be done; always with at least one reason. `since` is when the change began, where one is known."""

    action: Action
    reasons: tuple[Reason, ...]
    since: UtcDatetime | None = None


class Training(Record):
    """A trained challenger: what it saw, what it is, where it lies (relative to the model's folder).

    `importance` says how much it relies on each feature, not negative, 1 on average. When `refitted`, it has learned
    the holdout too, `train` includes it, and the holdout's figures are those of the same window without it. `learned`
    is the candidate that was chosen, `trials` are those that were compared, the chosen one first; `left_out` says why
    others were not. `parent_id` names the champion that went on learning, where this is what was chosen. `params` are
    those that it was trained with; `search` says how those came about that are not declared. `cost` is measured once,
    when the model is stored, so that whoever compares the model later decides on the same figures. `lineage` is what it
    takes to train it again. `staleness` is measured in trainings that no champion went before.
    """

    training_id: str
    folder: str
    trained_at: UtcDatetime
    window: Interval
    train: Interval
    holdout: Interval
    train_rows: int
    holdout_rows: int
    excluded_rows: int
    data_sha256: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    classes: tuple[str, ...] = ()
    trainer: str
    params: dict[str, object]
    seed: int
    seconds: float
    metric: str
    holdout_metric: Estimate
    holdout_metrics: dict[str, float]
    versions: dict[str, str]
    importance: dict[str, float] = {}
    refitted: bool = False
    learned: Candidate | None = None
    trials: tuple[Trial, ...] = ()
    left_out: dict[str, str] = {}
    parent_id: str | None = None
    search: Search | None = None
    cost: Cost | None = None
    lineage: Lineage | None = None
    staleness: Staleness | None = None


class Comparison(Record):
    """Champion and challenger on the same holdout rows; `difference` is signed so that more is better.

    `segments` are those that were judged, the broken and the worst first. A gain below `notable` is no reason to train
    again soon.
    """

    metric: str
    champion_id: str | None
    challenger_id: str
    champion: Estimate | None
    challenger: Estimate
    difference: Estimate | None
    rows: int
    promote: bool
    reasons: tuple[Reason, ...]
    guardrails: tuple[Guardrail, ...] = ()
    segments: tuple[SegmentGain, ...] = ()
    notable: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether the challenger is better beyond doubt, and by enough to matter."""
        return self.difference is not None and self.difference.low > 0 and self.difference.value >= self.notable

    @property
    def only_guardrails_speak_against(self) -> bool:
        """Whether the challenger would have been promoted, had it not broken a guardrail."""
        broken = any(rail.verdict == "broken" for rail in self.guardrails)
        return broken and all(reason.code.startswith("guardrail_") for reason in self.reasons if reason.veto)
