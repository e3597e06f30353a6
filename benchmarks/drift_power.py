"""False alarms and power of the drift check by simulation, for a model of many columns.

Counts are drawn from the cell probabilities of each column, so a batch of a million rows costs no more than one of
a thousand. The reference is a number of chunks; with variation, each chunk and each batch has its own harmless
offset in every column. Run: `python -m benchmarks.drift_power --repetitions 200`.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from include.retraining.drift import correlation
from include.retraining.drift.arrow import Floats
from include.retraining.drift.calibration import Verdict
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Counts, Layout
from include.retraining.drift.divergence import smoothed
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.examination import measure_column
from include.retraining.drift.judging import Examined, judge
from include.retraining.drift.methods.jensen_shannon import divergence
from include.retraining.drift.methods.kolmogorov_smirnov import distances
from include.retraining.drift.methods.population_stability import index
from include.retraining.drift.methods.wasserstein import areas
from include.retraining.drift.pairs import sum_pairs
from include.retraining.results import ColumnDrift
from include.retraining.spec.model import DriftSpec

Generator = np.random.Generator
EDGES = reference_edges(ndtri((np.arange(20_000) + 0.5) / 20_000))
NUMERIC = Layout("numeric", EDGES)
CATEGORICAL = Layout("categorical", np.empty(0), categories=tuple("abcdefgh"))
SHARES = np.array([0.3, 0.2, 0.15, 0.12, 0.1, 0.07, 0.04, 0.02])
NULLS = 0.01
EVERY = 5
"""One column in so many is categorical."""


@dataclass(frozen=True)
class World:
    """How reference and batches are drawn."""

    columns: int
    chunks: int
    chunk_rows: int
    batch_rows: int
    variation: float
    mixed: bool = False

    def variation_of(self, number: int) -> float:
        """Standard deviation of a column's offsets; in a mixed world none, some or ten times that much."""
        return self.variation * (0, 1, 10)[number % 3] if self.mixed else self.variation


@dataclass(frozen=True)
class Change:
    """What is different about the changed column of the batch."""

    name: str
    shift: float = 0.0
    scale: float = 1.0
    swap: bool = False
    nulls: float = NULLS

    @property
    def layout(self) -> Layout:
        return CATEGORICAL if self.swap else NUMERIC


NOTHING = Change("nothing")
CHANGES = (
    Change("shift 0.1 sd", shift=0.1),
    Change("shift 0.2 sd", shift=0.2),
    Change("shift 0.5 sd", shift=0.5),
    Change("scale 1.2", scale=1.2),
    Change("two categories swap (30% and 20%)", swap=True),
    Change("nulls 1% to 5%", nulls=0.05),
)


def draw(rng: Generator, layout: Layout, rows: int, offset: float, change: Change) -> Counts:
    """Counts of one column; `offset` moves the mean of a number, or the odds of the first category."""
    nulls = int(rng.binomial(rows, change.nulls))
    if layout.kind == "numeric":
        below = ndtr((EDGES - offset - change.shift) / change.scale)
        cells = np.diff(below, prepend=0.0, append=1.0)
    else:
        cells = SHARES * np.where(np.arange(len(SHARES)) == 0, np.exp(offset), 1.0)
        if change.swap:
            cells = cells[[1, 0, *range(2, len(cells))]]
        cells = np.append(cells, 0.0)
    return Counts(rng.multinomial(rows - nulls, cells / cells.sum()), nulls=nulls)


def draw_column(rng: Generator, layout: Layout, world: World, number: int, change: Change) -> ColumnData:
    """One column of the reference, its chunks, and the batch."""
    offsets = world.variation_of(number) * rng.standard_normal(world.chunks + 1)
    chunks = tuple(draw(rng, layout, world.chunk_rows, offset, NOTHING) for offset in offsets[1:])
    current = draw(rng, layout, world.batch_rows, offsets[0], change)
    return ColumnData(layout, sum(chunks[1:], chunks[0]), chunks, current)


def draw_model(rng: Generator, world: World, change: Change) -> list[ColumnData]:
    """All columns of one batch; only the first is changed."""
    changed = draw_column(rng, change.layout, world, 1, change)
    kinds = enumerate(CATEGORICAL if number % EVERY == 0 else NUMERIC for number in range(world.columns))
    return [changed, *(draw_column(rng, layout, world, number, NOTHING) for number, layout in kinds if number)]


def check(columns: list[ColumnData], spec: DriftSpec) -> list[ColumnDrift]:
    """Judge one model's batch."""
    examined = [
        Examined(str(number), "feature", data.layout.kind, measure_column(data, spec))
        for number, data in enumerate(columns)
    ]
    return judge(examined, spec.false_alarm_rate)


def wasserstein_over_sd(data: ColumnData) -> float:
    """Wasserstein distance in standard deviations, which are 1 here."""
    return float(areas(data.shares_current - data.shares_reference, np.diff(EDGES)))


def tenths(data: ColumnData) -> tuple[Floats, Floats]:
    """Shares of the reference and of the batch in ten groups of equal share."""
    groups = np.minimum((np.cumsum(data.shares_reference) * 10 - 1e-9).astype(int), 9)
    sides = (
        np.bincount(groups, weights=counts.bins, minlength=10).astype(float)
        for counts in (data.reference, data.current)
    )
    reference, current = (smoothed(side) for side in sides)
    return reference, current


