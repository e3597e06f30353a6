"""Labels that even a freshly trained model cannot predict: noise, where a changed concept could be learned."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t

from include.retraining.performance.audit.case import Suspicion, World, evidence_on, same_source
from include.retraining.performance.audit.fresh import design, skill, thin
from include.retraining.performance.audit.rows import AuditRows
from include.retraining.results.audit import Evidence

# Draws from the reference that show what as many sound rows teach; 20 give the deviation of one to a sixth.
CONTROLS = 20
# Level at which the skill must be lower than that of the controls: the strict test is the one that raised suspicion.
LEVEL = 0.01


class Learnability(NamedTuple):
    """Skill of a fresh model on suspect labels, mean and deviation of it on as many of the reference's."""

    skill: float
    control: float
    deviation: float

    @property
    def part(self) -> float:
        """What can still be learned, as a part of what the reference teaches."""
        return max(0.0, self.skill) / self.control if self.control > 0 else 1.0

    @property
    def p_value(self) -> float:
        """Probability of so low a skill on sound rows."""
        error = max(self.deviation, np.finfo(float).tiny) * np.sqrt(1 + 1 / CONTROLS)
        return float(t.sf((self.control - self.skill) / error, CONTROLS - 1))


def unlearnable(world: World, suspicion: Suspicion, limit: float) -> Evidence:
    """Judge whether a fresh model fails on labels on which the champion fails.

    Under a changed concept it learns the new relation from the same rows. The fresh model may use the
    champion's prediction too, its controls may not: what is doubtful counts as learnable.

    Parameters
    ----------
    limit
        Largest part of the reference's skill that counts as noise.
    """
    found = measure_learnability(world, suspicion)
    noise = found.part <= limit and found.p_value <= LEVEL
    shares = f"{max(0.0, found.skill):.0%} of the variance where {found.control:.0%} was learned on the reference"
    if noise:
        text = f"A model trained afresh on {suspicion.unit.name} cannot learn them either ({shares}): they are noise."
    else:
        text = f"A model trained afresh on {suspicion.unit.name} learns {shares}: they are not mere noise."
    return evidence_on(
        world,
        suspicion,
        "unlearnable",
        found=noise,
        statistic=found.part,
        unit="part of the skill on the reference",
        p_value=found.p_value,
        text=text,
    )


def measure_learnability(world: World, suspicion: Suspicion) -> Learnability:
    """Cross-fit a fresh model on suspect labels, and on as many of the reference as controls.

    Controls come from the same source where the reference has twice as many of its rows.
    """
    generator = np.random.default_rng(world.seed)
    rows = world.rows.only(suspicion.rows[thin(len(suspicion.rows), generator)])
    z, target = design(rows.features), _target(rows)
    with_prediction = np.column_stack([z, _standard(rows.prediction)])
    reached = max(skill(z, target), skill(with_prediction, target))
    own = world.reference.only(same_source(world.reference, suspicion.unit))
    pool = own if len(own) >= 2 * len(rows) else world.reference
    size = min(len(rows), len(pool))
    draws = [np.sort(generator.choice(len(pool), size, replace=False)) for _ in range(CONTROLS)]
    features, truth = design(pool.features), _target(pool)
    controls = [skill(features[draw], truth[draw]) for draw in draws]
    return Learnability(reached, float(np.mean(controls)), float(np.std(controls, ddof=1)))


def _target(rows: AuditRows) -> np.ndarray:
    """What is learned: the number, or a column for each class."""
    if rows.prediction.ndim == 2:
        return np.asarray(np.eye(rows.prediction.shape[1])[rows.y])
    return np.asarray(rows.y, dtype=float)


def _standard(prediction: np.ndarray) -> np.ndarray:
    columns = prediction.reshape(len(prediction), -1)
    deviation = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0))
