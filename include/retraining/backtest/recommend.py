"""Which policy to choose: the one with the fewest trainings that is no more than one standard error behind the best.

The one-standard-error rule (Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees, section
3.4.3): a few weeks of history rarely tell close policies apart, and trainings that bring nothing cost.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from include.retraining.backtest.judge import CONFIDENCE, mean_difference
from include.retraining.metrics.catalogue import Metric
from include.retraining.metrics.figures import write_estimate, write_figure
from include.retraining.results.backtest import PolicyResult
from include.retraining.results.performance import Estimate

NEVER, ALWAYS = "never", "always"


def compare(policies: Sequence[PolicyResult], metric: Metric) -> list[PolicyResult]:
    """Say of every policy how far it is behind the best one, and what share of the gain it captured."""
    told = [one for one in policies if one.mean is not None]
    if not told:
        return list(policies)
    best = max(told, key=lambda one: metric.gain(0.0, one.mean or 0.0))
    scale = _scale(told, metric)
    found = []
    for one in policies:
        if one.mean is None:
            found.append(one)
            continue
        captured = None if scale is None else metric.gain(scale[0], one.mean) / scale[1]
        found.append(one.model_copy(update={"lead": lead(one, best, metric), "captured": captured}))
    return found


def lead(one: PolicyResult, other: PolicyResult, metric: Metric) -> Estimate:
    """How much better a policy is than another, on average over the intervals that both were judged on."""
    pairs = [
        (mine, theirs)
        for mine, theirs in zip(one.figures, other.figures, strict=True)
        if mine is not None and theirs is not None
    ]
    return mean_difference(np.array([metric.gain(theirs, mine) for mine, theirs in pairs]))


def recommend(policies: Sequence[PolicyResult], metric: Metric, budget: int | None = None) -> tuple[str | None, str]:
    """Name a policy, and say why; nobody where nothing was judged or no policy keeps to the budget.

    Parameters
    ----------
    budget
        Most trainings that the policy may have made on this history; None: any number.
    """
    judged = [one for one in policies if one.mean is not None]
    if not judged:
        return None, "No interval had enough labels to judge any policy by."
    allowed = [one for one in judged if budget is None or len(one.retrainings) <= budget]
    if not allowed:
        least = min(len(one.retrainings) for one in judged)
        return None, f"No policy kept to {_trainings(budget or 0)}; the most sparing one made {least}."
    best = max(allowed, key=lambda one: metric.gain(0.0, one.mean or 0.0))
    near = [one for one in allowed if _near(lead(one, best, metric))]
    chosen = min(near, key=lambda one: (len(one.retrainings), -metric.gain(0.0, one.mean or 0.0)))
    within = "" if budget is None else f" within {_trainings(budget)}"
    text = (
        f"`{chosen.name}`{within}: {metric.label} {write_figure(chosen.mean or 0.0)} on average, with "
        f"{_trainings(len(chosen.retrainings))}."
    )
    if chosen.name != best.name:
        behind = -lead(chosen, best, metric).value
        text += (
            f" `{best.name}` is better by {write_figure(behind)}, which may be chance, and takes "
            f"{_trainings(len(best.retrainings))}."
        )
    first = policies[0]
    if first.mean is not None and first.name not in (chosen.name, best.name):
        text += f" `{first.name}` is behind it by {write_estimate(_turned(lead(first, chosen, metric)))}."
    if chosen.name == NEVER:
        text += " On this history no policy is clearly better than leaving the first champion in place."
    return chosen.name, text


def _turned(found: Estimate) -> Estimate:
    return found.model_copy(update={"value": -found.value, "low": -found.high, "high": -found.low})


def _near(behind: Estimate) -> bool:
    """Whether a lead, which is not positive, is within one standard error of nothing."""
    if behind.n < 2:
        return behind.value >= 0
    error = (behind.high - behind.value) / float(stdtrit(behind.n - 1, (1 + CONFIDENCE) / 2))
    return behind.value >= -error


def _scale(policies: Sequence[PolicyResult], metric: Metric) -> tuple[float, float] | None:
    """The mean without retraining, and the gain of retraining every time by the better window, if there is one."""
    never = next((one.mean for one in policies if one.name == NEVER), None)
    always = [one for one in policies if one.kind == "rule" and one.name.partition(":")[0] == ALWAYS]
    if never is None or not always:
        return None
    gain = max(metric.gain(never, one.mean) for one in always if one.mean is not None)
    return (never, gain) if gain > 0 else None


def _trainings(count: int) -> str:
    return "one training" if count == 1 else f"{count} trainings"
