"""A whole backtest: policies and rules side by side on all cores, each piece of work done once and kept."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from include.retraining.backtest.ground import Ground
from include.retraining.backtest.history import Copied, keep_history
from include.retraining.backtest.judge import convene, gains, judge
from include.retraining.backtest.policies import Policy, Rule
from include.retraining.backtest.recommend import compare, recommend
from include.retraining.backtest.replay import backtest, finished, finished_point
from include.retraining.backtest.rules import Step, follow
from include.retraining.backtest.timeline import of_policy, of_rule
from include.retraining.data.store import Folder, open_store
from include.retraining.errors import RetrainingError
from include.retraining.metrics.catalogue import get_metric
from include.retraining.results import Interval, Outcome, Run
from include.retraining.results.backtest import Backtest
from include.retraining.settings import PROJECT
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace

# What results depend on besides the project's own code.
_LIBRARIES = ("great-expectations", "numpy", "pandas", "river", "scikit-learn", "scipy")
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
    on_progress("copying the history", 0, 1)
    _, copied = plan.copied
    on_progress("copying the history", 1, 1)
    threads = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # workers read it when they start
    place = plan.place(plan.policies[0])
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        _replay(plan, pool, on_progress)
        steps = _follow(plan, pool, on_progress)
        timelines = [of_policy(policy.name, plan.place(policy), plan.intervals) for policy in plan.policies]
        timelines += [of_rule(rule, plan.ground, found) for rule, found in zip(plan.rules, steps, strict=True)]
        court = convene(place, timelines, plan.intervals)
        weighed = [pool.submit(gains, court, one) for one in timelines]
        _watch("judging", weighed, on_progress)
    metric = get_metric(plan.spec.metric, plan.spec.task)
    judged = judge(court, timelines, plan.intervals, [one.result() for one in weighed])
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


def _replay(plan: Plan, pool: ProcessPoolExecutor, on_progress: OnProgress) -> None:
    """Replay all policies; how far each has come is read from its store."""
    futures = {policy.name: pool.submit(_replay_policy, plan, policy) for policy in plan.policies}
    places = {policy.name: plan.place(policy).folder for policy in plan.policies}
    while True:
        _, waiting = wait(futures.values(), timeout=_LOOK_SECONDS)
        for name, folder in places.items():
            done = sum(finished_point(folder, interval) is not None for interval in plan.intervals)
            on_progress(name, done, len(plan.intervals))
        _raise_first(futures.values())
        if not waiting:
            return


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


def _follow(plan: Plan, pool: ProcessPoolExecutor, on_progress: OnProgress) -> list[list[Step]]:
    """Train what rules by the clock ask for, side by side; then replay every rule with what is there."""
    jobs = list(_clockwork(plan))
    if plan.rules:
        _watch("rows of rules", [pool.submit(_gather, plan)], on_progress)
    trained = [pool.submit(_learn, plan, run, sliding) for run, sliding in jobs]
    _watch("trainings of rules", trained, on_progress)
    followed = [pool.submit(_follow_rule, plan, rule) for rule in plan.rules]
    _watch("rules", followed, on_progress)
    return [one.result() for one in followed]


def _clockwork(plan: Plan) -> Iterable[tuple[Run, bool]]:
    """Each training that a rule by the clock asks for, once."""
    if not any(rule.every for rule in plan.rules):
        return
    runs = plan.ground.batches
    asked = {
        (number, rule.sliding): run
        for rule in plan.rules
        for number, run in enumerate(runs)
        if rule.every and (number + 1) % rule.every == 0
    }
    for (_, sliding), run in sorted(asked.items(), key=lambda entry: entry[0]):
        yield run, sliding


def _gather(plan: Plan) -> None:
    plan.ground.gather()


def _learn(plan: Plan, run: Run, sliding: bool) -> None:
    plan.ground.learn(run, sliding=sliding)


def _follow_rule(plan: Plan, rule: Rule) -> list[Step]:
    with _named(f"rule {rule.name!r}"):
        return follow(rule, plan.ground)


def _watch(name: str, futures: Sequence[Future[Any]], on_progress: OnProgress) -> None:
    if not futures:
        return
    while True:
        done, waiting = wait(futures, timeout=_LOOK_SECONDS)
        on_progress(name, len(done), len(futures))
        _raise_first(futures)
        if not waiting:
            return


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
