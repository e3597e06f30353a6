"""Champion and challenger on the same holdout rows, and whether the challenger should take over.

Five rules, by why the challenger was trained:

- after a drop, drift or by hand (`better`): the lower bound of the gain must exceed `promotion.minimum_gain`. Between
  two equally good models "any improvement" promotes about every second time, this rule in 2.5% at 95% confidence.
- after a change that other labels have confirmed (`confirmed`): no worse in the point estimate, which need not prove
  once more, on a short holdout, what the probe has shown over several intervals.
- routine (`refresh`): no worse than the tolerance beyond doubt, and no worse at all in the point estimate. A refresh is
  wanted for its newer data; it need not prove a gain, only that it does no harm (a non-inferiority test:
  Wellek 2010, Testing Statistical Hypotheses of Equivalence and Noninferiority, chapter 1).
- stale champion (`stale`): not worse beyond doubt. Models of this kind are known to lose with time, which the holdout
  hardly shows: before it learns the holdout too, the challenger is newer by what is left of a few intervals.
- no champion yet: it must beat the best constant prediction beyond doubt.

Rows of one day are not independent, so the interval of a gain comes from blocks of time.

A challenger that passes its rule must also hold the guardrails (`guardrails/`).
"""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd

from include.retraining.errors import DataError
from include.retraining.metrics.bootstrap import bootstrap_estimate, bootstrap_gain, time_blocks, widen_for_blocks
from include.retraining.metrics.catalogue import get_metric
from include.retraining.metrics.figures import tolerated_drop, write_estimate, write_figure
from include.retraining.results.performance import Estimate
from include.retraining.results.training import Comparison, Gate, Reason, Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.guardrails import guarded
from include.retraining.training.sides import LABEL, Sides, best_constant, same_classes

# Tolerated loss of a refresh when the model file names none: a quarter of the drop that would raise an alarm. A gain
# that is smaller is not worth another training soon.
TOLERANCE_SHARE = 0.25


def compare(
    spec: ModelSpec,
    *,
    challenger: Training,
    y: np.ndarray,
    challenger_prediction: np.ndarray,
    rows: pd.DataFrame | None = None,
    champion: Training | None = None,
    champion_prediction: np.ndarray | None = None,
    gate: Gate = "better",
) -> Comparison:
    """Compare a challenger with the champion on the challenger's holdout.

    Rows that the champion was trained on, and rows of a class that the challenger does not know, are left out.

    Parameters
    ----------
    y
        Truth of the holdout rows, encoded by the challenger's classes.
    rows
        The holdout rows: event time (UTC), declared segments, and for classes their names (`LABEL`), also of those that
        the challenger does not know; needed with a champion.
    champion_prediction
        The champion's predictions of the same rows, in the champion's own class order; needed with a champion.
    gate
        What the challenger has to prove.

    Raises
    ------
    DataError
        When the arrays do not belong together, or the two models know different classes of a binary target.
    """
    known = np.isfinite(y) if spec.task == "regression" else y >= 0
    if champion is None:
        comparison = _against_constant(spec, challenger, y[known], challenger_prediction[known])
        return guarded(comparison, spec, challenger)
    if champion_prediction is None or rows is None or not len(y) == len(rows) == len(champion_prediction):
        raise DataError("a comparison needs truth, time and both predictions of each holdout row")
    times = rows[spec.data.time]
    unseen = np.asarray(times >= champion.train.end, dtype=bool)
    fresh = known & unseen
    old, new, classes = same_classes(champion, champion_prediction[fresh], challenger, challenger_prediction[fresh])
    if champion.training_id == challenger.training_id:
        reason = Reason(code="same_model", text="The challenger is the champion: same rows, trainer and parameters.")
        return _keep(spec, challenger, champion, int(fresh.sum()), reason)
    if fresh.sum() < spec.labels.minimum:
        return _keep(spec, challenger, champion, int(fresh.sum()), _too_few(spec, champion, int(fresh.sum())))
    sides = Sides(
        y=y[fresh],
        champion=old,
        challenger=new,
        classes=classes,
        blocks=time_blocks(times[fresh].dt.tz_convert(None).to_numpy("datetime64[us]")),
        segments=rows.loc[fresh, [name for name in spec.data.segments if name in rows]],
        unknown=Counter(rows.loc[unseen & ~known, LABEL]) if LABEL in rows else {},
    )
    return _against_champion(spec, challenger, champion, sides, gate)


