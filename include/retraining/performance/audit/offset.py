"""A constant offset: labels moved by the same amount, whatever the features."""

from typing import NamedTuple

import numpy as np

from include.retraining.performance.audit.case import Suspicion, World, evidence_on
from include.retraining.performance.audit.fresh import cross_fit, design, thin
from include.retraining.results.audit import Evidence

# Part of what the residuals gained in mean square that the constant must explain. The rest would be spread:
# a change of the relation moves some rows by more than others.
CONSTANT_SHARE = 0.8
# Part of the offset's square that features may explain of how residuals differ from row to row.
EXPLAINED_SHARE = 0.1


class Offset(NamedTuple):
    """A shift of the residuals, in their standard deviations, and how far it is the same for every row."""

    size: float
    constant_share: float
    explained_share: float

    @property
    def constant(self) -> bool:
        """Whether nothing speaks for a shift that depends on the features."""
        return self.constant_share >= CONSTANT_SHARE and self.explained_share <= EXPLAINED_SHARE


def constant_offset(world: World, suspicion: Suspicion) -> Evidence:
    """Judge whether a shift of the residuals is a constant, and large enough to matter.

    A laboratory's scale that was set wrongly and a process that now yields more everywhere look the same:
    data cannot tell them apart, which the text says.
    """
    offset = measure_offset(world, suspicion)
    large = abs(offset.size) >= world.settings.minimum_offset
    shift = f"Residuals of {suspicion.unit.name} moved by {offset.size:+.1f} standard deviations"
    if not offset.constant:
        text = f"{shift}, by different amounts for different features: that is no constant offset."
    elif not large:
        text = f"{shift}, which is too little to hold labels for."
    else:
        text = f"{shift}, by the same amount whatever the features: a measuring scale that is off, "
        text += "or a process that changed everywhere alike."
    return evidence_on(
        world,
        suspicion,
        "offset",
        found=offset.constant and large,
        statistic=offset.size,
        unit="standard deviations of the residual",
        p_value=suspicion.p_value,
        text=text,
    )


def measure_offset(world: World, suspicion: Suspicion) -> Offset:
    """Measure the shift of the residuals of a suspicion, and what of it depends on the features.

    What features explain is the variance of the cross-fitted prediction of the residual by a fresh model.
    """
    residual, usual = world.errors.residual[suspicion.rows], world.usual.residual
    size = float(np.median(residual) - np.median(usual))
    excess = max(0.0, float(np.var(residual) - np.var(usual)))
    kept = thin(len(residual), np.random.default_rng(world.seed))
    rows = world.rows.only(suspicion.rows[kept])
    z = np.column_stack([design(rows.features), _standard(rows.prediction)])
    rest = residual[kept] - residual[kept].mean()
    left = float(np.mean((rest - cross_fit(z, rest)) ** 2))
    explained = max(0.0, float(np.var(rest)) - left)
    square = max(size**2, np.finfo(float).tiny)
    return Offset(size, square / (square + excess), explained / square)


def _standard(prediction: np.ndarray) -> np.ndarray:
    deviation = float(prediction.std())
    return (prediction - prediction.mean()) / deviation if deviation else np.zeros(len(prediction))
