"""Does the system say what is wrong? Simulated roasters with known truth, run through the production steps.

Run: `python -m benchmarks.diagnosis --scenarios steady flip --seeds 5 --processes 2 --out days.jsonl`; print the
tables of earlier runs again with `--read days.jsonl`. A day whose answer is still open is not graded.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from include.demo.roaster.replay import run_scenario, share
from include.demo.roaster.scenarios import DAYS, SCENARIOS
from include.demo.roaster.simulate import simulate
from include.retraining.results import Outcome

NONE = "none given"
QUIET_DAYS = 30  # in which a healthy stream should neither be retrained nor have labels held
ACTING = {"retrain", "update", "hold_labels"}


def diagnosis_of(outcome: Outcome) -> str:
    """Read what the system says is the matter; the only place that knows where it stands in the record."""
    found = getattr(outcome, "diagnosis", None)
    return NONE if found is None else str(found.kind)


def held_labels(outcome: Outcome) -> tuple[str, ...]:
    """Read the keys of labels that the system holds out; the only place that knows where they stand."""
    audit = outcome.concept.audit if outcome.concept else None
    return tuple(str(key) for found in audit.held for key in found.keys) if audit and not audit.capped else ()


@dataclass(frozen=True)
class Day:
    """What the system said and did on one day of one stream."""

    scenario: str
    seed: int
    day: int
    diagnosis: str
    action: str
    validation: str
    drifted: tuple[str, ...]
    performance: str
    promoted: bool
    held: tuple[str, ...]

    @classmethod
    def of(cls, scenario: str, seed: int, day: int, outcome: Outcome) -> "Day":
        """Keep of an outcome what is graded."""
        return cls(
            scenario,
            seed,
            day,
            diagnosis_of(outcome),
            outcome.decision.action,
            outcome.validation.verdict,
            outcome.drift.drifted_names if outcome.drift else (),
            outcome.performance.verdict if outcome.performance else NONE,
            outcome.promoted,
            held_labels(outcome),
        )


@dataclass(frozen=True)
class Stream:
    """All days of one scenario and seed, in order."""

    scenario: str
    seed: int
    days: tuple[Day, ...]

    def retrained(self, day: int) -> bool:
        """Whether a challenger that has learned from the new time reigned on a day."""
        learnable = SCENARIOS[self.scenario].learnable
        return learnable is not None and any(one.promoted for one in self.days[learnable:day])

    def graded(self) -> Iterable[tuple[str, Day, bool]]:
        """Days with a known answer: the best answer, the day, and whether what was said is right."""
        story = SCENARIOS[self.scenario]
        for one in self.days:
            if right := story.right(one.day):
                accepted = story.accepts(one.day, one.diagnosis, retrained=self.retrained(one.day))
                yield (one.diagnosis if accepted else right[0]), one, accepted

    def detected(self) -> int | None:
        """First day on which the scenario's answer was given."""
        story = SCENARIOS[self.scenario]
        found = (one.day for one in self.days if story.change is not None and one.day >= story.change)
        said = (day for day in found if self.days[day].diagnosis == story.answer)
        return next(said, None)

    def acted(self) -> bool:
        """Whether anything was trained or held in the first days."""
        return any(one.action in ACTING for one in self.days[:QUIET_DAYS])


def replay(scenario: str, seed: int, folder: str, days: int) -> tuple[list[Day], float]:
    """Run one stream; gives its days and the seconds that one took."""
    began = time.perf_counter()
    outcomes = run_scenario(scenario, seed, Path(folder) / str(seed), days=days)
    seconds = (time.perf_counter() - began) / max(len(outcomes), 1)
    shutil.rmtree(Path(folder) / str(seed) / scenario)
    return [Day.of(scenario, seed, day, outcome) for day, outcome in enumerate(outcomes)], seconds


def prepare(seed: int, folder: str) -> None:
    """Train the first champion of a seed and run the days that its scenarios share."""
    share(seed, Path(folder) / str(seed))