def _against_champion(
    spec: ModelSpec, challenger: Training, champion: Training, sides: Sides, gate: Gate
) -> Comparison:
    metric, confidence, seed = get_metric(spec.metric, spec.task), spec.promotion.confidence, spec.trainer.seed
    y, old, new, blocks = sides.y, sides.champion, sides.challenger, sides.blocks
    try:
        before = bootstrap_estimate(metric, y, old, confidence=confidence, seed=seed)
        after = bootstrap_estimate(metric, y, new, confidence=confidence, seed=seed)
        gain = bootstrap_gain(metric, y, old, new, confidence=confidence, seed=seed, blocks=blocks)
        gain = widen_for_blocks(gain, blocks)
    except DataError as error:
        reason = Reason(code="not_defined", text=f"The models cannot be compared: {error}.")
        return _keep(spec, challenger, champion, len(y), reason)
    start = (
        f"{metric.label} {write_figure(after.value)} against the champion's {write_figure(before.value)} on the same "
        f"{len(y):,} rows: {_change(gain)}"
    )
    if np.array_equal(old, new):
        start += (
            " (both predict the same: before it learns these rows too, the challenger knows what the champion knows)"
        )
    promote, reason = judge_gain(spec, gain, before, gate, start)
    comparison = Comparison(
        metric=metric.name,
        champion_id=champion.training_id,
        challenger_id=challenger.training_id,
        champion=before,
        challenger=after,
        difference=gain,
        rows=len(y),
        promote=promote,
        reasons=(reason,),
        notable=refresh_tolerance(spec, before.value),
    )
    return guarded(comparison, spec, challenger, champion, sides)


def refresh_tolerance(spec: ModelSpec, before: float) -> float:
    """How much worse a refresh may be, and how much better it has to be to matter, in metric units.

    Parameters
    ----------
    before
        The champion's figure on the rows of the comparison.
    """
    declared = spec.promotion.tolerance
    return TOLERANCE_SHARE * tolerated_drop(spec.performance, before) if declared is None else declared


def judge_gain(
    spec: ModelSpec, gain: Estimate, before: Estimate, gate: Gate, start: str = "The challenger"
) -> tuple[bool, Reason]:
    """Judge a measured gain by the rule that fits the occasion.

    Parameters
    ----------
    before
        The champion's figure on the same rows.
    start
        How the reason's sentence begins.
    """
    rules: dict[Gate, Callable[[], tuple[bool, Reason]]] = {
        "better": lambda: _triggered(spec, gain, start),
        "confirmed": lambda: _confirmed(gain, start),
        "refresh": lambda: _refresh(spec, gain, before, start),
        "stale": lambda: _stale(gain, start),
    }
    return rules[gate]()


def _confirmed(gain: Estimate, start: str) -> tuple[bool, Reason]:
    verdict = "no worse, and newer" if gain.value >= 0 else "worse all the same"
    text = f"{start}; newer rows have done better on other labels already, and it is {verdict}."
    return _not_worse(gain.value, ("newer_and_no_worse", "newer_but_worse"), text, "confirmed by the probe")


def _stale(gain: Estimate, start: str) -> tuple[bool, Reason]:
    verdict = "not worse beyond doubt" if gain.high >= 0 else "worse beyond doubt"
    text = f"{start}; models of this kind go stale, and the newer one is {verdict}."
    codes = ("newer_and_not_proven_worse", "newer_but_proven_worse")
    return _not_worse(gain.high, codes, text, "the first champion's staleness")


def _not_worse(figure: float, codes: tuple[str, str], text: str, origin: str) -> tuple[bool, Reason]:
    """Promote where a figure of the gain is not negative; the codes are those of yes and no."""
    promote = figure >= 0
    code = codes[0] if promote else codes[1]
    return promote, Reason(code=code, text=text, figure=figure, threshold=0.0, origin=origin, veto=not promote)


