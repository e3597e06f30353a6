"""What other tools compare with a limit, for `benchmarks.drift_power`.

Each statistic gets, for each world, the limit that gives exactly the nominal false-alarm rate for the model, which no
user can know; limits that are used in practice for all sizes are tried as well.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from benchmarks.drift_power_worlds import CATEGORICAL, EDGES, NOTHING, NUMERIC, SHARES, Generator, World, cells
from include.retraining.drift.arrow import Floats, Integers

COLUMNS = 200_000
"""Unchanged columns from which limits are read: forty of them lie beyond, so their level is known to a sixth."""
ABOVE = " > "
BLOCK = 2_000
"""Columns drawn at a time."""
Statistic = Callable[[Integers, Integers], Floats]


def shares(counts: Integers) -> Floats:
    """Counts as shares, with half a row added to each group."""
    return np.asarray((counts + 0.5) / (counts + 0.5).sum(axis=-1, keepdims=True))


def heights(reference: Integers, current: Integers) -> Floats:
    """Difference of the distribution functions, at the edges."""
    before, now = (np.cumsum(side, axis=-1) / side.sum(axis=-1, keepdims=True) for side in (reference, current))
    return np.asarray(now - before)


def kolmogorov_smirnov(reference: Integers, current: Integers) -> Floats:
    """Largest difference of the distribution functions."""
    return np.asarray(np.abs(heights(reference, current)).max(axis=-1))


def wasserstein(reference: Integers, current: Integers) -> Floats:
    """In standard deviations, which are 1 here."""
    at = heights(reference, current)[..., :-1]
    return np.asarray(np.abs((at[..., 1:] + at[..., :-1]) / 2) @ np.diff(EDGES))


def tenths(counts: Integers) -> Integers:
    """Counts in ten groups of equal share of the reference; categories stay as they are."""
    if counts.shape[-1] == len(SHARES):
        return counts[..., :-1]
    groups = np.minimum((ndtr(EDGES) * 10).astype(int), 9)
    return np.add.reduceat(counts, np.searchsorted(np.append(groups, 9), np.arange(10)), axis=-1)


def stability(reference: Integers, current: Integers) -> Floats:
    """Population stability index."""
    before, now = shares(tenths(reference)), shares(tenths(current))
    return np.asarray(((now - before) * np.log(now / before)).sum(axis=-1))


def jensen_shannon(reference: Integers, current: Integers) -> Floats:
    """Distance in bits."""
    before, now = shares(tenths(reference)), shares(tenths(current))
    middle = (before + now) / 2
    halves = before * np.log2(before / middle) + now * np.log2(now / middle)
    return np.asarray(np.sqrt(np.maximum(halves.sum(axis=-1) / 2, 0)))


def chi_squared(reference: Integers, current: Integers) -> Floats:
    """Pearson's statistic, the reference taken as known."""
    before, now = tenths(reference), tenths(current)
    expected = before / before.sum(axis=-1, keepdims=True) * now.sum(axis=-1, keepdims=True)
    return np.asarray(((now - expected) ** 2 / expected).sum(axis=-1))


PEERS: dict[str, dict[str, Statistic]] = {
    "numeric": {
        "Kolmogorov-Smirnov": kolmogorov_smirnov,
        "Wasserstein": wasserstein,
        "PSI": stability,
        "Jensen-Shannon": jensen_shannon,
    },
    "categorical": {"chi-squared": chi_squared, "PSI": stability, "Jensen-Shannon": jensen_shannon},
}
USUAL = {"PSI": 0.1, "Jensen-Shannon": 0.1}
"""Limits that are used for all sizes; tried where they hold the rate."""


def limits(rng: Generator, world: World, kind: str, rate: float) -> dict[str, float]:
    """Limits at which any of the model's columns alarms with the nominal rate."""
    layout = NUMERIC if kind == "numeric" else CATEGORICAL
    found: dict[str, list[Floats]] = {name: [] for name in PEERS[kind]}
    for start in range(0, COLUMNS, BLOCK):
        deviations = np.array([world.variation_of(number) for number in range(start, start + BLOCK)])
        offsets = deviations[:, None] * rng.standard_normal((BLOCK, world.chunks))
        total = world.chunks * world.chunk_rows
        reference = rng.multinomial(total, cells(layout, offsets.mean(axis=1), NOTHING))
        current = rng.multinomial(world.batch_rows, cells(layout, deviations * rng.standard_normal(BLOCK), NOTHING))
        for name, statistic in PEERS[kind].items():
            found[name].append(statistic(reference, current))
    level = (1 - rate) ** (1 / world.columns)
    chosen: dict[str, float] = {}
    for name, blocks in found.items():
        values = np.concatenate(blocks)
        chosen[name] = float(np.quantile(values, level))
        if name in USUAL and (values > USUAL[name]).mean() <= 1 - level:
            chosen[f"{name}{ABOVE}{USUAL[name]}"] = USUAL[name]
    return chosen
