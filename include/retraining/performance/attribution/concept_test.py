"""Did the relation change? Losses beyond those that the moved features explain, then and now."""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from include.retraining.errors import DataError
from include.retraining.performance.attribution.weights import Weighting, weigh
from include.retraining.performance.permutation import change_of_means, design_effect, holm, weighted_mean
from include.retraining.performance.regions import value_regions
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.concept import ConceptTest, SegmentConcept
from include.retraining.results.performance import Estimate
from include.retraining.spec.model import Task

# Fewest rows of a sample, and of a segment in each sample.
MINIMUM_ROWS = 30
MINIMUM_SEGMENT_ROWS = 15


def concept_test(
    reference: LabelledRows, current: LabelledRows, task: Task, *, confidence: float = 0.95, seed: int = 0
) -> ConceptTest:
    """Test whether losses changed while like is compared with like, overall and in each declared segment.

    The reference is weighted to look like the current rows, and from each loss the one to expect there is taken off,
    so that rows that are merely harder to predict are not taken for a changed relation. Rows are then dealt anew; where
    rows of a day share their errors, a difference counts for less.
    """
    reference, current = reference.only(reference.usable(task)), current.only(current.usable(task))
    if min(len(reference), len(current)) < MINIMUM_ROWS:
        text = f"Not enough evidence: {len(reference):,} reference and {len(current):,} current rows; "
        return ConceptTest(p_value=None, rise=None, text=text + f"each needs {MINIMUM_ROWS}.")
    try:
        weighting = weigh(reference, current, task, seed=seed)
    except DataError as error:
        return ConceptTest(p_value=None, rise=None, text=f"Not enough evidence: {error}.")
    return compare_losses(reference, current, task, weighting, confidence=confidence, seed=seed)


def compare_losses(
    reference: LabelledRows,
    current: LabelledRows,
    task: Task,
    weighting: Weighting,
    *,
    confidence: float,
    seed: int,
) -> ConceptTest:
    """Test with weights that are known already; all rows must be usable."""
    then = reference.losses(task) - weighting.expected_then
    now = current.losses(task) - weighting.expected_now
    p_value, rise = _test(then, now, weighting.weights, reference.days, confidence, seed)
    found = list(_segments(reference, current, then, now, weighting.weights, confidence, seed))
    adjusted = holm([segment.p_value for segment in found])
    segments = [segment.model_copy(update={"p_adjusted": p}) for segment, p in zip(found, adjusted, strict=True)]
    text = f"Losses changed by {rise.value:.3g} ({rise.low:.3g} to {rise.high:.3g}) beyond what moved rows explain"
    return ConceptTest(p_value=p_value, rise=rise, segments=tuple(segments), text=f"{text}; p = {p_value:.2g}.")


def _segments(
    reference: LabelledRows,
    current: LabelledRows,
    then: np.ndarray,
    now: np.ndarray,
    weights: np.ndarray,
    confidence: float,
    seed: int,
) -> Iterator[SegmentConcept]:
    for region in value_regions(reference.segments, current.segments, "declared"):
        if min(region.then.sum(), region.now.sum()) < MINIMUM_SEGMENT_ROWS:
            continue
        days = reference.days[region.then]
        p_value, rise = _test(then[region.then], now[region.now], weights[region.then], days, confidence, seed)
        value = region.words.removeprefix(f"{region.columns[0]} = ")
        rows = int(region.now.sum())
        yield SegmentConcept(
            column=region.columns[0], value=value, rows=rows, rise=rise, p_value=p_value, p_adjusted=p_value
        )


def _test(
    then: np.ndarray,
    now: np.ndarray,
    weights: np.ndarray,
    days: np.ndarray,
    confidence: float,
    seed: int,
) -> tuple[float, Estimate]:
    columns = then[:, None], now[:, None]
    change = change_of_means(*columns, weights, blocks=days, seed=seed)
    (before, before_error), (after, after_error) = weighted_mean(then, weights), weighted_mean(now)
    error = np.hypot(before_error, after_error) * np.sqrt(design_effect(columns[0], days)[0])
    margin = float(ndtri((1 + confidence) / 2) * error)
    value = after - before
    return change.p_value, Estimate(
        value=value, low=value - margin, high=value + margin, confidence=confidence, n=len(now)
    )
