"""What a better challenger must not break, and what it costs to keep and to ask."""

from typing import Literal

from include.retraining.results.performance import Estimate
from include.retraining.results.record import Record

GuardrailName = Literal["segments", "calibration", "classes", "size", "latency"]
GuardrailVerdict = Literal["held", "broken", "not_judged", "off"]
"""`not_judged`: the rows do not tell, or there is nothing to compare with; `off`: no limit is declared."""


class Cost(Record):
    """What a stored model weighs, and how long it took to predict `rows` rows; measured once, after its training."""

    bytes: int
    seconds: float
    rows: int

    @property
    def latency(self) -> float:
        """Seconds for 1,000 rows."""
        return 1000 * self.seconds / self.rows


class Guardrail(Record):
    """One guardrail: the figure, its threshold, where the threshold comes from, and a sentence."""

    name: GuardrailName
    verdict: GuardrailVerdict
    figure: float | None = None
    threshold: float | None = None
    origin: str | None = None
    text: str


class SegmentGain(Record):
    """How much better the challenger is in one segment; broken when even the upper bound is below `-tolerance`.

    The interval allows for all guardrails that are asked of the same rows.
    """

    column: str
    value: str
    gain: Estimate
    tolerance: float
    broken: bool
