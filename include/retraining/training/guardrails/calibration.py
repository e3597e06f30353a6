"""Probabilities must stay as honest as they were: the Brier score must not get worse beyond doubt.

Ranking metrics and those of the predicted class do not see whether a 30% means three of ten. The Brier score does: on
the same rows it falls with better calibration and with better separation of the classes (Murphy 1973, "A New Vector
Partition of the Probability Score", Journal of Applied Meteorology 12), so that a challenger which separates no worse
and has a worse score is worse calibrated. It is a strictly proper score (Gneiting and Raftery 2007, "Strictly Proper
Scoring Rules, Prediction, and Estimation", Journal of the American Statistical Association 102), needs no bins, and a
mean over rows has an interval. The expected calibration error has neither: it depends on the bins and is biased upwards
on few rows (Roelofs et al. 2022, "Mitigating Bias in Calibration Error Estimation", AISTATS).

Where a proper score decides anyway (log loss, Brier), the comparison itself has asked, and this guardrail is off.
"""

from include.retraining.metrics.catalogue import BRIER
from include.retraining.metrics.figures import DEFAULT_DROP_SHARE, write_estimate, write_figure
from include.retraining.metrics.jackknife import jackknife_gain
from include.retraining.results.guardrails import Guardrail
from include.retraining.spec.model import ModelSpec
from include.retraining.training.guardrails.segments import MINIMUM_BLOCKS
from include.retraining.training.sides import Sides

PROPER = ("log_loss", "brier")


def asks_calibration(spec: ModelSpec) -> bool:
    """Whether the metric that decides says nothing about calibration."""
    return spec.task != "regression" and spec.metric not in PROPER


def judge_calibration(sides: Sides, spec: ModelSpec, error: float) -> Guardrail:
    """Compare the Brier scores.

    Parameters
    ----------
    error
        Chance that a challenger with no more than the tolerated loss is found broken.
    """
    if not asks_calibration(spec):
        why = "a regression has no probabilities" if spec.task == "regression" else f"{spec.metric} decides already"
        return Guardrail(name="calibration", verdict="off", text=f"Calibration is not asked about: {why}.")
    if sides.block_count < MINIMUM_BLOCKS:
        text = f"Calibration is not judged: the rows lie on fewer than {MINIMUM_BLOCKS} parts of their time."
        return Guardrail(name="calibration", verdict="not_judged", text=text)
    gain = jackknife_gain(BRIER, sides.y, sides.champion, sides.challenger, blocks=sides.blocks, error=error)
    declared = spec.promotion.calibration_tolerance
    before = BRIER(sides.y, sides.champion)
    tolerance = DEFAULT_DROP_SHARE * before if declared is None else declared
    broken = gain.high < -tolerance
    verdict = "worse beyond doubt" if broken else "not worse beyond doubt"
    text = (
        f"The probabilities are {verdict} by more than the tolerated {write_figure(tolerance)}: the Brier score was "
        f"{write_figure(before)}, a gain of {write_estimate(gain)}."
    )
    return Guardrail(
        name="calibration",
        verdict="broken" if broken else "held",
        figure=gain.high,
        threshold=-tolerance,
        origin="5% of the champion's Brier score" if declared is None else "promotion.calibration_tolerance",
        text=text,
    )
