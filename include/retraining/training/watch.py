"""A new champion beside the model that it replaced: does it lose, beyond doubt, although one looks several times?

Both predict the same rows, so the difference is resampled in pairs. Rows of one time share their luck (a day of
storms, a shift at a machine): whole blocks of neighbouring rows are drawn, not rows (the block bootstrap: Künsch 1989,
"The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17). The standard error of
few blocks is itself uncertain, which a t distribution with one degree of freedom less than blocks allows for
(Cameron, Gelbach and Miller 2008, "Bootstrap-Based Improvements for Inference with Clustered Errors", Review of
Economics and Statistics 90).

Each look asks twice: over all rows since the promotion, which finds small losses, and over the newer half of them,
which finds a champion that was right for a while and is not any more. Each of these 2 K questions takes an equal part
of the error that is allowed in all (Bonferroni), so that watching longer makes no rollback by chance more likely.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.results.performance import Estimate

# Ample for a standard error: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 6.
RESAMPLES = 400
# All rows since the promotion, and the newer half of them.
QUESTIONS = 2
# From a week on, each day is a block: what rows of one day share is seen. Cameron, Gelbach and Miller (2008) call five
# to thirty blocks few, but still of use with a t distribution.
MINIMUM_DAYS = 7
# Before, rows are cut into so many blocks.
BLOCKS_BEFORE = 20
# Share of the resamples on which the metric must be defined, as in `metrics.bootstrap`.
MINIMUM_DEFINED = 0.5


@dataclass(frozen=True)
class SideBySide:
    """Rows in time order, with the predictions of both models."""

    metric: Metric
    y: np.ndarray
    champion: np.ndarray
    previous: np.ndarray
    times: np.ndarray

    def newer_half(self) -> "SideBySide":
        """The later half of the rows."""
        later = slice(len(self.y) // 2, None)
        return SideBySide(self.metric, self.y[later], self.champion[later], self.previous[later], self.times[later])


def look_at(
    rows: SideBySide, *, confidence: float, looks: int, minimum: int, seed: int
) -> tuple[Estimate, Estimate | None]:
    """Estimate how much better the champion predicts than its predecessor; positive is better.

    Parameters
    ----------
    confidence
        Chance that no look at equally good models finds the champion worse.
    looks
        How often one looks in all.
    minimum
        Fewest rows worth a question of their own.

    Returns
    -------
    tuple
        Over all rows, and over the newer half, unless that has too few rows, or too few days where all rows have
        enough. The champion loses where one of the upper bounds is below zero.

    Raises
    ------
    DataError
        When the metric is not defined on all rows.
    """
    error = (1 - confidence) / looks / QUESTIONS
    everything, half = difference(rows, error=error, seed=seed), rows.newer_half()
    if len(half.y) < minimum or _in_days(rows.times) != _in_days(half.times):
        return everything, None
    try:
        return everything, difference(half, error=error, seed=seed)
    except DataError:  # as one class only
        return everything, None


def difference(rows: SideBySide, *, error: float, seed: int) -> Estimate:
    """Estimate the champion's gain over its predecessor; either bound is wrong with the probability `error`.

    Raises
    ------
    DataError
        When the metric is not defined on these rows.
    """
    metric, y, blocks = rows.metric, rows.y, blocks_of(rows.times)
    count = int(blocks.max()) + 1
    evaluate_old, evaluate_new = (metric.block_evaluator(y, one, blocks) for one in (rows.previous, rows.champion))

    def gain(weights: np.ndarray) -> float:
        return metric.gain(evaluate_old(weights), evaluate_new(weights))

    generator = np.random.default_rng(seed)
    draws = (np.bincount(generator.integers(0, count, count), minlength=count) for _ in range(RESAMPLES))
    value = gain(np.ones(count))
    values = np.array([gain(draw.astype(float)) for draw in draws])
    values = values[np.isfinite(values)]
    if not np.isfinite(value) or len(values) < MINIMUM_DEFINED * RESAMPLES:
        message = f"{metric.label} is not defined on these {len(y)} rows: {metric.undefined}"
        raise DataError(message)
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
    if _in_days(times):
        days: np.ndarray = np.unique(times.astype("datetime64[D]"), return_inverse=True)[1]
        return days
    return np.arange(len(times)) * min(len(times), BLOCKS_BEFORE) // len(times)


def _in_days(times: np.ndarray) -> bool:
    return len(np.unique(times.astype("datetime64[D]"))) >= MINIMUM_DAYS
