"""How long a champion lasts: after what time it is expected to have lost the tolerated amount.

Whether models of this kind go stale at all says the history before the first champion. How fast they do, that and every
pair of champion and predecessor that was watched since: each pair says how much better the one was whose rows end
later. The loss for each unit of time is the least-squares slope through the origin, each pair weighted by its error
(C. R. Rao 1973, Linear Statistical Inference and Its Applications, section 4a): a model that is as old as its rival is
no better. When newer champions stop being better, the slope falls, and refreshes become rare.
"""

import sys
from collections.abc import Sequence
from datetime import timedelta

from include.retraining.decision.evidence import standard_error
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.run import Interval
from include.retraining.results.staleness import Lead
from include.retraining.results.succession import Watch
from include.retraining.results.training import Training

# Two models that predict alike seem to have no error: none is taken as smaller than this part of the tolerance.
SMALLEST_ERROR = 0.125


def lifetime(first: Training | None, leads: Sequence[Lead]) -> timedelta | None:
    """Time after which the expected loss reaches the tolerance; None where models are not known to go stale.

    Parameters
    ----------
    first
        The first champion's training, which knows how models of its history fared.
    leads
        Those of champions over their predecessors.
    """
    known = None if first is None else first.staleness
    if known is None or known.lead is None or known.tolerance is None or not known.shown:
        return None
    least = max(SMALLEST_ERROR * known.tolerance, sys.float_info.epsilon)  # no loss at all may be tolerated
    products = squares = 0.0
    for lead in (known.lead, *leads):
        time, weight = lead.newer_by / timedelta(days=1), max(standard_error(lead.gain), least) ** -2
        products += weight * time * lead.gain.value
        squares += weight * time**2
    slope = products / squares
    return None if slope <= 0 else _days(known.tolerance / slope)


def leads_before(interval: Interval, history: Sequence[HistoryPoint], watch: Watch | None) -> list[Lead]:
    """The last lead of each pair that was watched until an interval ended, that of its own run included."""
    found: dict[str, Lead] = {}
    for point in sorted(history, key=lambda point: point.interval.end):
        if point.lead is not None and point.champion_id is not None and point.interval.end < interval.end:
            found[point.champion_id] = point.lead
    if watch is not None and watch.lead is not None:
        found[watch.champion_id] = watch.lead
    return list(found.values())


def _days(number: float) -> timedelta:
    return timedelta(days=min(number, 36_500.0))  # a century stands for ever
