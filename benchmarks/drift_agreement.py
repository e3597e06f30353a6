"""Do the engine's statistics, from counts on fixed bins, agree with exact ones from the raw values?

Each Parquet file is cut in time order into a reference (the first 60% of the rows) and a batch. For every statistic
the largest and the median deviation over all columns of all files are printed beside the allowed one; the exit code
is 1 when one is exceeded. Run: `python -m benchmarks.drift_agreement --data FOLDER`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks import exact_statistics as exact
from include.retraining.cli.tables import feature_kinds
from include.retraining.drift.batch import BatchProfile, count_batch
from include.retraining.drift.build import build_profile
from include.retraining.drift.check import compare
from include.retraining.drift.edges import BINS
from include.retraining.drift.profile import ColumnProfile, Profile
from include.retraining.drift.quantiles import quantile
from include.retraining.registry import DRIFT_TESTS
from include.retraining.results.columns import Columns
from include.retraining.results.drift import Finding
from include.retraining.spec.drift import DriftSpec

SPEC = DriftSpec(tests=tuple(DRIFT_TESTS), classifier=False)
REFERENCE = 0.6
QUANTILES = (0.25, 0.5, 0.75)
SIXTEENTHS = 16


@dataclass(frozen=True)
class Bound:
    """Allowed deviation: so much, and so much for each unit of the exact figure."""

    absolute: float
    relative: float = 0.0

    def __call__(self, figure: float) -> float:
        return self.absolute + self.relative * abs(figure)


ROUNDING = Bound(1e-9, 1e-9)
FEW, HEAVY, LEFT = "few values", "heavy values", "range left"
BOUNDS = {
    "null_rate": ROUNDING,
    "infinite_rate": ROUNDING,
    "unseen_categories": ROUNDING,
    "chi_squared": ROUNDING,
    "chi_squared, raw table": ROUNDING,
    "kolmogorov_smirnov": Bound(0.005),
    "rows moved": Bound(2 / 256),
    "anderson_darling": Bound(0.005, 0.01),
    f"anderson_darling, {LEFT}": Bound(0.005, 0.06),
    "van_der_waerden": Bound(0.005, 0.01),
    f"van_der_waerden, {LEFT}": Bound(0.01, 0.03),
    "klotz": Bound(0.015, 0.02),
    f"klotz, {LEFT}": Bound(0.05, 0.15),
    "wasserstein": Bound(0.02, 0.02),
    f"wasserstein, {FEW}": Bound(0.01, 0.5),
    f"wasserstein, {HEAVY}": Bound(0.01, 0.1),
    "population_stability": Bound(0.005, 0.005),
    f"population_stability, {HEAVY}": Bound(0.01, 0.05),
    "jensen_shannon": Bound(0.005),
    "correlation": Bound(0.02),
    f"correlation, {HEAVY}": Bound(0.03),
    "correlation in the batch": Bound(0.02),
    f"correlation in the batch, {HEAVY}": Bound(0.03),
    "quantile": Bound(1.0),
}
"""By statistic, and by the shape of the column where that matters; quantiles in bins of the reference.

`FEW`: at most `FEWEST` different values. `HEAVY`: a value that fills several bins beside more values than bins; of a
pair, one that fills a sixteenth. `LEFT`: part of the batch lies outside the reference's range.

Scores: a bin of 1/256 of the rows has the mean score of its rows, so a batch that is spread in it otherwise is off by a
part of the bin's width, which in the outermost bins, from 2.7 to about 4 deviations, is more than one. A heavy value
has a bin and an exact score of its own, so it costs nothing. A value that left the range counts as the middle of an
outer bin, a sixteenth of the range wide; as scores span about 8 over the range, it is off by up to 8/32, a quarter.
"""
FEWEST = 20
OUTSIDE = 0.002
"""Share of the batch outside the reference's range from which on that matters to the tails."""
GONE = 0.5
"""Share from which on scores are hardly more than extrapolated: then they are not compared."""


@dataclass(frozen=True)
class Deviation:
    """One statistic of one column, by the engine and exactly."""

    statistic: str
    column: str
    engine: float
    exact: float

    @property
    def size(self) -> float:
        return abs(self.engine - self.exact)

    @property
    def allowed(self) -> float:
        return BOUNDS[self.statistic](self.exact)


def deviations(reference: pa.Table, current: pa.Table, columns: Columns) -> list[Deviation]:
    """Compare all statistics of all columns, and the rank correlations of all pairs of numeric ones."""
    profile = build_profile(reference, columns)
    batch = count_batch(profile, current)
    findings = {column.column: column.findings for column in compare(profile, batch, SPEC).columns}
    found: list[Deviation] = []
    for column in profile.columns:
        sides = [table.column(column.name) for table in (reference, current)]
        found += _of_column(column, batch, findings.get(column.name, ()), sides)
    return [*found, *_of_pairs(profile, batch, reference, current)]


