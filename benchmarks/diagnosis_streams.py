"""Streams of the simulated roaster, run through the production steps, and what is kept of each day."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from include.demo.roaster.replay import FIRST, run_scenario, share, workplace
from include.demo.roaster.scenarios import SCENARIOS
from include.retraining.results.concept import Attribution
from include.retraining.results.outcome import Outcome
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.workplace import HOLDOUT_FILE, LABELLED_FILE, TRUTH, Workplace

NONE = "none given"
ALARMS = {"concept_drift", "local_concept_drift", "suspect_labels", "harmful_data_drift"}
"""What the system says when the error has grown, or is about to."""
_DIGITS = 4  # kept of a loss; results are measured to two


@dataclass(frozen=True)
class Day:
    """What the system said and did on one day of one stream.

    `losses` are those of the labels that came of age; `parts` what the change of the metric was attributed to: data,
    concept, labels and noise, in metric points, nothing where it was not split.
    """

    day: int
    diagnosis: str
    action: str
    validation: str = "passed"
    drifted: tuple[str, ...] = ()
    performance: str = NONE
    promoted: bool = False
    held: tuple[str, ...] = ()
    segment: str | None = None
    losses: tuple[float, ...] = ()
    parts: tuple[float, ...] = ()

    @classmethod
    def of(cls, day: int, outcome: Outcome, losses: tuple[float, ...] = ()) -> "Day":
        """Keep of an outcome what is graded."""
        diagnosis, audit = outcome.diagnosis, outcome.concept.audit if outcome.concept else None
        return cls(
            day=day,
            diagnosis=diagnosis.kind if diagnosis else NONE,
            action=outcome.decision.action,
            validation=outcome.validation.verdict,
            drifted=outcome.drift.drifted_names if outcome.drift else (),
            performance=outcome.performance.verdict if outcome.performance else NONE,
            promoted=outcome.promoted,
            held=tuple(str(key) for found in audit.held for key in found.keys) if audit and not audit.capped else (),
            segment=diagnosis.segment if diagnosis else None,
            losses=losses,
            parts=_parts(outcome.concept.attribution if outcome.concept else None),
        )


def _parts(found: Attribution | None) -> tuple[float, ...]:
    """What a change was attributed to, as far as it was."""
    parts = () if found is None else (found.data, found.concept, found.labels, found.noise)
    return tuple(round(part.value, _DIGITS) for part in parts if part is not None)


@dataclass(frozen=True)
class Stream:
    """All days of one scenario and seed, in order, and the first champion's losses on its holdout."""

    scenario: str
    seed: int
    days: tuple[Day, ...]
    usual: tuple[float, ...] = ()

    def retrained(self, day: int) -> bool:
        """Whether a challenger that has learned from the new time reigned on a day."""
        learnable = SCENARIOS[self.scenario].learnable
        return learnable is not None and any(one.promoted for one in self.days[learnable:day])

    def graded(self) -> Iterator[tuple[str, Day, bool]]:
        """Days with a known answer: the best answer, the day, and whether what was said is right."""
        story = SCENARIOS[self.scenario]
        for one in self.days:
            if right := story.right(one.day):
                accepted = story.accepts(one.day, one.diagnosis, retrained=self.retrained(one.day))
                yield (one.diagnosis if accepted else right[0]), one, accepted

    def detected(self) -> int | None:
        """First day on which the scenario's answer was given."""
        story = SCENARIOS[self.scenario]
        found = (one for one in self.days if story.change is not None and one.day >= story.change)
        return next((one.day for one in found if one.diagnosis == story.answer), None)

    def first_reign(self) -> tuple[Day, ...]:
        """The days on which the first champion reigned."""
        promoted = next((one.day for one in self.days if one.promoted), len(self.days))
        return self.days[: promoted + 1]

    def to_json(self) -> str:
        """One line of a file."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Stream":
        """Read what `to_json` wrote."""
        entry: dict[str, Any] = json.loads(line)
        days = tuple(Day(**{name: _frozen(value) for name, value in day.items()}) for day in entry["days"])
        return cls(entry["scenario"], entry["seed"], days, tuple(entry["usual"]))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def run(names: Sequence[str], seeds: Sequence[int], days: int, processes: int, out: Path | None) -> list[Stream]:
    """Run all streams, several at a time, each on one thread; written to `out` as they end."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before the workers import what counts its threads
    found: list[Stream] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
    ):
        list(pool.map(_prepare, seeds, [folder] * len(seeds)))
        jobs = [(name, seed) for seed in seeds for name in names]
        columns = zip(*((name, seed, folder, days) for name, seed in jobs), strict=True)
        for number, (stream, seconds) in enumerate(pool.map(_replay, *columns), start=1):
            found.append(stream)
            print(f"{number}/{len(jobs)}: {stream.scenario}, seed {stream.seed}, {seconds:.2f} s a day", flush=True)
            if out is not None:
                with out.open("a") as file:
                    file.write(stream.to_json() + "\n")
    return found


def read(paths: Iterable[Path]) -> list[Stream]:
    """Read the streams of earlier runs, in the order of the scenarios."""
    found = [Stream.from_json(line) for path in paths for line in path.read_text().splitlines()]
    return sorted(found, key=lambda stream: (list(SCENARIOS).index(stream.scenario), stream.seed))


def _prepare(seed: int, folder: str) -> None:
    """Train the first champion of a seed and run the days that its scenarios share."""
    share(seed, Path(folder) / str(seed))


def _replay(scenario: str, seed: int, folder: str, days: int) -> tuple[Stream, float]:
    """Run one stream; gives the seconds that one day took besides."""
    began, own = time.perf_counter(), Path(folder) / str(seed)
    outcomes = run_scenario(scenario, seed, own, days=days)
    seconds = (time.perf_counter() - began) / max(len(outcomes), 1)
    place = workplace(own / scenario)
    usual, losses = _losses(place, days)
    shutil.rmtree(own / scenario)
    kept = tuple(Day.of(day, outcome, losses.get(day, ())) for day, outcome in enumerate(outcomes))
    return Stream(scenario, seed, kept, usual), seconds


def _losses(place: Workplace, days: int) -> tuple[tuple[float, ...], dict[int, tuple[float, ...]]]:
    """Absolute errors of the first champion's holdout, and by day of the labels that came of age."""
    holdout = place.trained(place.ledger.entries()[0].training_id).read_frame(HOLDOUT_FILE)
    found = {}
    for point in place.history(FIRST.end + timedelta(days=days)):
        folder = place.folder.child(point.folder)
        if point.interval.start >= FIRST.end and folder.exists(LABELLED_FILE):
            found[(point.interval.start - FIRST.end).days] = _errors(folder.read_frame(LABELLED_FILE))
    return _errors(holdout), found


def _errors(rows: Any) -> tuple[float, ...]:
    errors = np.abs(rows[TRUTH].to_numpy() - from_columns(rows))
    return tuple(np.round(errors[np.isfinite(errors)], _DIGITS).tolist())
