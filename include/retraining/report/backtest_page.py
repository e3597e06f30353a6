"""The page of a backtest: which policy to choose, how the others did, and what each training brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from include.retraining.report import words
from include.retraining.report.backtest_charts import COLOURS, base_of, draw_policies
from include.retraining.report.html import render
from include.retraining.results.backtest import Backtest, PolicyResult, Retraining
from include.retraining.results.outcome import Outcome

TRAININGS_SHOWN = 60  # of each policy; more would hide the rest of the page
_MINUTE = 60.0


@dataclass(frozen=True)
class _Row:
    """One policy as the table shows it."""

    policy: PolicyResult
    number: int
    chosen: bool
    best: bool

    @property
    def delay(self) -> str:
        """Intervals that a better model could have reigned before, median over the trainings that helped."""
        known = [entry.delay for entry in self.policy.retrainings if entry.delay is not None]
        return f"{median(known):g}" if known else "–"

    @property
    def cost(self) -> str:
        """How long its trainings took."""
        seconds = self.policy.seconds
        if not self.policy.retrainings:
            return "–"
        return f"{seconds / _MINUTE:.1f} min" if seconds >= _MINUTE else f"{seconds:.0f} s"

    @property
    def behind(self) -> str:
        """How far behind the best policy."""
        if self.policy.lead is None:
            return "–"
        return "best" if self.best else words.estimate(self.policy.lead)

    @property
    def shown(self) -> tuple[Retraining, ...]:
        """The trainings that the page lists."""
        return self.policy.retrainings[:TRAININGS_SHOWN]


def render_backtest(found: Backtest, outcomes: Sequence[Outcome] = ()) -> str:
    """Render a backtest.

    Parameters
    ----------
    outcomes
        Each interval of the first policy, which the page tells in full; left out, it does not.
    """
    sign = 1.0 if found.greater_is_better else -1.0
    told = [one for one in found.policies if one.mean is not None]
    best = max(told, key=lambda one: sign * (one.mean or 0.0), default=None)
    rows = [
        _Row(one, number % COLOURS, one.name == found.recommended, best is not None and one.name == best.name)
        for number, one in enumerate(found.policies)
    ]
    base = base_of(found)
    return render(
        "backtest.html.j2",
        found=found,
        rows=rows,
        chart=draw_policies(found) if len(found.policies) > 1 else None,
        base=base.name if base else None,
        judged=sum(value is not None for value in found.policies[0].figures) if found.policies else 0,
        outcomes=outcomes,
    )
