"""Which spans of which labels err more than chance allows."""

import numpy as np

from include.retraining.performance.audit.case import Signal, Suspicion, Unit, World
from include.retraining.performance.audit.scan import day_spread, find_span


def signals(world: World) -> list[Signal]:
    """List the errors that are searched: the loss, and for numbers a shift up and one down."""
    errors, usual = world.errors, world.usual
    loss = Signal(False, errors.loss_score, usual.loss_score, errors.loss, usual.loss)
    if world.rows.task != "regression":
        return [loss]
    up = Signal(True, errors.residual_score, usual.residual_score, errors.residual, usual.residual)
    down = Signal(True, -errors.residual_score, -usual.residual_score, -errors.residual, -usual.residual)
    return [up, down, loss]


def suspicions(world: World, unit: Unit, tests: int) -> list[Suspicion]:
    """Find the span of each error of a unit that is raised beyond chance and by enough to matter; shifts first.

    Parameters
    ----------
    tests
        Number of units and signals searched: p-values are multiplied by it (Bonferroni).
    """
    found = []
    for signal in signals(world):
        spread = day_spread(signal.usual_score, world.reference.days)
        days = world.rows.days[unit.positions]
        span = find_span(signal.score[unit.positions], days, spread, world.settings.minimum_rows)
        if span is None or span.p_value * tests > world.settings.level or span.mean < world.settings.minimum_rise:
            continue
        if span.stop - span.start < world.settings.minimum_rows:
            continue
        before, rows, after = np.split(unit.positions, [span.start, span.stop])
        found.append(Suspicion(unit, signal, rows, before, after, span.mean, span.p_value * tests))
    return found


def other_sources(world: World, suspicion: Suspicion, suspects: list[Suspicion]) -> np.ndarray:
    """Positions of the labels that other sources made within the time of a suspicion.

    Sources under suspicion themselves at that time are left out: they are no measure of what is sound.
    """
    first, last = int(suspicion.rows[0]), int(suspicion.rows[-1])
    others = np.ones(len(world.rows), dtype=bool)
    others[:first], others[last + 1 :] = False, False
    others[suspicion.unit.positions] = False
    for suspect in suspects:
        overlaps = suspect.rows[0] <= last and suspect.rows[-1] >= first
        alike = suspect.signal.shift == suspicion.signal.shift and suspect.unit.column == suspicion.unit.column
        if overlaps and alike and suspect.unit is not suspicion.unit:
            others[suspect.unit.positions] = False
    return np.flatnonzero(others)
