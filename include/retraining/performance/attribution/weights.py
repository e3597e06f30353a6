"""Weights under which the reference looks like the current rows: what the metric would be had only the rows moved.

A classifier that tells the samples apart gives a first ratio of densities; exponential tilting then makes the weighted
reference agree with the current rows in the moments that matter (J. Hainmueller, "Entropy balancing for causal
effects", Political Analysis 20, 2012). The two make up for each other's errors: the expected loss is a moment too.
"""

from dataclasses import dataclass

import numpy as np

from include.retraining.domain import tell_apart
from include.retraining.performance.attribution.moments import Coded, code, expected_losses, moments
from include.retraining.performance.estimation.support import beyond_known
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.concept import Overlap
from include.retraining.spec.model import Task

# Overlap is poor when weighting leaves fewer effective rows than this, or this share of the reference, ...
MINIMUM_EFFECTIVE = 30
MINIMUM_EFFECTIVE_SHARE = 0.1
# ... when more current rows than this, beyond what chance says, have a value that the reference does not know, ...
MAXIMUM_OUTSIDE = 0.05
# ... or when a weighted moment still differs by more than this many standard deviations (P. C. Austin, 2009).
MAXIMUM_IMBALANCE = 0.1
_STEPS, _PRECISION = 50, 1e-8
# Newton steps for a resample, from the tilt of the whole sample: two make a bootstrap as exact as any number (D. W. K.
# Andrews, "Higher-order improvements of a computationally attractive k-step bootstrap", Econometrica 70(1), 2002).
_STEPS_OF_A_RESAMPLE = 2
# A tilt beyond e^±30 is numerically a choice of single rows.
_STEEPEST = 30.0


@dataclass(frozen=True)
class Weighting:
    """Weights of the reference rows, 1 on average, and what they were made from.

    `expected_then` and `expected_now` are the losses to expect of each row while the relation holds; `beyond` says
    which current rows have a value that the reference does not know.
    """

    weights: np.ndarray
    base: np.ndarray
    tilt: np.ndarray
    moments_then: np.ndarray
    moments_now: np.ndarray
    expected_then: np.ndarray
    expected_now: np.ndarray
    beyond: np.ndarray
    overlap: Overlap

    def resampled(self, then: np.ndarray, now: np.ndarray) -> np.ndarray:
        """Weights of the reference rows when each row counts as often as a resample drew it."""
        goal = now @ self.moments_now / now.sum()
        tilt = balance(
            self.moments_then,
            goal,
            self.base * then,
            ridge=self._ridge,
            start=self.tilt,
            steps=_STEPS_OF_A_RESAMPLE,
        )
        return tilted(self.moments_then, self.base * then, tilt)

    @property
    def _ridge(self) -> float:
        return 1 / len(self.moments_then) + 1 / len(self.moments_now)


def weigh(
    reference: LabelledRows,
    current: LabelledRows,
    task: Task,
    *,
    expected: tuple[np.ndarray, np.ndarray] | None = None,
    seed: int = 0,
) -> Weighting:
    """Weight the reference so that it looks like the current rows; all rows of both must be usable.

    Parameters
    ----------
    expected
        The losses to expect of both, where they are known: they are learned from the reference alone.

    Raises
    ------
    DataError
        When a sample has too few rows to tell them apart.
    """
    coded = code(reference.features, current.features)
    if expected is None:
        expected = expected_losses(coded, reference.losses(task), seed=seed)
    then, now = moments(reference, current, expected)
    base = _base(coded, seed)
    ridge = 1 / len(reference) + 1 / len(current)
    tilt = balance(then, now.mean(axis=0), base, ridge=ridge)
    weights = tilted(then, base, tilt)
    beyond, share = beyond_known(coded.reference, coded.current, np.asarray(coded.categorical, dtype=bool))
    return Weighting(weights, base, tilt, then, now, *expected, beyond, _overlap(share, weights, then, now))


def balance(
    rows: np.ndarray,
    goal: np.ndarray,
    base: np.ndarray,
    *,
    ridge: float,
    start: np.ndarray | None = None,
    steps: int = _STEPS,
) -> np.ndarray:
    """Find the tilt under which the weighted mean of rows meets a goal, by Newton's method on the convex dual.

    Parameters
    ----------
    rows
        Moments, shape (rows, moments).
    ridge
        Held against steep tilts: leaves an imbalance of `ridge` times the tilt.
    steps
        At most so many; fewer where the goal is met before.
    """
    tilt = np.zeros(rows.shape[1]) if start is None else start
    centred = rows - goal
    for _ in range(steps):
        share = tilted(rows, base, tilt) / len(rows)
        mean = share @ centred
        slope = mean + ridge * tilt
        if np.abs(slope).max() < _PRECISION:
            break
        curvature = (centred * share[:, None]).T @ centred - np.outer(mean, mean)
        curvature[np.diag_indices_from(curvature)] += ridge
        step = np.linalg.solve(curvature, slope)
        tilt = tilt - step / max(1.0, float(np.abs(step).max()))
    return tilt


def tilted(rows: np.ndarray, base: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    """Base weights times the exponential of the tilted moments, 1 on average."""
    exponent = rows @ tilt
    weights = base * np.exp(np.clip(exponent - exponent.max(), -_STEEPEST, 0.0))
    normed: np.ndarray = weights / weights.mean()
    return normed


def _base(coded: Coded, seed: int) -> np.ndarray:
    """Ratio of densities by the classifier; all 1 where it cannot tell the samples apart."""
    if not coded.reference.shape[1]:
        return np.ones(len(coded.reference))
    apart = tell_apart(coded.reference, coded.current, categorical=coded.categorical, seed=seed)
    return apart.weights_reference if apart.interval[0] > 0.5 else np.ones(len(coded.reference))


def _overlap(outside: float, weights: np.ndarray, then: np.ndarray, now: np.ndarray) -> Overlap:
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    imbalance = float(np.abs(weights @ then / weights.sum() - now.mean(axis=0)).max())
    faults = []
    if effective < max(MINIMUM_EFFECTIVE, MINIMUM_EFFECTIVE_SHARE * len(weights)):
        faults.append(f"few reference rows are like the current ones: {effective:,.0f} effective rows")
    if outside > MAXIMUM_OUTSIDE:
        faults.append(f"{outside:.0%} of the current rows have values that the reference does not know")
    if imbalance > MAXIMUM_IMBALANCE:
        faults.append(f"weighted means still differ by {imbalance:.2f} standard deviations")
    text = "; ".join(faults) if faults else "the reference covers the current rows"
    return Overlap(effective_rows=effective, outside=outside, imbalance=imbalance, poor=bool(faults), text=text)
