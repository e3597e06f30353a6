"""Bring the champion before the present one back: by itself after a loss, or because a person asked."""

import hashlib
from typing import Any

from include.retraining.data.ledger import DRAFT, before, promotion_of, reigning
from include.retraining.errors import DataError
from include.retraining.report.words import champion_name
from include.retraining.results.run import Interval, Launch, Run
from include.retraining.results.succession import AUTOMATIC, Promotion
from include.retraining.results.training import Decision, Reason
from include.retraining.steps.succession import enact
from include.retraining.steps.workplace import Workplace

PLAN_FILE = "rollback.json"  # what a person asked for: a draft, written once
_NAME_LENGTH = 12  # hexadecimal digits of a folder's name, as of snapshots


def roll_back(workplace: Workplace, run: Run) -> dict[str, Any]:
    """Write the rollback to the ledger, then let MLflow's aliases follow it.

    Automatic rollbacks take effect at the end of their interval, those by hand from the last interval on that was
    looked at: all later ones meet the old champion again.
    """
    folder = workplace.of(run)
    if run.launch.rollback:
        draft = folder.read_record(PLAN_FILE, Promotion)
        if run.launch.dry_run:
            return {"number": None, "text": f"Dry run, nothing was changed. {draft.reasons[0].text}"}
    else:
        watch = workplace.watched(run.folder, workplace.champion(run))
        if watch is None:
            message = f"{folder} holds no comparison with a previous champion; run the interval again"
            raise DataError(message)
        reasons = folder.read_record("decision.json", Decision).reasons[:1]
        shown = {"difference": watch.difference, "recent": watch.recent}
        figures = {name: found for name, found in shown.items() if found is not None}
        entries = workplace.ledger.entries(run.ledger)
        draft = _draft(entries, run.interval, watch.previous_id, watch.champion_id, run.launch)
        draft = draft.model_copy(update={"figures": figures, "reasons": reasons})
    return enact(workplace, run, draft)


def request(workplace: Workplace, launch: Launch) -> Run:
    """Note who asks for a rollback, and of what: a run that reads no source.

    What is asked for is settled once for each Airflow run: trying again, or clearing the run, never rolls back further.

    Raises
    ------
    DataError
        When there is nothing to roll back to.
    """
    asked = launch.run_id or f"after entry {workplace.ledger.head()}"
    name = f"rollbacks/{hashlib.sha256(asked.encode()).hexdigest()[:_NAME_LENGTH]}"
    folder = workplace.folder.child(name)
    if not folder.exists(PLAN_FILE):
        folder.create_bytes(PLAN_FILE, _plan(workplace, launch).model_dump_json(indent=2).encode())
    interval = folder.read_record(PLAN_FILE, Promotion).interval
    return Run(model=workplace.spec.name, interval=interval, folder=name, launch=launch)


def _plan(workplace: Workplace, launch: Launch) -> Promotion:
    entries = workplace.ledger.entries()
    champion = reigning(entries)
    target = before(entries, champion) if champion else None
    if champion is None or target is None:
        held = "the present champion is the first one" if champion else "there is no champion yet"
        message = (
            f"{workplace.spec.name} has nothing to roll back to: {held}. Trigger a run with 'Retrain now' instead."
        )
        raise DataError(message)
    last = workplace.last_interval()
    interval = champion.interval if last is None or last.end < champion.interval.end else last
    draft = _draft(entries, interval, target, champion.training_id, launch)
    text = (
        f"Rolled back by hand: {champion_name(champion.version, champion.training_id)} gives way to the champion "
        f"before it, {champion_name(draft.version, target)}."
    )
    who = launch.user or "a person"
    return draft.model_copy(update={"decided_by": who, "reasons": (Reason(code="manual_rollback", text=text),)})


def _draft(
    entries: tuple[Promotion, ...], interval: Interval, target: str, champion_id: str, launch: Launch
) -> Promotion:
    reign = next(entry for entry in reversed(entries) if entry.training_id == target)
    return Promotion(
        number=DRAFT,
        kind="rollback",
        effective=interval.end,
        interval=interval,
        training_id=target,
        previous_id=champion_id,
        version=reign.version,
        reasons=(),
        decided_by=AUTOMATIC,
        run_id=launch.run_id,
        since=promotion_of(entries, reign).effective,
    )
