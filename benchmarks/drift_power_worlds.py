"""Simulated models of many columns for `benchmarks.drift_power`: references, chunks and batches as counts.

Counts are drawn from the cell probabilities of each column, so a batch of a million rows costs no more than one of
a thousand. With variation, each chunk and each batch has its own harmless offset in every column.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Chunks, Counts, Layout
from include.retraining.drift.edges import reference_edges

Generator = np.random.Generator
EDGES = reference_edges(ndtri((np.arange(20_000) + 0.5) / 20_000))
NUMERIC = Layout("numeric", EDGES)
CATEGORICAL = Layout("categorical", np.empty(0), categories=tuple("abcdefgh"))
SHARES = np.array([0.3, 0.2, 0.15, 0.12, 0.1, 0.07, 0.04, 0.02, 0.0])
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

    @property
    def name(self) -> str:
        chunks = "" if self.chunk_rows == self.batch_rows else f" (chunks {self.chunk_rows:,})"
        return f"{self.batch_rows:,}{chunks}"


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
    Change("categories swap", swap=True),
    Change("nulls 1% to 5%", nulls=0.05),
)


def cells(layout: Layout, offsets: Floats, change: Change) -> Floats:
    """Probabilities of the bins, shape (offsets, bins); offsets move the mean, or the odds of the first category."""
    if layout.kind == "numeric":
        below = ndtr((EDGES - offsets[:, None] - change.shift) / change.scale)
        return np.diff(below, prepend=0.0, append=1.0, axis=1)
    odds = np.tile(SHARES, (len(offsets), 1))
    odds[:, 0] *= np.exp(offsets)
    odds /= odds.sum(axis=1, keepdims=True)
    return odds[:, [1, 0, *range(2, odds.shape[1])]] if change.swap else odds


def draw(rng: Generator, layout: Layout, rows: int, offset: float, change: Change) -> Counts:
    """Counts of one column."""
    nulls = int(rng.binomial(rows, change.nulls))
    return Counts(rng.multinomial(rows - nulls, cells(layout, np.array([offset]), change)[0]), nulls=nulls)


def draw_model(rng: Generator, world: World) -> list[ColumnData]:
    """All columns of a model, with an unchanged batch."""
    return [
        draw_column(rng, CATEGORICAL if number % EVERY == 0 else NUMERIC, world, number)
        for number in range(world.columns)
    ]


def draw_column(rng: Generator, layout: Layout, world: World, number: int) -> ColumnData:
    """One column of the reference, its chunks, and an unchanged batch."""
    offsets = world.variation_of(number) * rng.standard_normal(world.chunks)
    nulls = rng.binomial(world.chunk_rows, NULLS, world.chunks)
    bins = rng.multinomial(world.chunk_rows - nulls, cells(layout, offsets, NOTHING))
    chunks = Chunks(bins, nulls, np.zeros_like(nulls))
    whole = Counts(bins.sum(axis=0), nulls=int(nulls.sum()))
    data = ColumnData(layout, whole, chunks, Counts(bins[0], nulls=int(nulls[0])))
    return redraw_batch(rng, data, world, number, NOTHING)


def redraw_batch(rng: Generator, data: ColumnData, world: World, number: int, change: Change) -> ColumnData:
    """The same reference with another batch."""
    offset = world.variation_of(number) * float(rng.standard_normal())
    return replace(data, current=draw(rng, data.layout, world.batch_rows, offset, change))
