"""Did an error jump all at once, and did features and predictions stay where they were when it did?"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types
from scipy.stats import chi2_contingency, ks_2samp

from include.retraining.performance.audit.case import Suspicion, World, evidence_on
from include.retraining.performance.audit.fresh import cross_fit, design, thin
from include.retraining.performance.audit.rows import AuditRows
from include.retraining.results.audit import Evidence

# Rows just before the span that say where the error stood; with fewer the jump is not dated.
MINIMUM_BEFORE = 15
# A step must be e^3 times as likely as a steady rise: "strong" evidence (R. E. Kass and A. E. Raftery, "Bayes
# factors", Journal of the American Statistical Association 90, 1995).
STEP_EVIDENCE = 3.0
# Rises looked at, by the row at which they begin.
RAMPS = 60
# So many rows before a span, at most, show where features and predictions were.
MAXIMUM_BEFORE = 60
# A column moved when that is unlikely after Bonferroni's correction, and by enough to matter: largest difference
# of the distribution functions, or half the sum of the differences of the shares.
MOVED_LEVEL = 1e-3
MOVED_EFFECT = 0.2
# Such a move is the reason of an error when it explains this part of its rise.
EXPLAINED = 0.5


class Move(NamedTuple):
    """The column that moved most, with its corrected p-value."""

    column: str
    effect: float
    p_value: float

    @property
    def moved(self) -> bool:
        """Whether it is both unlikely and large."""
        return self.p_value <= MOVED_LEVEL and self.effect >= MOVED_EFFECT


def jump(world: World, suspicion: Suspicion) -> Evidence:
    """Judge whether an error rose all at once while features and predictions stayed."""
    rises = suspicion.signal.value[suspicion.unit.positions] - suspicion.signal.usual_value.mean()
    start = len(suspicion.before)
    dated = start >= MINIMUM_BEFORE
    at_once = dated and step_against_ramp(rises, start, start + len(suspicion.rows)) >= STEP_EVIDENCE
    move = largest_move(world, suspicion)
    moved = world.features_moved or (move.moved and explained_by_features(world, suspicion) >= EXPLAINED)
    steady = f"{move.column} moved too" if moved else "no move of features or predictions explains it"
    if not dated:
        how = "it is not known how the error came: the audited labels hold too few from before"
    elif at_once:
        how = f"the error came all at once on {world.rows.times[suspicion.rows[0]]:%d %B %Y}"
    else:
        how = "the error did not come all at once"
    return evidence_on(
        world,
        suspicion,
        "jump",
        found=at_once and not moved,
        statistic=suspicion.mean,
        unit="standard deviations of the error's normal score",
        p_value=suspicion.p_value,
        text=f"In {suspicion.unit.name} {how}; {steady}.",
    )


def step_against_ramp(values: np.ndarray, start: int, stop: int) -> float:
    """Logarithm of how much likelier a step from `start` to `stop` is than the likeliest steady rise to the end.

    Errors count as normal.

    Parameters
    ----------
    values
        An error less its usual level.
    """
    n = len(values)
    step = _left(values, np.repeat([0.0, 1.0, 0.0], [start, stop - start, n - stop]))
    rises = [np.maximum(0.0, np.arange(n) - first) for first in np.linspace(0, n - 2, min(n - 1, RAMPS)).astype(int)]
    ramp = min(_left(values, rise) for rise in rises)
    variance = float(np.var(values[start:stop])) or 1.0
    return (ramp - step) / (2 * variance)


def _left(values: np.ndarray, shape: np.ndarray) -> float:
    """Sum of squares that the best multiple of a shape leaves."""
    return float(values @ values - (shape @ values) ** 2 / (shape @ shape))


def largest_move(world: World, suspicion: Suspicion) -> Move:
    """Find the feature, or prediction, that moved most where the span begins.

    It is compared with the rows just before, or with the reference where they are too few. A slow move, as of a
    season, is no reason for a jump and does not count.
    """
    before = world.rows.only(suspicion.before[-MAXIMUM_BEFORE:])
    if len(before) < MINIMUM_BEFORE:
        before = world.reference
    after = world.rows.only(suspicion.rows)
    tests = [(str(name), *_difference(before.features[name], after.features[name])) for name in after.features]
    tests += [
        ("prediction", *_difference(pd.Series(one), pd.Series(other))) for one, other in _predictions(before, after)
    ]
    column, effect, p_value = min(tests, key=lambda test: test[2])
    return Move(column, effect, min(1.0, p_value * len(tests)))


def explained_by_features(world: World, suspicion: Suspicion) -> float:
    """Part of the rise of an error that a fresh model predicts from the features, without knowing the date.

    Weather moves from week to week and explains nothing of it; beans of a size never seen explain all of it.
    """
    generator = np.random.default_rng(world.seed)
    before = suspicion.before[-len(suspicion.rows) :]
    positions = np.concatenate([before, suspicion.rows])
    after = np.repeat([False, True], [len(before), len(suspicion.rows)])
    kept = thin(len(positions), generator)
    score, after = suspicion.signal.score[positions[kept]], after[kept]
    if after.all() or not after.any():
        return 1.0
    left = score - cross_fit(design(world.rows.features.iloc[positions[kept]]), score)
    rise = float(score[after].mean() - score[~after].mean())
    return 1 - float(left[after].mean() - left[~after].mean()) / rise if rise > 0 else 1.0


def _predictions(before: AuditRows, after: AuditRows) -> list[tuple[np.ndarray, np.ndarray]]:
    n, m = len(before), len(after)
    return list(zip(before.prediction.reshape(n, -1).T, after.prediction.reshape(m, -1).T, strict=True))


def _difference(before: pd.Series, after: pd.Series) -> tuple[float, float]:
    """Effect and p-value of the difference of a column."""
    if types.is_numeric_dtype(before.dtype) and types.is_numeric_dtype(after.dtype):
        one, other = (part.to_numpy(dtype=float, na_value=np.nan) for part in (before, after))
        one, other = one[np.isfinite(one)], other[np.isfinite(other)]
        if not len(one) or not len(other):
            return 0.0, 1.0
        test = ks_2samp(one, other, method="asymp")
        return float(test.statistic), float(test.pvalue)
    texts = pd.concat([before, after]).astype("object").astype("str")
    came = np.repeat([0, 1], [len(before), len(after)])
    counts = pd.crosstab(came, texts.to_numpy()).to_numpy()
    if counts.shape[1] < 2:
        return 0.0, 1.0
    shares = counts / counts.sum(axis=1, keepdims=True)
    return float(np.abs(shares[0] - shares[1]).sum() / 2), float(chi2_contingency(counts).pvalue)
