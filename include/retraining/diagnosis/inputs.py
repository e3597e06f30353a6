"""Have the inputs moved, and does it hurt?"""

from collections.abc import Iterator

from include.retraining.diagnosis.answer import NAMED, diagnosis, moved_inputs
from include.retraining.results.diagnosis import Diagnosis
from include.retraining.results.drift import DriftResult
from include.retraining.results.performance import PerformanceResult


def moved_data(drift: DriftResult | None, performance: PerformanceResult | None) -> Iterator[Diagnosis]:
    """Harmful where a drop is clear, estimated, or cannot be ruled out; benign otherwise; nothing if inputs stayed."""
    names = moved_inputs(drift)
    if drift is None or not names:
        return
    moved = f"{drift.summary}: {', '.join(names[:NAMED])}"
    harm = _harm(performance)
    if harm is not None:
        sure = "high" if performance is not None and performance.clear else "medium"
        yield diagnosis("harmful_data_drift", sure, f"{moved}. {harm}")
        return
    confidence, text = _cost(performance)
    yield diagnosis("benign_data_drift", confidence, f"{moved}. {text}")


def _harm(performance: PerformanceResult | None) -> str | None:
    """What the moved inputs cost, if anything."""
    if performance is None:
        return None
    if performance.clear:
        return performance.text
    estimated = performance.estimated
    if estimated is None or estimated.verdict == "not_estimable":
        return None
    if estimated.verdict == "outside_reference":
        return estimated.text
    return estimated.text if _estimated_drop(performance) else None


def _cost(performance: PerformanceResult | None) -> tuple[str, str]:
    """How sure it is that moved inputs do no harm, and why."""
    if performance is not None and performance.verdict == "steady":
        return "high", "Performance holds."
    if performance is not None and performance.verdict == "dropped":
        return "low", f"{performance.text} That may be chance: nothing else supports it."
    if performance is not None and estimate_holds(performance):
        return "medium", "Performance is estimated to hold."
    return "low", "What it costs is not known."


def _estimated_drop(performance: PerformanceResult) -> bool:
    """Whether the estimate is worse than tolerated, and beyond its own doubt worse than the reference."""
    estimated, reference = performance.estimated, performance.reference
    if estimated is None or estimated.value is None or reference is None:
        return False
    if estimated.expected_low is None or estimated.expected_high is None:
        return False
    sign = 1 if performance.greater_is_better else -1
    best = estimated.expected_high if performance.greater_is_better else estimated.expected_low
    drop = sign * (reference.value - estimated.value)
    return drop > performance.maximum_drop and sign * (reference.value - best) > 0


def estimate_holds(performance: PerformanceResult) -> bool:
    """Whether performance is estimated, and not to have dropped."""
    estimated = performance.estimated
    return estimated is not None and estimated.verdict == "estimated" and not _estimated_drop(performance)
