"""Which window a challenger learns from: each candidate is compared on the same newest labels, and the winner stays.

More rows are worth having unless fewer newer ones are clearly better: among windows that are no more than one standard
error behind the best one, the longest is chosen (the one-standard-error rule: Breiman, Friedman, Olshen and Stone 1984,
Classification and Regression Trees, section 3.4.3). Without it, a model with nothing to gain would now and then be
trained on a fraction of its rows by luck.
"""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

from include.retraining.metrics.bootstrap import MINIMUM_RESAMPLES, bootstrap_gain
from include.retraining.metrics.catalogue import Metric

# Of the interval from which the standard error is taken.
_CONFIDENCE = 0.95


def pick_winner(
    metric: Metric,
    y: np.ndarray,
    predictions: Mapping[str, np.ndarray],
    *,
    blocks: np.ndarray,
    seed: int = 0,
) -> str:
    """Name the window whose model is to be the challenger.

    Parameters
    ----------
    predictions
        Of the same rows, by each window's model, the longest window first.
    blocks
        Number of each row's block of time.

    Raises
    ------
    DataError
        When the metric is not defined on these rows.
    """
    names = list(predictions)
    figures = {name: metric(y, predictions[name]) for name in names}
    best = max(names, key=lambda name: metric.gain(0.0, figures[name]))
    for name in names:
        if name == best:
            break
        ahead = bootstrap_gain(
            metric,
            y,
            predictions[name],
            predictions[best],
            confidence=_CONFIDENCE,
            seed=seed,
            resamples=MINIMUM_RESAMPLES,
            blocks=blocks,
        )
        error = (ahead.high - ahead.low) / 2 / NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)
        if ahead.value <= error:
            return name
    return best
