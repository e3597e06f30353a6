"""Replay history under a policy through the production steps, without Airflow; goes on where it was interrupted."""

import hashlib
import json
from collections.abc import Callable, Iterable

from include.retraining.data.snapshot import MANIFEST
from include.retraining.data.store import Folder
from include.retraining.flow import examine, run_interval
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.record import Record
from include.retraining.results.run import PLAIN, Interval, Launch, Run, Snapshot
from include.retraining.steps.workplace import Workplace

LAUNCH = Launch(kind="backtest")
_VERDICT = "verdict.json"


def backtest(
    workplace: Workplace,
    intervals: Iterable[Interval],
    on_interval: Callable[[Outcome], None] = lambda outcome: None,
    *,
    checked: Folder | None = None,
) -> list[Outcome]:
    """Run every interval in turn; each sees the world as of its own end. Intervals that have run are not run again.

    Parameters
    ----------
    on_interval
        Called after each interval, for progress.
    checked
        Where the checks of intervals are kept, for all policies under which the same champions reigned so far.
    """
    outcomes = []
    for interval in intervals:
        outcome = finished(workplace, interval)
        if outcome is None:
            outcome = run_interval(workplace, interval, LAUNCH, _remembering(checked) if checked else examine)
        outcomes.append(outcome)
        on_interval(outcome)
    return outcomes


def finished(workplace: Workplace, interval: Interval) -> Outcome | None:
    """What an interval ended with; None when it has not run to its end."""
    point = finished_point(workplace.folder, interval)
    return None if point is None else workplace.folder.child(point.folder).read_record("outcome.json", Outcome)


def finished_point(model_folder: Folder, interval: Interval) -> HistoryPoint | None:
    """The last thing that an interval writes."""
    history, name = model_folder.child("history"), _point_name(interval)
    return history.read_record(name, HistoryPoint) if history.exists(name) else None


def count_finished(model_folder: Folder, intervals: Iterable[Interval]) -> int:
    """How many intervals have run to their end; cheap, as it is asked for twice a second."""
    names = set(model_folder.child("history").names())
    return sum(_point_name(interval) in names for interval in intervals)


def _point_name(interval: Interval) -> str:
    return f"{interval.key}--{PLAIN}.json"


class _Verdict(Record):
    """What the checks of an interval wrote, and whether its batch is sound; written last."""

    sound: bool
    files: tuple[str, ...]


def _remembering(checked: Folder) -> Callable[[Workplace, Run], bool]:
    """Check a batch, or take over what was found for the same rows, champions and checks."""

    def check(workplace: Workplace, run: Run) -> bool:
        own, kept = workplace.of(run), checked.child(f"{run.interval.key}-{_identity(workplace, run)}")
        if kept.exists(_VERDICT):
            verdict = kept.read_record(_VERDICT, _Verdict)
            _copy(verdict.files, kept, own)
            return verdict.sound
        sealed = {MANIFEST, *(file.name for file in own.read_record(MANIFEST, Snapshot).files)}
        interrupted = set(own.names()) - sealed  # an earlier try left files behind, some of later steps
        sound = examine(workplace, run)
        if not interrupted:
            files = tuple(name for name in own.names() if name not in sealed)
            _copy(files, own, kept)
            kept.write_record(_VERDICT, _Verdict(sound=sound, files=files))
        return sound

    return check


def _copy(names: Iterable[str], source: Folder, target: Folder) -> None:
    for name in names:
        with source.local(name) as path:
            target.write_file(name, path)


def _identity(workplace: Workplace, run: Run) -> str:
    """Hash all that the checks of an interval depend on: the model file but for its policy, and who reigned when.

    What earlier intervals found follows from these, as the history is the same for all.
    """
    spec = workplace.spec.model_dump(mode="json", exclude={"retrain"})
    entries = workplace.ledger.entries(run.ledger)
    reigns = [(entry.kind, entry.effective.isoformat(), entry.training_id, entry.previous_id) for entry in entries]
    return hashlib.sha256(json.dumps([run.folder, spec, reigns], sort_keys=True).encode()).hexdigest()[:16]
