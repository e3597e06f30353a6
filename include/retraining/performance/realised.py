"""Realised performance of the champion: the labels that arrived, against its holdout."""

from typing import Literal

import numpy as np

from include.retraining.errors import DataError
from include.retraining.metrics.bootstrap import Resampled, bootstrap_all, drop_between, resample
from include.retraining.metrics.catalogue import Metric, get_metric, metrics_for
from include.retraining.metrics.figures import tolerated_drop, write_estimate, write_figure
from include.retraining.performance.segments import Labelled, segment_performance
from include.retraining.results.performance import Estimate, PerformanceResult
from include.retraining.results.run import JoinHealth
from include.retraining.spec.model import ModelSpec

Verdict = Literal["steady", "dropped", "too_few_labels", "no_labels", "not_joinable"]


def check_performance(
    spec: ModelSpec,
    *,
    current: Labelled | None,
    reference: Labelled | None,
    join: JoinHealth | None = None,
    seed: int = 0,
) -> PerformanceResult:
    """Judge the champion by the labels that arrived in an interval.

    The verdict is `dropped` when the drop against the champion's holdout is both larger than tolerated
    (point estimate) and beyond doubt (the lower bound of its bootstrap interval is above 0).
    Rows with a missing label, or a label of a class unknown to the model, are left out and counted in the text.

    Parameters
    ----------
    current
        The rows whose labels arrived; None or empty when none did.
    reference
        The holdout rows of the champion with its predictions; without them no drop can be judged.
    join
        How labels met their rows; when not usable nothing is judged.
    """
    metric = get_metric(spec.metric, spec.task)
    if join is not None and not join.usable:
        return _unjudged("not_joinable", metric, spec, f"Labels cannot be joined to their rows: {join.note}")
    if current is None or len(current) == 0:
        return _unjudged("no_labels", metric, spec, "No labels arrived in this interval.")
    rows, left_out = known_labels(current, spec)
    if len(rows) < spec.labels.minimum:
        text = f"Too few labels to judge: {len(rows):,} arrived, `labels.minimum` asks for {spec.labels.minimum:,}."
        return _unjudged("too_few_labels", metric, spec, text + left_out)
    now = resample(metric, rows.y, rows.prediction, seed=seed)
    try:
        now.estimate(spec.performance.confidence)
    except DataError as error:
        return _unjudged("too_few_labels", metric, spec, f"Too few labels to judge: {error}.{left_out}")
    holdout = None if reference is None else known_labels(reference, spec)[0]
    return _judge(metric, spec, rows, now, holdout, left_out, seed)


def known_labels(rows: Labelled, spec: ModelSpec) -> tuple[Labelled, str]:
    """Leave out rows whose label is missing or of an unknown class; say how many, or nothing."""
    known = np.isfinite(rows.y) if spec.task == "regression" else rows.y >= 0
    unknown = int((~known).sum())
    what = "without a number" if spec.task == "regression" else "missing or of a class that the model does not know"
    return rows.only(known), f" {unknown:,} labels {what} are left out." if unknown else ""


def _judge(
    metric: Metric,
    spec: ModelSpec,
    rows: Labelled,
    now: Resampled,
    reference: Labelled | None,
    left_out: str,
    seed: int,
) -> PerformanceResult:
    confidence = spec.performance.confidence
    realised = now.estimate(confidence)
    then, drop = _reference(metric, reference, spec, seed), None
    before = None if then is None else then.estimate(confidence)
    tolerated = spec.performance.maximum_drop or 0.0
    verdict: Verdict = "steady"
    text = f"{_start(metric, realised)}; there is no reference to compare with."
    if then is not None and before is not None:
        tolerated = tolerated_drop(spec.performance, before.value)
        drop = drop_between(then, now, confidence)
        verdict = "dropped" if drop.value > tolerated and drop.low > 0 else "steady"
        text = _sentence(metric, realised, before, drop, tolerated)
    others = [other for other in metrics_for(spec.task) if other.name != metric.name]
    metrics = bootstrap_all(others, rows.y, rows.prediction, confidence=confidence, seed=seed)
    return PerformanceResult(
        verdict=verdict,
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        reference=before,
        realised=realised,
        drop=drop,
        maximum_drop=tolerated,
        metrics=dict(sorted({**metrics, metric.name: realised}.items())),
        segments=segment_performance(metric, rows, reference, confidence=confidence, seed=seed),
        text=text + left_out,
    )


def _reference(metric: Metric, rows: Labelled | None, spec: ModelSpec, seed: int) -> Resampled | None:
    """Resample the holdout; None where the metric is not defined there, as after a change of the metric."""
    if rows is None:
        return None
    try:
        found = resample(metric, rows.y, rows.prediction, seed=seed + 1)  # not with the draws of the current rows
        found.estimate(spec.performance.confidence)
    except DataError:
        return None
    return found


def _unjudged(verdict: Verdict, metric: Metric, spec: ModelSpec, text: str) -> PerformanceResult:
    return PerformanceResult(
        verdict=verdict,
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        reference=None,
        realised=None,
        drop=None,
        maximum_drop=spec.performance.maximum_drop or 0.0,
        metrics={},
        text=text,
    )


def _start(metric: Metric, realised: Estimate) -> str:
    text = f"{metric.label} {write_estimate(realised)} on {realised.n:,} labels"
    return text[0].upper() + text[1:]


def _sentence(metric: Metric, realised: Estimate, before: Estimate, drop: Estimate, tolerated: float) -> str:
    start = f"{_start(metric, realised)}, against {write_figure(before.value)} on the champion's holdout"
    better, worse = ("gain", "drop") if metric.greater_is_better else ("fall", "rise")
    if drop.value <= 0:
        return f"{start}: a {better} of {write_figure(-drop.value)}."
    size = f"{start}: a {worse} of {write_figure(drop.value)}"
    if drop.value <= tolerated:
        return f"{size}, within the tolerated {write_figure(tolerated)}."
    if drop.low <= 0:
        return (
            f"{size}, more than the tolerated {write_figure(tolerated)}, but it may be chance: its interval reaches 0."
        )
    return f"{size}, more than the tolerated {write_figure(tolerated)}."
