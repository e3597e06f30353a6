"""Limits for tails that resamples do not reach: the metric without each block of time in turn.

Where many questions share one error, each is asked at a fraction of a percent, and the 0.1% quantile of a few hundred
resamples is little more than their smallest value. The jackknife over the same blocks that the bootstrap draws (both:
H. R. Kuensch, Annals of Statistics 17 (1989)) needs no resampling, and its standard error is the most reliable of those
for few and unequal blocks (J. G. MacKinnon, M. O. Nielsen and M. D. Webb, Journal of Applied Econometrics 38 (2023)).
Limits are those of Student's t, with as many degrees of freedom as there are effective blocks, n^2 / sum of n_b^2, less
one: blocks of unequal size count for fewer (A. V. Carter, K. T. Schnepel and D. G. Steigerwald, Review of Economics and
Statistics 99 (2017)).

Measured on 80 segments of 70 rows in 14 blocks, equal models, no tolerance: some segment is found worse in 4.8% of 600
comparisons where 5% are allowed; with limits from 200 resamples of blocks in 8.5% of 200.
"""

import numpy as np
from scipy.special import stdtrit

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.results.performance import Estimate


def jackknife_gain(
    metric: Metric, y: np.ndarray, old: np.ndarray, new: np.ndarray, *, blocks: np.ndarray, error: float
) -> Estimate:
    """Estimate how much better `new` predicts than `old` on the same rows; positive is better.

    Parameters
    ----------
    blocks
        Number of each row's block, from 0, as `time_blocks` gives it; there must be two at least.
    error
        Chance that the lower limit lies too high, and that the upper one lies too low.

    Raises
    ------
    DataError
        When the metric is not defined on these rows, or not without one of the blocks.

    Examples
    --------
    >>> from include.retraining.metrics.catalogue import MAE
    >>> y, blocks = np.zeros(8), np.repeat(np.arange(4), 2)
    >>> old, new = np.array([2.0, 2, 3, 3, 2, 2, 3, 3]), np.ones(8)
    >>> found = jackknife_gain(MAE, y, old, new, blocks=blocks, error=0.025)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (1.5, 0.58, 2.42)
    """
    evaluate_old, evaluate_new = (metric.block_evaluator(y, one, blocks) for one in (old, new))

    def gain(weights: np.ndarray) -> float:
        return metric.gain(evaluate_old(weights), evaluate_new(weights))

    sizes = np.bincount(blocks)
    value = gain(np.ones(len(sizes)))
    without = np.array([gain(others) for others in 1.0 - np.eye(len(sizes))])
    if not (np.isfinite(value) and np.isfinite(without).all()):
        message = f"{metric.label} is not defined on all parts of these {len(y)} rows: {metric.undefined}"
        raise DataError(message)
    deviation = np.sqrt((len(sizes) - 1) / len(sizes) * ((without - value) ** 2).sum())
    freedom = max(float(sizes.sum() ** 2 / (sizes**2).sum()) - 1, 1.0)
    margin = float(stdtrit(freedom, 1 - error) * deviation)
    return Estimate(value=value, low=value - margin, high=value + margin, confidence=1 - 2 * error, n=len(y))