def _of_column(
    column: ColumnProfile, batch: BatchProfile, findings: Sequence[Finding], sides: Sequence[pa.ChunkedArray]
) -> Iterator[Deviation]:
    engine = {finding.test: finding.statistic for finding in findings}
    shapes: tuple[str, ...] = ()
    if column.kind == "numeric":
        values = [numbers(side) for side in sides]
        limits, spread = _wasserstein_units(column)
        known = exact.of_numbers(values[0], values[1], limits, spread)
        effects = {finding.test: finding.effect for finding in findings}
        if "kolmogorov_smirnov" in effects:
            engine["rows moved"] = effects["kolmogorov_smirnov"]
        shapes, outside = _shapes(*values)
        if outside > GONE:
            engine = {test: figure for test, figure in engine.items() if test not in {"van_der_waerden", "klotz"}}
        yield from _of_quantiles(column, batch, values)
    else:
        known = exact.of_names(*(side.cast(pa.string()).to_pylist() for side in sides))
        if "chi_squared" in engine:
            engine["chi_squared, raw table"] = engine["chi_squared"]
    for statistic in engine.keys() & known.keys():
        yield Deviation(_shaped(statistic, *shapes), column.name, engine[statistic], known[statistic])


def _shapes(reference: exact.Floats, current: exact.Floats) -> tuple[tuple[str, ...], float]:
    """What about a numeric column matters to how well it can be counted, and the share that left the range."""
    before, now = (side[np.isfinite(side)] for side in (reference, current))
    if not len(before) or not len(now):
        return (), 0.0
    rows = np.unique(before, return_counts=True)[1]
    outside = float(((now < before.min()) | (now > before.max())).mean())
    shapes = {
        HEAVY: len(rows) > BINS and rows.max() > 2 * len(before) / BINS,
        FEW: len(rows) <= FEWEST,
        LEFT: len(rows) > FEWEST and outside > OUTSIDE,
    }
    return tuple(shape for shape, found in shapes.items() if found), outside


def _shaped(statistic: str, *shapes: str) -> str:
    """The statistic with the first shape that matters to it."""
    known = (f"{statistic}, {shape}" for shape in shapes if f"{statistic}, {shape}" in BOUNDS)
    return next(known, statistic)


def _wasserstein_units(column: ColumnProfile) -> tuple[tuple[float, float], float]:
    """Limits and spread as the engine has them: its own test bounds how far its quantiles are off."""
    if not column.counts.valid:
        return (0.0, 0.0), 0.0
    low, first, third, high = (
        quantile(column.counts, column.layout.edges, share) for share in (0.01, 0.25, 0.75, 0.99)
    )
    spread = third - first if third > first else (high - low) / 3
    return (first - 10 * spread, third + 10 * spread), spread


def _of_quantiles(column: ColumnProfile, batch: BatchProfile, values: Sequence[exact.Floats]) -> Iterator[Deviation]:
    """Bin of each quantile that a text may name."""
    edges = column.layout.edges
    for counts, side in zip((column.counts, batch.counts[column.key]), values, strict=True):
        finite = side[np.isfinite(side)]
        for share in QUANTILES if len(finite) else ():
            figures = quantile(counts, edges, share), float(np.quantile(finite, share, method="inverted_cdf"))
            engine, known = (float(edges.searchsorted(figure, "right")) for figure in figures)
            yield Deviation("quantile", column.name, engine, known)


def _of_pairs(profile: Profile, batch: BatchProfile, reference: pa.Table, current: pa.Table) -> Iterator[Deviation]:
    if profile.pairs is None or batch.pairs is None:
        return
    names = profile.pairs.names
    before, now = ([numbers(table.column(name)) for name in names] for table in (reference, current))
    heavy = [np.unique(values, return_counts=True)[1].max() > len(values) / SIXTEENTHS for values in before]
    for statistic, transformed, rows in (
        ("correlation", profile.pairs.transformed, before),
        ("correlation in the batch", batch.pairs.transformed()[0], now),
    ):
        for (i, j), figure in zip(combinations(range(len(names)), 2), np.tanh(transformed), strict=True):
            if np.isfinite(figure):
                known = exact.rank_correlation([before[i], before[j]], [rows[i], rows[j]])
                name = _shaped(statistic, *((HEAVY,) if heavy[i] or heavy[j] else ()))
                yield Deviation(name, f"{names[i]} and {names[j]}", float(figure), known)


def numbers(values: pa.ChunkedArray) -> exact.Floats:
    """Values as numbers, nulls as NaN."""
    return np.array([np.nan if value is None else float(value) for value in values.to_pylist()])


def split(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Cut rows in time order into a reference and a batch."""
    rows = int(table.num_rows * REFERENCE)
    return table.slice(0, rows), table.slice(rows)


def main() -> int:
    """Print one line for each statistic."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of Parquet files, rows in time order")
    parser.add_argument("--only", nargs="*", help="names of files, without their ending")
    options = parser.parse_args()
    found: list[tuple[str, Deviation]] = []
    for path in sorted(options.data.glob("*.parquet")):
        if not options.only or path.stem in options.only:
            table = pq.read_table(path)
            found += [(path.stem, one) for one in deviations(*split(table), feature_kinds(table, ()))]
    return report(found)


def report(found: Sequence[tuple[str, Deviation]]) -> int:
    """Print the deviations; 1 when a bound is exceeded."""
    headings = ("statistic", "compared", "median", "largest", "allowed", "engine", "exact", "where")
    table = Table(*headings, box=None)
    for statistic in BOUNDS:
        ours = [(name, one) for name, one in found if one.statistic == statistic]
        if ours:
            name, worst = max(ours, key=lambda entry: entry[1].size / entry[1].allowed)
            figures = median(one.size for _, one in ours), worst.size, worst.allowed, worst.engine, worst.exact
            table.add_row(
                statistic, str(len(ours)), *(f"{figure:.2g}" for figure in figures), f"{name}: {worst.column}"
            )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return int(any(one.size > one.allowed for _, one in found))


if __name__ == "__main__":
    sys.exit(main())
