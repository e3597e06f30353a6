"""No segment may become worse beyond doubt, and by more than a tolerance.

Of each segment one asks whether the challenger's loss on its rows exceeds the tolerance (non-inferiority: Wellek 2010,
Testing Statistical Hypotheses of Equivalence and Noninferiority, chapter 1), paired and over the same blocks of time
as the whole; by the jackknife, since each of many segments is asked at a small error. Only a loss beyond doubt breaks
the guardrail: small segments say little, and to demand of each of fifty that it prove to be harmless would keep every
challenger out.
"""

from collections.abc import Iterator

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric, get_metric
from include.retraining.metrics.figures import tolerated_drop, write_estimate, write_figure
from include.retraining.metrics.jackknife import jackknife_gain
from include.retraining.results.guardrails import Guardrail, SegmentGain
from include.retraining.results.performance import Estimate
from include.retraining.spec.model import ModelSpec
from include.retraining.training.sides import Sides

# A column with thousands of values is an identifier; as many segments as a report shows of one column are enough.
MAXIMUM_SEGMENTS = 50
# Fewer blocks of time say next to nothing about their spread: Cameron, Gelbach and Miller (2008), "Bootstrap-Based
# Improvements for Inference with Clustered Errors", Review of Economics and Statistics 90, call five few.
MINIMUM_BLOCKS = 5
_MISSING = "(missing)"


def find_segments(sides: Sides, spec: ModelSpec) -> list[tuple[str, str, Sides]]:
    """Column, value and rows of each segment that has `labels.minimum` rows, spread over enough blocks of time."""
    found = []
    for column in sides.segments.columns:
        for value, rows in _split(sides, column):
            if len(rows.y) >= spec.labels.minimum and rows.block_count >= MINIMUM_BLOCKS:
                found.append((str(column), value, rows))
    return found


def _split(sides: Sides, column: str) -> Iterator[tuple[str, Sides]]:
    """Yield the segments of a column, largest first."""
    values = sides.segments[column].astype("str").fillna(_MISSING)
    for value in values.value_counts().index[:MAXIMUM_SEGMENTS]:
        yield str(value), sides.only((values == value).to_numpy(dtype=bool))


def judge_segments(
    segments: list[tuple[str, str, Sides]], spec: ModelSpec, error: float
) -> tuple[Guardrail, tuple[SegmentGain, ...]]:
    """Judge each segment; those that broke come first, then the worst.

    Parameters
    ----------
    error
        Chance that a segment with no more than the tolerated loss is found broken.
    """
    metric = get_metric(spec.metric, spec.task)
    gains = [gain for entry in segments if (gain := _gain(*entry, metric, spec, error)) is not None]
    gains.sort(key=lambda found: (not found.broken, found.gain.value, found.column, found.value))
    return _verdict(spec, gains), tuple(gains)


def _gain(column: str, value: str, rows: Sides, metric: Metric, spec: ModelSpec, error: float) -> SegmentGain | None:
    """Gain in one segment; None where the metric is not defined on its rows, as with one class only."""
    try:
        gain = jackknife_gain(metric, rows.y, rows.champion, rows.challenger, blocks=rows.blocks, error=error)
    except DataError:
        return None
    tolerance = segment_tolerance(spec, metric(rows.y, rows.champion))
    return SegmentGain(column=column, value=value, gain=gain, tolerance=tolerance, broken=gain.high < -tolerance)


def segment_tolerance(spec: ModelSpec, before: float) -> float:
    """What a segment may lose: declared, or what would raise an alarm if all rows lost it.

    Parameters
    ----------
    before
        The champion's figure in the segment.
    """
    declared = spec.promotion.segment_tolerance
    return tolerated_drop(spec.performance, before) if declared is None else declared


def _verdict(spec: ModelSpec, gains: list[SegmentGain]) -> Guardrail:
    if not spec.data.segments:
        return Guardrail(name="segments", verdict="off", text="No segments are declared in `data.segments`.")
    if not gains:
        text = (
            f"No segment has {spec.labels.minimum:,} of the rows (`labels.minimum`) on {MINIMUM_BLOCKS} or more parts "
            "of their time, so none is judged."
        )
        return Guardrail(name="segments", verdict="not_judged", text=text)
    broken, worst = [found for found in gains if found.broken], gains[0]
    described = f"{worst.column} = {worst.value}: {_written(worst.gain)} on {worst.gain.n:,} rows"
    limit = f"more than the tolerated {write_figure(worst.tolerance)}"
    many = f"{len(gains)} segment{'s' if len(gains) > 1 else ''}"
    if broken:
        text = f"In {len(broken)} of {many} it is worse beyond doubt, by {limit}; most in {described}."
    else:
        text = f"In none of {many} is it worse beyond doubt by {limit}; the least gain is in {described}."
    declared = spec.promotion.segment_tolerance is not None
    return Guardrail(
        name="segments",
        verdict="broken" if broken else "held",
        figure=worst.gain.high,
        threshold=-worst.tolerance,
        origin="promotion.segment_tolerance" if declared else "performance.maximum_drop, of the segment's figure",
        text=text,
    )


def _written(gain: Estimate) -> str:
    return f"{'better' if gain.value >= 0 else 'worse'}, {write_estimate(gain)}"
