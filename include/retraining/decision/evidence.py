"""How sure it is that a fresh model would do better: the probes since the champion was promoted, pooled.

Paired learners (S. Bach and M. Maloof, "Paired Learners for Concept Drift", ICDM 2008): a model of the newest rows
alone is worse than the champion while nothing changes, since it has learned less, and better when the champion has
grown old. Both are measured on the same labels, so harder and easier weeks touch them alike.

One interval's gain may be a whim of that interval, so gains vary by sampling error and by how much intervals differ.
They are pooled over the newest 1, 2, 3, 4, 6 and 8 intervals, and the clearest of these sums counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import NormalDist

from include.retraining.results.performance import Estimate
from include.retraining.results.probe import Probe
from include.retraining.results.run import Interval
from include.retraining.spec.retrain import Allowance

# Newest intervals that are pooled: short spans see an abrupt change at once, long ones a slow one at all.
SPANS = (1, 2, 3, 4, 6, 8)
# Fewest gains from which the variation between intervals is estimated.
MINIMUM_GAINS = 3
# Alarms per look over the chance of one sum alone, with probes as good as the champion: 1.25 to 1.47 times between 2
# and 2.6 standard errors in 2,000 simulated streams of 100 looks.
SCANNED = 1.36
# Intervals in which one needless training is allowed when the model file does not say.
DEFAULT_SPAN = 75
# A change no older than this leaves too few rows to train on and compare: rows since one interval earlier are taken.
SHORT = 2
# However generous the budget, a look alarms by chance in no more than one of five cases.
LARGEST_LEVEL = 0.2


@dataclass(frozen=True)
class Evidence:
    """The clearest pooled gain: in standard errors, in metric units, over how many intervals, and since when."""

    z: float
    gain: float
    intervals: int
    since: datetime


def weigh_evidence(probes: Sequence[Probe]) -> Evidence | None:
    """Pool the gains of the probes under one champion, oldest first; None without any."""
    told = [(probe.gain, probe.since) for probe in probes if probe.gain is not None and probe.since is not None]
    if not told:
        return None
    gains = [gain.value for gain, _ in told]
    errors = [standard_error(gain) for gain, _ in told]
    between = _between(gains, errors)
    weights = [1.0 / max(error**2 + between, 1e-24) for error in errors]
    best: Evidence | None = None
    for span in SPANS:
        if span > len(told):
            break
        weighed = list(zip(weights[-span:], gains[-span:], strict=True))
        total = sum(weight for weight, _ in weighed)
        mean = sum(weight * gain for weight, gain in weighed) / total
        z = mean * total**0.5
        if best is None or z > best.z:
            earliest = min(span + (span <= SHORT), len(told))
            best = Evidence(z, sum(gains[-span:]) / span, span, told[-earliest][1])
    return best


def threshold(budget: Allowance, interval: Interval) -> float:
    """How many standard errors a pooled gain must reach, so that no more needless trainings are called for.

    Examples
    --------
    >>> from datetime import UTC
    >>> week = Interval(start=datetime(2024, 1, 1, tzinfo=UTC), end=datetime(2024, 1, 8, tzinfo=UTC))
    >>> round(threshold(Allowance(trainings=1), week), 2)
    2.33
    >>> round(threshold(Allowance(trainings=1, per="90d"), week), 2)
    1.58
    """
    length = interval.end - interval.start
    looks = DEFAULT_SPAN if budget.per is None else max(budget.per / length, 1.0)
    level = min(budget.trainings / looks / SCANNED, LARGEST_LEVEL)
    return NormalDist().inv_cdf(1.0 - level)


def standard_error(gain: Estimate) -> float:
    """Half the interval's width, in standard errors of its confidence."""
    return (gain.high - gain.low) / 2 / NormalDist().inv_cdf((1 + gain.confidence) / 2)


def _between(gains: Sequence[float], errors: Sequence[float]) -> float:
    """Variance between intervals beyond sampling error, from neighbours, so that a trend or a step does not count.

    J. von Neumann, "Distribution of the ratio of the mean square successive difference to the variance", Annals of
    Mathematical Statistics 12 (1941).
    """
    if len(gains) < MINIMUM_GAINS:
        return 0.0
    steps = [(after - before) ** 2 / 2 for before, after in pairwise(gains)]
    sampling = sum(error**2 for error in errors) / len(errors)
    return max(0.0, sum(steps) / len(steps) - sampling)
