"""How much of a rise of the error would a model trained afresh take back?

A new relation can be learned; noise in the labels cannot. So a small model learns the champion's errors on the changed
rows from their features, each row left out once. What it predicts of them is what retraining would gain; the rest is
noise, which training on such labels would only copy. Labels swapped at random do flatten the relation, and that can
be learned: of a fifth swapped some 0.1 is taken back, of a half 0.4.
"""

import numpy as np

from include.retraining.performance.audit.fresh import cross_fit, design, thin
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.concept import Recovery
from include.retraining.spec.model import Task

# Rows learned from, at most: the work grows with the cube.
MAXIMUM_ROWS = 400
# Errors beyond these quantiles count as them: one mistyped label must not outweigh all others.
TAILS = (0.01, 0.99)


def recovery(reference: LabelledRows, changed: LabelledRows, task: Task, *, seed: int = 0) -> Recovery | None:
    """Share of the rise of the mean squared error that features explain afresh; None where it did not rise.

    Parameters
    ----------
    reference
        The champion's holdout.
    changed
        Rows whose labels it got wrong, in any order.
    """
    usual, rows = (side.only(side.usable(task)) for side in (reference, changed))
    if not len(usual) or len(rows) < 2:
        return None
    rows = rows.only(np.isin(np.arange(len(rows)), thin(len(rows), np.random.default_rng(seed), MAXIMUM_ROWS)))
    errors = _clipped(rows.residuals(task))
    rise = float((errors**2).sum(axis=1).mean() - (_clipped(usual.residuals(task)) ** 2).sum(axis=1).mean())
    if rise <= 0:
        return None
    left = errors - cross_fit(design(rows.features), errors)
    learned = float((errors**2).sum(axis=1).mean() - (left**2).sum(axis=1).mean())
    share = min(max(learned / rise, 0.0), 1.0)
    text = f"A model trained afresh on {len(rows):,} of these labels takes back {share:.0%} of the rise of the error."
    return Recovery(share=share, labels=len(rows), text=text)


def _clipped(errors: np.ndarray) -> np.ndarray:
    low, high = np.quantile(errors, TAILS, axis=0)
    clipped: np.ndarray = np.clip(errors, low, high)
    return clipped
