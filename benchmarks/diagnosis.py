"""Does the system say what is wrong? Simulated roasters with known truth, run through the production steps.

Run: `python -m benchmarks.diagnosis --scenarios steady flip --seeds 5 --processes 2 --out streams.jsonl`; print the
tables of earlier runs again with `--read streams.jsonl`. A day whose answer is still open is not graded.
"""

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.diagnosis_detectors import delays
from benchmarks.diagnosis_streams import Stream, read, run
from include.demo.roaster.scenarios import DAYS, SCENARIOS
from include.demo.roaster.simulate import simulate

QUIET_DAYS = 30  # in which a healthy stream should neither be retrained nor have labels held
ACTING = {"retrain", "update", "hold_labels"}
PARTS = 4  # of a change that was split: data, concept, labels, noise
CLEAR = 0.25  # of the champion's usual error, from which on a change is worth splitting
CALM = ("nothing", "delivery")
"""Causes of scenarios in which neither the world nor the labels change."""


def acted(stream: Stream) -> bool:
    """Whether anything was trained or held in the first days."""
    return any(one.action in ACTING for one in stream.days[:QUIET_DAYS])


def confusion(found: Sequence[Stream]) -> Table:
    """Count graded days by the right answer and by what was said; an accepted answer counts as the right one."""
    counts = Counter((right, one.diagnosis) for stream in found for right, one, _ in stream.graded())
    said = sorted({diagnosis for _, diagnosis in counts})
    table = Table("truth", *said, title="days by truth (rows) and diagnosis (columns)")
    for truth in sorted({right for right, _ in counts}):
        table.add_row(truth, *(str(counts[truth, diagnosis] or "") for diagnosis in said))
    return table


def by_scenario(found: Sequence[Stream]) -> Table:
    """One row for each scenario: how often right, when detected, what was done."""
    table = Table(
        "scenario",
        "right",
        "detected",
        "median day",
        "segment",
        "actions",
        "trained or held",
        "held: precision, recall",
        "attributed to data, concept, labels, noise",
    )
    for name, group in groupby(found, key=lambda stream: stream.scenario):
        some = list(group)
        graded = [right for stream in some for _, _, right in stream.graded()]
        detected = [day for stream in some if (day := stream.detected()) is not None]
        wanted = SCENARIOS[name].answer is not None
        table.add_row(
            name,
            f"{sum(graded) / max(len(graded), 1):.1%}",
            f"{len(detected)} of {len(some)}" if wanted else "",
            f"{median(detected):g}" if detected else "",
            _named(some),
            _shares(one.action for stream in some for one in stream.days),
            f"{sum(map(acted, some))} of {len(some)}",
            held(some),
            attributed(some),
        )
    return table


def _named(some: Sequence[Stream]) -> str:
    """How often the right segment was named, where there is one to name."""
    story = SCENARIOS[some[0].scenario]
    if story.segment is None or story.cause != "relation":
        return ""
    words = " = ".join(story.segment)
    right = sum(any(one.segment == words for one in stream.days) for stream in some)
    return f"{right} of {len(some)}"


def _shares(values: Iterable[str]) -> str:
    counts = Counter(values)
    return ", ".join(f"{value} {count / counts.total():.0%}" for value, count in counts.most_common())


def attributed(found: Sequence[Stream]) -> str:
    """Mean size of each part beside all four, on the days on which the scenario's answer was given.

    Only changes of at least a quarter of the champion's usual error count: the shares of next to nothing say nothing.
    """
    sizes = [
        np.abs(one.parts)
        for stream in found
        for one in stream.days
        if one.diagnosis == SCENARIOS[stream.scenario].answer
        and len(one.parts) == PARTS
        and abs(sum(one.parts)) >= CLEAR * np.mean(stream.usual)
    ]
    if not sizes:
        return ""
    shares = np.mean([size / size.sum() for size in sizes], axis=0)
    return ", ".join(f"{share:.0%}" for share in shares) + f" ({len(sizes)} days)"


def held(found: Sequence[Stream]) -> str:
    """Precision and recall of held labels where a laboratory's fault can be pinned on them; else the share held."""
    hits = kept = wrong = arrived = 0
    for stream in found:
        known, mistaken = _labels(stream)
        ours = {key for one in stream.days for key in one.held}
        hits, kept, wrong = hits + len(ours & mistaken), kept + len(ours), wrong + len(mistaken)
        arrived += len(known)
    if not wrong:
        return f"{kept / arrived:.1%} of good labels" if kept else "none"
    return f"{hits / kept:.1%}, {hits / wrong:.1%}" if kept else "none held"


def _labels(stream: Stream) -> tuple[set[str], set[str]]:
    """Keys of all labels that have arrived, and of the wrong ones among them."""
    roasts = simulate(stream.scenario, stream.seed, len(stream.days))
    arrived = roasts.labels["measured_at"] <= roasts.features["roasted_at"].max()
    keys = set(roasts.labels.loc[arrived, "roast_id"])
    laboratory = SCENARIOS[stream.scenario].cause == "laboratory"
    return keys, keys & roasts.truth.wrong_labels if laboratory else set()


def verdict(found: Sequence[Stream]) -> Iterator[str]:
    """Sum up: days that were right, and healthy streams that were disturbed."""
    graded = [right for stream in found for _, _, right in stream.graded()]
    yield f"right on {sum(graded)} of {len(graded)} graded days: {sum(graded) / len(graded):.1%}"
    calm = [stream for stream in found if SCENARIOS[stream.scenario].cause in CALM]
    yield f"healthy streams trained or held within {QUIET_DAYS} days: {sum(map(acted, calm))} of {len(calm)}"


def main() -> None:
    """Run or read the streams and print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, help="file that the streams are added to, one JSON document a line")
    parser.add_argument("--read", type=Path, nargs="+", help="print the tables of such files and run nothing")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    found = read(given.read) if given.read else run(given.scenarios, seeds, given.days, given.processes, given.out)
    found.sort(key=lambda stream: (list(SCENARIOS).index(stream.scenario), stream.seed))
    console = Console(width=200)
    for table in (confusion, by_scenario, delays):
        console.print(table(found))
    for line in verdict(found):
        console.print(line)


if __name__ == "__main__":
    main()
