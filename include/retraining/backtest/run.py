"""A whole backtest: policies and rules side by side on all cores, each piece of work done once and kept."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from include.retraining.backtest.ground import PART, Ground
from include.retraining.backtest.history import Copied, keep_history
from include.retraining.backtest.judge import Court, convene, gains, judge, list_contests, share_out
from include.retraining.backtest.policies import Policy, Rule
from include.retraining.backtest.processes import start_processes
from include.retraining.backtest.recommend import compare, recommend
from include.retraining.backtest.replay import backtest, count_finished, finished
from include.retraining.backtest.rules import Step, follow
from include.retraining.backtest.timeline import Timeline, of_policy, of_rule
from include.retraining.data.store import Folder, open_store
from include.retraining.errors import RetrainingError
from include.retraining.metrics.catalogue import get_metric
from include.retraining.results.backtest import Backtest
from include.retraining.results.outcome import Outcome
from include.retraining.results.performance import Estimate
from include.retraining.results.run import Interval, Run
from include.retraining.settings import PROJECT
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace

# What results depend on besides the project's own code.
_LIBRARIES = ("great-expectations", "numpy", "pandas", "river", "scikit-learn", "scipy")
_SLOW_IMPORTS = ("include.retraining.data.validation.engine", "sklearn.ensemble")
_NAME_LENGTH = 12
_LOOK_SECONDS = 0.5
OnProgress = Callable[[str, int, int], None]
"""Called with what is under way, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Plan:
    """What is to be replayed, and where its files lie.

    Parameters
    ----------
    root
        Local folder for everything; a later backtest of the same history with the same code finds its work again.
    """

    spec: ModelSpec
    policies: tuple[Policy, ...]
    rules: tuple[Rule, ...]
    intervals: tuple[Interval, ...]
    root: Path

    @cached_property
    def folder(self) -> Path:
        """Named by the history and by the code: with other code, nothing that was found before counts."""
        span = [self.intervals[0].start.isoformat(), self.intervals[-1].end.isoformat(), self.spec.schedule]
        return self.root / self.spec.name / _digest([_code(), self.spec.data.model_dump_json(), *span])

    @cached_property
    def copied(self) -> tuple[ModelSpec, Copied]:
        """The model that reads the copied history, and when it was copied."""
        return keep_history(self.spec, self.intervals, self.folder / "history")

    def place(self, policy: Policy) -> Workplace:
        """Where a policy is replayed."""
        spec = policy.spec.model_copy(update={"data": self.copied[0].data})
        return Workplace(spec, self._store.child(f"policies/{self._name(policy)}"), None, self._store.child("shared"))

    def _name(self, policy: Policy) -> str:
        return f"{policy.name}-{_digest([policy.spec.model_dump_json()])}"

    @property
    def checked(self) -> Folder:
        """Where policies share their checks."""
        return self._store.child("checked")

    @property
    def ground(self) -> Ground:
        """What rules stand on: the first policy."""
        first = self.policies[0]
        return Ground(self.place(first), self._store.child(f"rules/{self._name(first)}"), self.intervals)

    @property
    def _store(self) -> Folder:
        return open_store(str(self.folder))


@dataclass(frozen=True)
class Found:
    """What a backtest found, and each interval of the first policy."""

    result: Backtest
    outcomes: tuple[Outcome, ...]
    copied: Copied


def run(plan: Plan, *, processes: int, budget: int | None, on_progress: OnProgress) -> Found:
    """Copy the history, replay every policy and rule, judge them on the same rows, and recommend one.

    Killed at any point, it goes on from there when it is called again.

    Parameters
    ----------
    budget
        Most trainings that a recommended policy may have made; None: any number.
    """
    threads = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # workers read it when they start
    with start_processes(processes, (__name__, *_SLOW_IMPORTS)) as pool:
        on_progress("copying the history", 0, 1)
        _, copied = plan.copied
        on_progress("copying the history", 1, 1)
        place = plan.place(plan.policies[0])
        crew = _Crew(plan, pool, on_progress)
        steps = _follow(crew)
        timelines = [of_policy(policy.name, plan.place(policy), plan.intervals) for policy in plan.policies]
        timelines += [of_rule(rule, plan.ground, found) for rule, found in zip(plan.rules, steps, strict=True)]
        court = convene(place, timelines, plan.intervals)
        brought = _weigh(crew, court, timelines)
    metric = get_metric(plan.spec.metric, plan.spec.task)
    judged = judge(court, timelines, plan.intervals, brought)
    judged = compare(judged, metric)
    name, text = recommend(judged, metric, budget)
    result = Backtest(
        model=plan.spec.name,
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        intervals=plan.intervals,
        rows=tuple(len(court.told[one].y) if one in court.told else 0 for one in plan.intervals),
        policies=tuple(judged),
        budget=budget,
        recommended=name,
        text=text,
    )
    outcomes = (finished(place, interval) for interval in plan.intervals)
    return Found(result, tuple(one for one in outcomes if one is not None), copied)


