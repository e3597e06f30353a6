"""Do models of this kind go stale? Asked once, of the history that the first champion learns from.

That history is cut into thirds of time. One model learns the first third, two others learn equally many rows, spread
evenly over the first two thirds; all predict the last third. Whoever learns more rows predicts better, and here nobody
does: what is left is what newer rows are worth. Most models in use lose with time, some soon and some hardly (D. Vela
and others, "Temporal quality degradation in AI models", Scientific Reports 12, 2022, who train on one span and measure
at many distances from it); how soon this one does says how often it is worth a refresh.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from include.retraining.columns import encode_target
from include.retraining.errors import DataError, TrainingError
from include.retraining.metrics.bootstrap import bootstrap_gain, time_blocks, widen_for_blocks
from include.retraining.metrics.catalogue import Metric, get_metric
from include.retraining.metrics.figures import write_estimate
from include.retraining.results.columns import Columns
from include.retraining.results.performance import Estimate
from include.retraining.results.staleness import Lead, Staleness
from include.retraining.spec.model import ModelSpec
from include.retraining.training.comparison import refresh_tolerance
from include.retraining.training.fit import event_times
from include.retraining.training.learn import fit_rows, usable
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.predict import predict

PARTS = 3
# Samples of the newer rows: one costs a third of a training, and the second halves the luck of the draw.
SAMPLES = 2


def measure_staleness(plan: TrainingPlan, spec: ModelSpec, interval: timedelta) -> Staleness:
    """Measure what newer rows are worth in a plan's history.

    Parameters
    ----------
    interval
        Length of an interval of the schedule: a part must be no shorter.
    """
    rows, y = usable(plan, spec, pd.concat([plan.split.train_rows, plan.split.holdout_rows]))
    times, start = rows[spec.data.time], plan.split.train.start
    part = (plan.split.holdout.end - start) / PARTS
    if part < interval:
        return _unknown(f"a third of the history, {part}, is shorter than an interval")
    older, newer = rows[times < start + part], rows[times < start + 2 * part]
    later = np.asarray(times >= start + 2 * part)
    if min(len(older), later.sum()) < spec.labels.minimum:
        return _unknown(f"a third of the history has fewer than {spec.labels.minimum:,} labels (`labels.minimum`)")
    samples = [newer.iloc[evenly(len(older), len(newer), sample)] for sample in range(SAMPLES)]
    if any(_classes(sample, plan, spec) < len(plan.classes) for sample in (older, *samples)):
        return _unknown("a third of the history lacks a class")
    metric, compared = get_metric(spec.metric, spec.task), rows[later]
    try:
        before, *after = (_predicted(plan, spec, learned, compared) for learned in (older, *samples))
        gains = [_gain(spec, metric, y[later], before, prediction, compared) for prediction in after]
        tolerance = refresh_tolerance(spec, metric(y[later], before))
    except (DataError, TrainingError) as error:  # fewer rows than the champion's may be refused: that one is trained
        return _unknown(str(error))
    lead = Lead(gain=mean_of(gains), newer_by=part)
    verdict = "they go stale" if lead.gain.low > 0 else "they are not shown to go stale"
    text = (
        f"Of models that learned {len(older):,} rows each, those whose rows end {part / timedelta(days=1):.3g} days "
        f"later predict the last third of the first history better by {write_estimate(lead.gain)}: {verdict}."
    )
    return Staleness(lead=lead, tolerance=tolerance, text=text)


def evenly(count: int, of: int, sample: int) -> np.ndarray:
    """Positions of `count` rows spread evenly over `of`; each of the samples has others, where there are enough.

    Examples
    --------
    >>> evenly(3, 6, 0), evenly(3, 6, 1)
    (array([0, 2, 4]), array([1, 3, 5]))
    """
    return np.asarray((np.arange(count) + sample / SAMPLES) * of / count, dtype=int)


def mean_of(gains: list[Estimate]) -> Estimate:
    """The mean of gains measured on the same rows; its interval is at most as wide as the mean of theirs."""
    low, value, high = np.mean([(gain.low, gain.value, gain.high) for gain in gains], axis=0)
    return gains[0].model_copy(update={"low": float(low), "value": float(value), "high": float(high)})


def _predicted(plan: TrainingPlan, spec: ModelSpec, learned: pd.DataFrame, compared: pd.DataFrame) -> np.ndarray:
    """Let a new model learn some rows, by what these have values of, and predict others."""
    filled = tuple(name for name in plan.columns.numeric if learned[name].notna().any())
    columns = Columns(numeric=filled, categorical=plan.columns.categorical)
    return predict(fit_rows(plan.model_copy(update={"columns": columns}), spec, learned), compared, columns, spec.task)


def _gain(
    spec: ModelSpec, metric: Metric, y: np.ndarray, before: np.ndarray, after: np.ndarray, rows: pd.DataFrame
) -> Estimate:
    blocks = time_blocks(event_times(rows, spec))
    confidence, seed = spec.promotion.confidence, spec.trainer.seed
    gain = bootstrap_gain(metric, y, before, after, confidence=confidence, seed=seed, blocks=blocks)
    return widen_for_blocks(gain, blocks)


def _classes(rows: pd.DataFrame, plan: TrainingPlan, spec: ModelSpec) -> int:
    return len(np.unique(encode_target(rows[spec.data.target], plan.classes))) if plan.classes else 0


def _unknown(why: str) -> Staleness:
    return Staleness(lead=None, text=f"Whether models of this kind go stale is not known: {why}.")