def _triggered(spec: ModelSpec, gain: Estimate, start: str) -> tuple[bool, Reason]:
    required = spec.promotion.minimum_gain
    promote = gain.low > required
    verdict = "exceeds" if promote else "does not exceed"
    text = f"{start}; the lower bound {write_figure(gain.low)} {verdict} the required {write_figure(required)}."
    code = "gain_proven" if promote else "gain_not_proven"
    return promote, Reason(
        code=code, text=text, figure=gain.low, threshold=required, origin="promotion.minimum_gain", veto=not promote
    )


def _refresh(spec: ModelSpec, gain: Estimate, before: Estimate, start: str) -> tuple[bool, Reason]:
    tolerance = refresh_tolerance(spec, before.value)
    safe = gain.low > -tolerance
    promote = safe and gain.value >= 0
    if not safe:
        text = (
            f"{start}; it may be worse by {write_figure(-gain.low)}, more than the tolerated {write_figure(tolerance)}."
        )
    else:
        verdict = "no worse" if promote else "worse, though within the tolerance"
        text = f"{start}; a refresh must not be worse, and it is {verdict} (tolerated {write_figure(tolerance)})."
    code = "refresh_harmless" if promote else "refresh_not_harmless"
    undeclared = spec.promotion.tolerance is None
    origin = "a quarter of performance.maximum_drop" if undeclared else "promotion.tolerance"
    return promote, Reason(code=code, text=text, figure=gain.low, threshold=-tolerance, origin=origin, veto=not promote)


def _against_constant(spec: ModelSpec, challenger: Training, y: np.ndarray, prediction: np.ndarray) -> Comparison:
    metric, confidence, seed = get_metric(spec.metric, spec.task), spec.promotion.confidence, spec.trainer.seed
    constant = best_constant(metric, y, prediction)
    after = bootstrap_estimate(metric, y, prediction, confidence=confidence, seed=seed)
    gain = bootstrap_gain(metric, y, constant, prediction, confidence=confidence, seed=seed)
    promote = gain.low > 0
    verdict = "beyond doubt" if promote else "which may be chance"
    text = (
        f"No champion yet. {metric.label} {write_estimate(after)} on {len(y):,} holdout rows, against "
        f"{write_figure(metric(y, constant))} for the best constant prediction: {_change(gain)}, {verdict}."
    )
    reason = Reason(
        code="beats_constant" if promote else "constant_not_beaten",
        text=text,
        figure=gain.low,
        threshold=0.0,
        origin="best constant prediction",
        veto=not promote,
    )
    return Comparison(
        metric=metric.name,
        champion_id=None,
        challenger_id=challenger.training_id,
        champion=None,
        challenger=after,
        difference=None,
        rows=len(y),
        promote=promote,
        reasons=(reason,),
    )


def _keep(spec: ModelSpec, challenger: Training, champion: Training, rows: int, reason: Reason) -> Comparison:
    return Comparison(
        metric=spec.metric,
        champion_id=champion.training_id,
        challenger_id=challenger.training_id,
        champion=None,
        challenger=challenger.holdout_metric,
        difference=None,
        rows=rows,
        promote=False,
        reasons=(reason.model_copy(update={"veto": True}),),
    )


def _too_few(spec: ModelSpec, champion: Training, rows: int) -> Reason:
    text = (
        f"Only {rows:,} labelled holdout rows lie after the champion's training rows, which end at "
        f"{champion.train.end:%Y-%m-%d %H:%M} UTC; `labels.minimum` asks for {spec.labels.minimum:,} to compare on."
    )
    return Reason(
        code="too_few_rows",
        text=text,
        figure=float(rows),
        threshold=float(spec.labels.minimum),
        origin="labels.minimum",
    )


def _change(gain: Estimate) -> str:
    if gain.value >= 0:
        return f"better by {write_estimate(gain)}"
    return f"worse, a difference of {write_estimate(gain)}"