class _Crew:
    """The processes, and what they have to do; every policy's replay is under way from the beginning."""

    def __init__(self, plan: Plan, pool: ProcessPoolExecutor, on_progress: OnProgress) -> None:
        self.plan = plan
        self._pool, self._on_progress = pool, on_progress
        self._folders = {policy.name: plan.place(policy).folder for policy in plan.policies}
        self._replays = [pool.submit(_replay_policy, plan, policy) for policy in plan.policies]

    def wait_for_policies(self) -> None:
        """Wait until all policies have been replayed."""
        while not all(replay.done() for replay in self._replays):
            self._look(self._replays)
        _raise_first(self._replays)

    def carry_out(self, name: str, jobs: Sequence[tuple[Any, ...]], costs: Sequence[float]) -> list[Any]:
        """Have some calls made side by side, the longest first, and give their results in the order of the calls.

        Parameters
        ----------
        name
            What they are together.
        costs
            About how long each call takes, in any unit.
        """
        futures = {
            number: self._pool.submit(*jobs[number]) for number in np.argsort(costs, kind="stable")[::-1].tolist()
        }
        while not all(future.done() for future in futures.values()):
            self._look(list(futures.values()), name)
        _raise_first(futures.values())
        return [futures[number].result() for number in range(len(jobs))]

    def learn(self) -> None:
        """Gather rows and train what rules by the clock ask for, part by part, as the first policy comes along.

        Processes that no policy needs are thus busy while it is under way.
        """
        plan, first = self.plan, self._replays[0]
        parts: list[Future[None]] = []
        trainings: list[Future[None]] = []
        asked = 0  # parts whose trainings were asked for
        while True:
            over, folder = first.done(), self._folders[plan.policies[0].name]
            _raise_first(self._replays)  # what a policy that failed left behind would only raise another error
            if over or count_finished(folder, plan.intervals) >= PART * (len(parts) + 1):
                known = plan.ground.parts(whole=over)
                parts += [self._pool.submit(_gather, plan, part) for part in range(len(parts), known)]
            while asked < len(parts) and parts[asked].done():
                trainings += [self._pool.submit(_learn, plan, *wanted) for wanted in _clockwork(plan, asked)]
                asked += 1
            if over and asked == len(parts) and all(training.done() for training in trainings):
                _raise_first([*parts, *trainings])
                return
            self._look([first, *parts, *trainings], "trainings of rules", trainings)

    def _look(self, futures: Sequence[Future[Any]], name: str = "", told: Sequence[Future[Any]] | None = None) -> None:
        """Wait until one of some ends, but not for long, and tell how all comes along; any error ends all.

        Parameters
        ----------
        told
            Those whose progress is told under the name, unless all.
        """
        wait([future for future in futures if not future.done()], timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        counted = futures if told is None else told
        if name and counted:
            self._on_progress(name, sum(future.done() for future in counted), len(counted))
        for policy, folder in self._folders.items():
            self._on_progress(policy, count_finished(folder, self.plan.intervals), len(self.plan.intervals))
        _raise_first([*futures, *self._replays])


def _replay_policy(plan: Plan, policy: Policy) -> None:
    with _named(f"policy {policy.name!r}"):
        backtest(plan.place(policy), plan.intervals, checked=plan.checked if len(plan.policies) > 1 else None)


@contextmanager
def _named(who: str) -> Iterator[None]:
    """Say in an error whose it is: several run side by side."""
    try:
        yield
    except RetrainingError as error:
        message = f"{who}: {error}"
        raise type(error)(message) from error


def _follow(crew: _Crew) -> list[list[Step]]:
    """Train what rules by the clock ask for, then replay every rule with what is there.

    Rules stand on the first policy; the others may still be under way.
    """
    plan = crew.plan
    if plan.rules:
        crew.learn()
    watching = [rule.detector is not None for rule in plan.rules]  # detectors look at row after row
    steps = crew.carry_out("rules", [(_follow_rule, plan, rule) for rule in plan.rules], watching)
    crew.wait_for_policies()
    return steps


def _weigh(crew: _Crew, court: Court, timelines: Sequence[Timeline]) -> list[list[Estimate | None]]:
    """What each training of each policy brought."""
    contests = list_contests(court, timelines)
    shares = share_out(contests)
    jobs = [(gains, court, one, share) for one, share in zip(timelines, shares, strict=True)]
    weighed = crew.carry_out("judging", jobs, [len(share) for share in shares])
    found = dict(zip(chain.from_iterable(shares), chain.from_iterable(weighed), strict=True))
    return [[None if contest is None else found[contest] for contest in of_policy] for of_policy in contests]


def _clockwork(plan: Plan, part: int) -> Iterable[tuple[Run, bool]]:
    """Each training that a rule by the clock asks for in a part of the runs, once; the longest, on most rows, first."""
    runs = list(enumerate(plan.ground.batches))[part * PART : (part + 1) * PART]
    asked = {
        (number, rule.sliding): run
        for rule in plan.rules
        for number, run in runs
        if rule.every and (number + 1) % rule.every == 0
    }
    for (_, sliding), run in sorted(asked.items(), key=lambda entry: entry[0], reverse=True):
        yield run, sliding


def _gather(plan: Plan, part: int) -> None:
    plan.ground.gather(part)


def _learn(plan: Plan, run: Run, sliding: bool) -> None:
    plan.ground.learn(run, sliding=sliding)


def _follow_rule(plan: Plan, rule: Rule) -> list[Step]:
    with _named(f"rule {rule.name!r}"):
        return follow(rule, plan.ground)


def _raise_first(futures: Iterable[Future[Any]]) -> None:
    """Raise the first error of those that have ended; what waits is given up."""
    some = list(futures)
    for future in some:
        if future.done() and (error := future.exception()) is not None:
            for other in some:
                other.cancel()
            raise error


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_NAME_LENGTH]


def _code() -> str:
    """Hash the project's code, the user's own beside it, and the libraries' versions."""
    digest = hashlib.sha256(" ".join([sys.version, *(f"{name} {version(name)}" for name in _LIBRARIES)]).encode())
    for path in sorted((PROJECT / "include").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
