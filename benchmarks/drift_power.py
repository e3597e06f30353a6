"""False alarms and power of the drift check by simulation, beside peers that know the truth.

The model has many columns. Peers are judged by one statistic of the changed column, with the limit that gives them
the same false-alarm rate in the simulated world (`drift_power_peers`), and with the limits of 0.1 that are usual.
Against a change of the null rate the peer is the exact test of that rate alone; no peer of columns one by one can
see a change of correlation. Run: `python -m benchmarks.drift_power --out drift_power.md`.
"""

import argparse
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom

from benchmarks.drift_power_peers import ABOVE, PEERS, limits
from benchmarks.drift_power_worlds import CHANGES, NULLS, Change, Generator, World, draw_model, redraw_batch
from include.retraining.drift import correlation
from include.retraining.drift.calibration import Prior, Verdict
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.examination import measure_column
from include.retraining.drift.judging import Examined, judge, shared_priors, verdict_on
from include.retraining.drift.pairs import Places, sum_pairs
from include.retraining.results.drift import ColumnDrift
from include.retraining.spec.drift import DriftSpec

DEFAULT = DriftSpec()
SPEC = DEFAULT.model_copy(update={"minimum_effect": 0.0, "minimum_null_change": 0.0})
CHANGED = {"numeric": 1, "categorical": 10}
"""Number of the column that changes; in a mixed world one with some variation."""
CORRELATION = "correlation 0.5 to -0.5"
MOST_ROWS = 10_000
"""Largest batch whose rows are drawn one by one, which correlations need."""
TURNED = 20
"""Most batches in which a correlation turns: their rows take long to draw."""
CORRELATED = 10
"""Columns of the model in which a correlation changes; the first two correlate."""
CERTAINTY = 0.99
"""Probability with which a check at its nominal rate has at most as many alarms as the bound."""


@dataclass
class Tally:
    """What was found in one world: of ours, with and without the default minimum effects, and of the peers."""

    world: World
    repetitions: int
    changed: int
    found: Counter[str] = field(default_factory=Counter)
    default: Counter[str] = field(default_factory=Counter)
    peers: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, name: str, columns: list[ColumnDrift]) -> None:
        """Count what was found in these columns."""
        self.found[name] += any(column.drifted for column in columns)
        self.default[name] += any(large_enough(column) for column in columns)


def large_enough(column: ColumnDrift) -> bool:
    """Whether an alarm would also count with the default minimum effects."""
    rates = ("null_rate", "infinite_rate", "unseen_categories")
    return any(
        finding.drifted
        and finding.effect >= (DEFAULT.minimum_null_change if finding.test in rates else DEFAULT.minimum_effect)
        for finding in column.findings
    )


def examine(number: int, data: ColumnData) -> Examined:
    """One column with all its tests."""
    return Examined(str(number), "feature", data.layout.kind, measure_column(data, SPEC))


def settle(columns: list[Examined]) -> tuple[list[Examined], dict[str, Prior | None]]:
    """The columns with verdicts for evidence, which another batch in one of them leaves as they are."""
    priors = shared_priors(columns)
    settled = [
        replace(column, tests=tuple(replace(test, evidence=verdict_on(test, priors)) for test in column.tests))
        for column in columns
    ]
    return settled, priors


def simulate(world: World, repetitions: int, changed: int, seed: int) -> Tally:
    """Judge unchanged batches, and for the first `changed` of them batches with each change."""
    rng, tally = np.random.default_rng(seed), Tally(world, repetitions, changed)
    known = {kind: limits(rng, world, kind, SPEC.false_alarm_rate) if changed else {} for kind in PEERS}
    for repetition in range(repetitions):
        model = draw_model(rng, world)
        columns, priors = settle([examine(number, data) for number, data in enumerate(model)])
        tally.add("nothing", judge(columns, SPEC.false_alarm_rate))
        for change in CHANGES if repetition < changed else ():
            number = CHANGED[change.layout.kind]
            data = redraw_batch(rng, model[number], world, number, change)
            found = examine(number, data)
            tests = tuple(replace(test, evidence=verdict_on(test, priors)) for test in found.tests)
            others = [*columns[:number], replace(found, tests=tests), *columns[number + 1 :]]
            tally.add(change.name, [judge(others, SPEC.false_alarm_rate)[number]])
            tally.peers.setdefault(change.name, Counter()).update(peers(data, change, known, world))
    if changed and world.batch_rows <= MOST_ROWS:
        turn_correlation(rng, world, tally)
    print(row(tally), flush=True)
    return tally


