"""What a test measured on a column, before it is judged beside all others."""

from dataclasses import dataclass
from typing import Literal

from include.retraining.drift.calibration import Evidence, Verdict
from include.retraining.results.drift import Finding
from include.retraining.results.record import Role

Direction = Literal["up", "down", "changed"]
SHARE_OF_ROWS = "share of rows"


@dataclass(frozen=True)
class Measured:
    """One test on one column; `evidence` is still to be calibrated, or a verdict that needs no more."""

    test: str
    statistic: float
    evidence: Evidence | Verdict
    effect: float
    minimum_effect: float
    direction: Direction
    n_reference: int
    n_current: int
    text: str
    effect_unit: str = SHARE_OF_ROWS
    interval: tuple[float, float] | None = None
    involved: tuple[str, ...] = ()

    def judge(self, column: str, role: Role, verdict: Verdict, level: float) -> Finding:
        """Call it drift when it is both unlikely at `level` and large enough to matter."""
        return Finding(
            column=column,
            role=role,
            test=self.test,
            statistic=self.statistic,
            p_value=verdict.p_value,
            threshold=verdict.threshold(level),
            threshold_origin=f"{verdict.origin}, at level {level:.2g}",
            effect=self.effect,
            effect_unit=self.effect_unit,
            minimum_effect=self.minimum_effect,
            direction=self.direction,
            n_reference=self.n_reference,
            n_current=self.n_current,
            drifted=verdict.p_value <= level and self.effect >= self.minimum_effect,
            text=self.text,
            interval=self.interval,
            involved=self.involved,
        )
