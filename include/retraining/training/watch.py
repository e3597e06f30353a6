"""A new champion beside the model that it replaced: does it lose, beyond doubt, although one looks several times?

Both predict the same rows, so the difference is resampled in pairs. Rows of one time share their luck (a day of
storms, a shift at a machine): whole blocks of neighbouring rows are drawn, not rows (the block bootstrap: Künsch 1989,
"The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17). The standard error of
few blocks is itself uncertain, which a t distribution with one degree of freedom less than blocks allows for
(Cameron, Gelbach and Miller 2008, "Bootstrap-Based Improvements for Inference with Clustered Errors", Review of
Economics and Statistics 90).

Each of K looks takes the K-th part of the error that is allowed in all (Bonferroni), so that watching longer does not
make a rollback by chance more likely.
"""

import numpy as np
from scipy.special import stdtrit

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.results import Estimate

# Ample for a standard error: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 6.
RESAMPLES = 400
# From a week on, each day is a block: what rows of one day share is seen. Cameron, Gelbach and Miller (2008) call five
# to thirty blocks few, but still of use with a t distribution.
MINIMUM_DAYS = 7
# Before, rows are cut into so many blocks.
BLOCKS_BEFORE = 20
# Share of the resamples on which the metric must be defined, as in `metrics.bootstrap`.
MINIMUM_DEFINED = 0.5


def side_by_side(
    metric: Metric,
    y: np.ndarray,
    champion: np.ndarray,
    previous: np.ndarray,
    times: np.ndarray,
    *,
    confidence: float,
    looks: int,
    seed: int,
) -> Estimate:
    """Estimate how much better the champion predicts than its predecessor; positive is better.

    Parameters
    ----------
    times
        When each row happened, in order: a block is a day, or a twentieth of the rows in the first week.
    confidence
        Chance that no look at equally good models finds the champion worse.
    looks
        How often one looks in all.

    Returns
    -------
    Estimate
        Two-sided; either bound holds with the confidence that a single look must have.

    Raises
    ------
    DataError
        When the metric is not defined on these rows.
    """
    blocks = blocks_of(times)
    count = int(blocks.max()) + 1
    evaluate_old, evaluate_new = metric.evaluator(y, previous), metric.evaluator(y, champion)

    def gain(weights: np.ndarray) -> float:
        return metric.gain(evaluate_old(weights), evaluate_new(weights))

    generator = np.random.default_rng(seed)
    draws = (np.bincount(generator.integers(0, count, count), minlength=count) for _ in range(RESAMPLES))
    value = gain(np.ones(len(y)))
    values = np.array([gain(draw[blocks].astype(float)) for draw in draws])
    values = values[np.isfinite(values)]
    if not np.isfinite(value) or len(values) < MINIMUM_DEFINED * RESAMPLES:
        message = f"{metric.label} is not defined on these {len(y)} rows: {metric.undefined}"
        raise DataError(message)
    error = (1 - confidence) / looks
    # drawn from so few blocks, resamples vary by (count - 1) / count too little, as a variance divided by n does
    margin = float(stdtrit(count - 1, 1 - error) * values.std() * np.sqrt(count / (count - 1)))
    return Estimate(value=value, low=value - margin, high=value + margin, confidence=1 - 2 * error, n=len(y))


def blocks_of(times: np.ndarray) -> np.ndarray:
    """Number the blocks of rows in time order: one for each day, or in the first week twenty of equally many rows.

    Examples
    --------
    >>> blocks_of(np.arange("2024-01-01", "2024-01-02", dtype="datetime64[h]"))[[0, 1, 2, 23]]
    array([ 0,  0,  1, 19])
    """
    days = np.unique(times.astype("datetime64[D]"), return_inverse=True)[1]
    if days[-1] + 1 >= MINIMUM_DAYS:
        return days
    return np.arange(len(times)) * min(len(times), BLOCKS_BEFORE) // len(times)