PEERS: dict[str, Callable[[ColumnData], float]] = {
    "Kolmogorov-Smirnov": lambda data: float(distances(data.shares_current - data.shares_reference)),
    "Wasserstein / sd": wasserstein_over_sd,
    "PSI": lambda data: float(index(*tenths(data))),
    "Jensen-Shannon": lambda data: float(divergence(*tenths(data))),
}
"""What the peers threshold. Here each gets, for each size, the threshold that gives it a false-alarm rate of exactly
1% in the simulated world, which no user of theirs can know."""


def false_alarms(rng: Generator, world: World, spec: DriftSpec, repetitions: int) -> dict[str, float]:
    """Print the share of unchanged batches with any alarm; return what the peers' thresholds would have to be."""
    alarms, peaks = 0, {name: np.zeros(repetitions) for name in PEERS}
    for repetition in range(repetitions):
        columns = draw_model(rng, world, NOTHING)
        alarms += any(column.drifted for column in check(columns, spec))
        numeric = [data for data in columns if data.layout.kind == "numeric"]
        for name, statistic in PEERS.items():
            peaks[name][repetition] = max(statistic(data) for data in numeric)
    print(f"  false alarms: {alarms} of {repetitions} batches ({alarms / repetitions:.1%})", flush=True)
    return {name: float(np.quantile(found, 1 - spec.false_alarm_rate)) for name, found in peaks.items()}


def power(rng: Generator, world: World, spec: DriftSpec, repetitions: int, limits: dict[str, float]) -> None:
    """Print how often each change is found in the column that has it."""
    for change in CHANGES:
        comparable = change.shift != 0 or change.scale != 1  # the peers' statistics here are of numbers, without nulls
        found, peers = 0, dict.fromkeys(PEERS if comparable else (), 0)
        for _ in range(repetitions):
            columns = draw_model(rng, world, change)
            found += next(column for column in check(columns, spec) if column.column == "0").drifted
            for name in peers:
                peers[name] += PEERS[name](columns[0]) > limits[name]
        others = ", ".join(f"{name} {count / repetitions:.0%}" for name, count in peers.items())
        print(f"  {change.name}: found {found / repetitions:.0%}; peers at 1%: {others or 'not compared'}", flush=True)


MOST_ROWS = 10_000
"""Largest batch whose rows are drawn one by one, which correlations need."""
CORRELATED = 10
"""Columns of the model in which a correlation changes; the first two correlate."""


def correlated(rng: Generator, rows: int, strength: float) -> list[Floats]:
    """Normal columns, of which the first two correlate."""
    columns = list(rng.normal(size=(CORRELATED, rows)))
    columns[1] = strength * columns[0] + np.sqrt(1 - strength**2) * columns[1]
    return columns


def correlation_change(rng: Generator, world: World, rate: float, repetitions: int) -> None:
    """Print how often a correlation that turns from 0.5 to -0.5 is found, and how often one that stays."""
    found = dict.fromkeys((0.5, -0.5), 0)
    edges = [ndtri(np.arange(1, 16) / 16)] * CORRELATED
    parts = np.split(np.arange(world.chunks * world.chunk_rows), world.chunks)
    names = [str(number) for number in range(CORRELATED)]
    for _ in range(repetitions):
        reference = correlated(rng, world.chunks * world.chunk_rows, 0.5)
        profile = correlation.profile_pairs(names, reference, edges, parts)
        for now in found:
            measured = correlation.measure(profile, sum_pairs(correlated(rng, world.batch_rows, now), edges))
            if measured is not None and isinstance(measured[1].evidence, Verdict):
                found[now] += measured[1].evidence.p_value <= rate / world.columns
    print(
        f"  correlation 0.5 stays: {found[0.5]} of {repetitions}; turns to -0.5: found {found[-0.5] / repetitions:.0%}"
    )


def main() -> None:
    """Read the options and run every world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[500, 1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--chunk-rows", type=int, default=0, help="rows of a reference chunk; 0: as the batch")
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--chunks", type=int, default=30)
    parser.add_argument("--variation", type=float, nargs="*", default=[0.0, 0.03])
    parser.add_argument("--repetitions", type=int, default=400, help="unchanged batches")
    parser.add_argument("--changed", type=int, default=100, help="batches with each change; 0: false alarms only")
    parser.add_argument("--mixed", action="store_true", help="columns with no, some, and ten times the variation")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    spec = DriftSpec(minimum_effect=0.0, minimum_null_change=0.0)
    for variation in options.variation:
        for rows in options.rows:
            world = World(options.columns, options.chunks, options.chunk_rows or rows, rows, variation, options.mixed)
            began = time.perf_counter()
            print(f"{rows:,} rows, chunks of {world.chunk_rows:,}, variation {variation} sd", flush=True)
            rng = np.random.default_rng(options.seed)
            limits = false_alarms(rng, world, spec, options.repetitions)
            if options.changed:
                power(rng, world, spec, options.changed, limits)
            if options.changed and rows <= MOST_ROWS:
                correlation_change(rng, world, spec.false_alarm_rate, options.changed)
            print(f"  ({time.perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
