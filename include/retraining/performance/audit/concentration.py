"""Errors on the labels of one source while those of the others, on the same days, stay sound."""

import numpy as np
from scipy.special import log_ndtr

from include.retraining.performance.audit.case import Suspicion, World, evidence_on, same_source
from include.retraining.performance.audit.fresh import cross_fit, design
from include.retraining.results.audit import Evidence

# Rows compared, at most.
MAXIMUM_ROWS = 400
# Labels of other sources needed for a comparison.
MINIMUM_OTHERS = 30
# Level of the comparison: that something is wrong is known at a far stricter one, the question is only whose.
LEVEL = 1e-3
# Part of the source's rise that must be its own.
OWN_SHARE = 0.5


def concentration(world: World, suspicion: Suspicion, others: np.ndarray) -> Evidence:
    """Judge whether an error belongs to one source.

    First a fresh model predicts the error from the features, across all sources: where a source gets other rows than
    the rest (one origin, one product) and it is these that err, the features explain it, not the source. What is left
    is compared between the source and the others by Welch's statistic, less the difference that the reference shows.

    Parameters
    ----------
    others
        Positions of the labels of other sources within the same time.
    """
    unit = suspicion.unit
    if len(others) < MINIMUM_OTHERS:
        text = "There are too few labels of other sources on the same days to compare one source with the rest."
        return _evidence(world, suspicion, 0.0, None, text, found=False)
    own, rest = _beyond_features(world, suspicion, others)
    usual, usual_variance = _usual_difference(world, suspicion)
    difference = float(own.mean() - rest.mean()) - usual
    variance = own.var(ddof=1) / len(own) + rest.var(ddof=1) / len(rest) + usual_variance
    z = difference / float(np.sqrt(variance)) if variance > 0 else 0.0
    # as for the search of the span: the comparison is made where the source looks worst
    p_value = float(np.exp(min(0.0, np.log(len(unit.positions)) + log_ndtr(-z))))
    found = p_value <= LEVEL and difference >= OWN_SHARE * suspicion.mean
    if found:
        text = f"On the same days labels of other sources fit as usual, only {unit.name} do not."
    else:
        text = f"{unit.name.capitalize()} do not err clearly more than those of other sources, features considered."
    return _evidence(world, suspicion, difference, p_value, text, found=found)


def _beyond_features(world: World, suspicion: Suspicion, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the source and of the others less what features predict of them."""
    generator = np.random.default_rng(world.seed)
    both = np.concatenate([suspicion.rows, others])
    own = np.repeat([True, False], [len(suspicion.rows), len(others)])
    if len(both) > MAXIMUM_ROWS:
        kept = generator.choice(len(both), MAXIMUM_ROWS, replace=False)
        both, own = both[kept], own[kept]
    scores = suspicion.signal.score[both]
    left = scores - cross_fit(design(world.rows.features.iloc[both]), scores)
    return left[own], left[~own]


def _usual_difference(world: World, suspicion: Suspicion) -> tuple[float, float]:
    """How the source differs from the others in the reference, and the variance of that; 0 where it is not known."""
    own = same_source(world.reference, suspicion.unit)
    scores = suspicion.signal.usual_score
    if min(own.sum(), (~own).sum()) < MINIMUM_OTHERS:
        return 0.0, 0.0
    one, other = scores[own], scores[~own]
    return float(one.mean() - other.mean()), float(one.var() / len(one) + other.var() / len(other))


def _evidence(
    world: World, suspicion: Suspicion, difference: float, p_value: float | None, text: str, *, found: bool
) -> Evidence:
    return evidence_on(
        world,
        suspicion,
        "concentration",
        found=found,
        statistic=difference,
        unit="standard deviations of the error's normal score",
        p_value=p_value,
        text=text,
    )