def peers(data: ColumnData, change: Change, known: dict[str, dict[str, float]], world: World) -> Counter[str]:
    """The peers that find a change: at the same false-alarm rate, and (named with it) at their usual limit."""
    if change.nulls != NULLS:
        rows = data.current.rows
        most = next(
            hits for hits in range(rows) if binom.sf(hits, rows, NULLS) <= SPEC.false_alarm_rate / world.columns
        )
        return Counter({"binomial": int(data.current.nulls > most)})
    sides = data.reference.bins, data.current.bins
    statistics = {name: float(statistic(*sides)) for name, statistic in PEERS[data.layout.kind].items()}
    limits_here = known[data.layout.kind]
    return Counter({name: int(statistics[name.split(ABOVE)[0]] > limit) for name, limit in limits_here.items()})


def correlated(rng: Generator, rows: int, strength: float) -> Places:
    """Places of normal columns, of which the first two correlate."""
    columns = rng.normal(size=(CORRELATED, rows))
    columns[1] = strength * columns[0] + np.sqrt(1 - strength**2) * columns[1]
    return (2 * np.searchsorted(ndtri(np.arange(1, 16) / 16), columns) - 15).astype(np.int8)


def turn_correlation(rng: Generator, world: World, tally: Tally) -> None:
    """Count how often a correlation that turns is found, and how often one that stays."""
    parts = np.split(np.arange(world.chunks * world.chunk_rows), world.chunks)
    names = [str(number) for number in range(CORRELATED)]
    for _ in range(min(tally.changed, TURNED)):
        reference = correlated(rng, world.chunks * world.chunk_rows, 0.5)
        profile = correlation.profile_pairs(names, (), reference, {}, parts)
        for name, now in ((CORRELATION, -0.5), ("correlation stays", 0.5)):
            measured = correlation.measure(profile, sum_pairs(correlated(rng, world.batch_rows, now), {}))
            if measured is not None and isinstance(measured[1].evidence, Verdict):
                hit = measured[1].evidence.p_value <= SPEC.false_alarm_rate / world.columns
                tally.found[name] += hit
                tally.default[name] += hit and measured[1].effect >= measured[1].minimum_effect


def row(tally: Tally) -> str:
    """One line of the table."""
    bound = int(binom.ppf(CERTAINTY, tally.repetitions, SPEC.false_alarm_rate))
    alarms = f"{tally.found['nothing']} of {tally.repetitions} (bound {bound})"
    cells = [tally.world.name, f"{tally.world.variation:g}", alarms, str(tally.default["nothing"])]
    names = [*(change.name for change in CHANGES), CORRELATION]
    cells += [cell(tally, name) if name in tally.found else "" for name in names]
    return f"| {' | '.join(cells)} |"


def cell(tally: Tally, name: str) -> str:
    """How often a change was found: ours, ours with the default minimum effects, and the best of the peers."""
    repetitions = tally.changed if name != CORRELATION else min(tally.changed, TURNED)
    rates = {peer: count / repetitions for peer, count in tally.peers.get(name, {}).items()}
    text = f"**{tally.found[name] / repetitions:.0%}** / {tally.default[name] / repetitions:.0%}"
    usual = {peer: rate for peer, rate in rates.items() if ABOVE in peer}
    same = {peer: rate for peer, rate in rates.items() if ABOVE not in peer}
    for found in (same, usual):
        if found:
            best = max(found, key=lambda peer: found[peer])
            text += f" / {found[best]:.0%} {best}"
    return text


def table(tallies: list[Tally]) -> str:
    """All worlds as Markdown."""
    titles = ["rows", "variation, sd", "alarms without change", "with minima"]
    titles += [*(change.name for change in CHANGES), CORRELATION]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|", *(row(tally) for tally in tallies)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the options and run every world, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[500, 1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--chunk-rows", type=int, default=0, help="rows of a reference chunk; 0: as the batch")
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--chunks", type=int, default=30)
    parser.add_argument("--variation", type=float, nargs="*", default=[0.0, 0.03])
    parser.add_argument("--repetitions", type=int, default=300, help="unchanged batches")
    parser.add_argument("--changed", type=int, default=100, help="batches with each change; 0: false alarms only")
    parser.add_argument("--mixed", action="store_true", help="columns with no, some, and ten times the variation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--out", type=Path, help="Markdown file to write the table to")
    options = parser.parse_args()
    worlds = [
        World(options.columns, options.chunks, options.chunk_rows or rows, rows, variation, options.mixed)
        for variation in options.variation
        for rows in options.rows
    ]
    task = partial(simulate, repetitions=options.repetitions, changed=options.changed, seed=options.seed)
    with ProcessPoolExecutor(options.workers) as pool:
        tallies = list(pool.map(task, worlds))
    if options.out:
        options.out.write_text(table(tallies))


if __name__ == "__main__":
    main()