def run(names: Sequence[str], seeds: Sequence[int], days: int, processes: int, out: Path | None) -> list[Day]:
    """Run all streams, several at a time, each on one thread; written to `out` as they end."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before the workers import what counts its threads
    found: list[Day] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
    ):
        list(pool.map(prepare, seeds, [folder] * len(seeds)))
        jobs = [(name, seed) for seed in seeds for name in names]
        columns = zip(*((name, seed, folder, days) for name, seed in jobs), strict=True)
        for number, (one, seconds) in enumerate(pool.map(replay, *columns), start=1):
            found.extend(one)
            print(
                f"{number}/{len(jobs)}: {one[0].scenario}, seed {one[0].seed}, {seconds:.2f} s an interval", flush=True
            )
            if out is not None:
                with out.open("a") as file:
                    file.writelines(json.dumps(asdict(day)) + "\n" for day in one)
    return found


def read(path: Path) -> list[Day]:
    """Read the days of earlier runs."""
    documents = map(json.loads, path.read_text().splitlines())
    return [Day(**{**entry, "drifted": tuple(entry["drifted"]), "held": tuple(entry["held"])}) for entry in documents]


def streams(days: Iterable[Day]) -> list[Stream]:
    """Put the days of each stream together."""
    ordered = sorted(days, key=lambda one: (list(SCENARIOS).index(one.scenario), one.seed, one.day))
    grouped = groupby(ordered, key=lambda one: (one.scenario, one.seed))
    return [Stream(scenario, seed, tuple(group)) for (scenario, seed), group in grouped]


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
    table = Table("scenario", "right", "detected", "median day", "actions", "drift", "performance", "trained or held")
    for name, group in groupby(found, key=lambda stream: stream.scenario):
        some = list(group)
        days = [one for stream in some for one in stream.days]
        graded = [right for stream in some for _, _, right in stream.graded()]
        detected = [day for stream in some if (day := stream.detected()) is not None]
        wanted = SCENARIOS[name].answer is not None
        table.add_row(
            name,
            f"{sum(graded) / max(len(graded), 1):.0%}",
            f"{len(detected)} of {len(some)}" if wanted else "",
            f"{median(detected):g}" if detected else "",
            _shares(one.action for one in days),
            f"{sum(bool(one.drifted) for one in days) / len(days):.0%}",
            _shares(one.performance for one in days),
            f"{sum(stream.acted() for stream in some)} of {len(some)}",
        )
    return table


def _shares(values: Iterable[str]) -> str:
    counts = Counter(values)
    return ", ".join(f"{value} {count / counts.total():.0%}" for value, count in counts.most_common())


def held(found: Sequence[Stream], days: int) -> str:
    """Precision and recall of held labels over all streams, in labels."""
    hits = kept = wrong = 0
    for stream in found:
        mistaken = _wrong(stream, days)
        ours = {key for one in stream.days for key in one.held}
        hits, kept, wrong = hits + len(ours & mistaken), kept + len(ours), wrong + len(mistaken)
    precision = f"{hits / kept:.1%}" if kept else "none held"
    return f"held labels: {kept}; precision {precision}; recall {hits / wrong:.1%}" if wrong else "no wrong labels"


def _wrong(stream: Stream, days: int) -> set[str]:
    """Keys of the wrong labels that have arrived."""
    if SCENARIOS[stream.scenario].cause != "laboratory":
        return set()
    roasts = simulate(stream.scenario, stream.seed, days)
    arrived = roasts.labels["measured_at"] <= roasts.features["roasted_at"].max()
    return set(roasts.labels.loc[arrived, "roast_id"]) & roasts.truth.wrong_labels


def main() -> None:
    """Run or read the streams and print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, help="file that the days are added to, one JSON document a line")
    parser.add_argument("--read", type=Path, help="print the tables of such a file and run nothing")
    given = parser.parse_args()
    days = read(given.read) if given.read else run(
        given.scenarios, range(given.seeds), given.days, given.processes, given.out
    )  # fmt: skip
    found, console = streams(days), Console(width=200)
    console.print(confusion(found))
    console.print(by_scenario(found))
    calm = [stream for stream in found if SCENARIOS[stream.scenario].cause in ("nothing", "delivery")]
    console.print(
        f"healthy streams trained or held within {QUIET_DAYS} days: {sum(s.acted() for s in calm)}/{len(calm)}"
    )
    console.print(held(found, max(one.day for one in days) + 1))


if __name__ == "__main__":
    main()
