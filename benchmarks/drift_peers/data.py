"""The Parquet files that every tool reads: a reference and a batch of one size, the same at each run.

Written row group by row group, so that memory does not grow with the rows. A column is a correlated standard normal
variable behind a monotone transformation; what changes in the batch changes before it, so that a shift of 0.2 is 0.2
standard deviations whatever the column looks like. One column in five is a category; of the numbers, one in four has
nulls and one in five is a count. Run: `python -m benchmarks.drift_peers.data 10000 30`.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.special import ndtr

from benchmarks.drift_peers.environments import ENVIRONMENTS
from benchmarks.drift_peers.sizes import REFERENCE_ROWS, Size

Generator = np.random.Generator
Floats = npt.NDArray[np.float64]

SEED = 20_240
"""Part of the names of the files: a change of what is drawn needs another."""
GROUP = 131_072
"""Rows of a row group; also how many are in memory at a time."""
FACTORS = 3
"""What columns have in common: they correlate through so many hidden variables."""
NULLS = 0.03

SHAPES: tuple[Callable[[Floats], Floats | npt.NDArray[np.int64]], ...] = (
    lambda z: 10.0 + 3.0 * z,
    lambda z: np.exp(1.0 + 0.8 * z),
    lambda z: np.sinh(1.6 * np.arcsinh(z)),  # heavy tails
    lambda z: np.floor(np.exp(2.0 + 0.6 * z)).astype(np.int64),  # counts
    ndtr,
)
CATEGORIES = (2, 5, 12, 40)


@dataclass(frozen=True)
class Change:
    """What is different in a column of the batch; `mixed` is the share of rows that take the rarest category."""

    shift: float = 0.0
    scale: float = 1.0
    nulls: float = 0.0
    mixed: float = 0.0


NOTHING = Change()
NUMERIC_CHANGES = {0: Change(shift=0.2), 6: Change(shift=0.5), 12: Change(scale=1.3), 15: Change(nulls=0.1)}
CATEGORICAL_CHANGES = {1: Change(mixed=0.15), 3: Change(mixed=0.15)}


def files(size: Size, reference_rows: int = REFERENCE_ROWS) -> tuple[Path, Path]:
    """Reference and batch of one size, written if they are not there."""
    folder = ENVIRONMENTS / "data"
    folder.mkdir(parents=True, exist_ok=True)
    reference = Size(min(size.rows, reference_rows), size.columns)
    written = []
    for number, (name, what) in enumerate((("reference", reference), ("batch", size))):
        path = folder / f"{name}_{what.rows}x{what.columns}_{SEED}.parquet"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            write(unfinished, what, number, changed=name == "batch")
            unfinished.rename(path)
        written.append(path)
    return written[0], written[1]


def write(path: Path, size: Size, number: int, *, changed: bool) -> None:
    """Write one file; files of another `number` have other rows of the same columns."""
    writer = None
    for start in range(0, size.rows, GROUP):
        rng = np.random.default_rng([SEED, number, start])
        table = rows(rng, min(GROUP, size.rows - start), size.columns, changed=changed)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="snappy")
        writer.write_table(table)
    if writer is not None:
        writer.close()


def rows(rng: Generator, count: int, columns: int, *, changed: bool) -> pa.Table:
    """Draw some rows of all columns."""
    numeric = columns - columns // 5
    loadings = np.random.default_rng(SEED).uniform(-0.5, 0.5, (numeric, FACTORS))
    factors = rng.standard_normal((count, FACTORS))
    drawn = {}
    for number in range(numeric):
        change = NUMERIC_CHANGES.get(number, NOTHING) if changed else NOTHING
        noise = rng.standard_normal(count) * np.sqrt(1 - loadings[number] @ loadings[number])
        hidden = (factors @ loadings[number] + noise) * change.scale + change.shift
        share = NULLS * (number % 4 == 2) + change.nulls
        drawn[f"number_{number:02d}"] = _numbers(rng, hidden, number, share)
    for number in range(columns - numeric):
        change = CATEGORICAL_CHANGES.get(number, NOTHING) if changed else NOTHING
        drawn[f"category_{number:02d}"] = _categories(rng, count, CATEGORIES[number % len(CATEGORIES)], change)
    return pa.table(drawn)


def _numbers(rng: Generator, hidden: Floats, number: int, nulls: float) -> pa.Array:
    values = SHAPES[number % len(SHAPES)](hidden)
    if not nulls:
        return pa.array(values)
    return pa.array(values.astype(np.float64), mask=rng.random(len(values)) < nulls)


def _categories(rng: Generator, count: int, names: int, change: Change) -> pa.Array:
    weights = np.arange(1, names + 1) ** -0.7
    codes = np.searchsorted(np.cumsum(weights / weights.sum())[:-1], rng.random(count)).astype(np.int32)
    codes[rng.random(count) < change.mixed] = names - 1
    texts = pa.array([f"category {code}" for code in range(names)])
    return pa.DictionaryArray.from_arrays(pa.array(codes), texts).cast(pa.string())


def main() -> None:
    """Write the files of one size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("columns", type=int)
    parser.add_argument("--reference-rows", type=int, default=REFERENCE_ROWS)
    options = parser.parse_args()
    for path in files(Size(options.rows, options.columns), options.reference_rows):
        print(path)


if __name__ == "__main__":
    main()
