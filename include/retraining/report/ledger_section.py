"""The ledger as a table, the watch over a new champion, and the page of a rollback by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from include.retraining.report import words
from include.retraining.results.outcome import Outcome
from include.retraining.results.succession import Approval, Promotion, Ruling

SHOWN = 8  # newest first; MLflow's versions tell of all


@dataclass(frozen=True)
class LedgerRow:
    """One entry, as a person reads it."""

    number: int
    what: str
    tone: words.Tone
    change: str
    effective: str
    by: str
    decided: str
    why: str
    reigns: bool


def ledger_rows(entries: Sequence[Promotion]) -> list[LedgerRow]:
    """The last entries, newest first."""
    versions = {entry.training_id: entry.version for entry in entries}
    reigning = max(entries, key=lambda entry: (entry.effective, entry.number), default=None)
    return [_row(entry, versions, entry is reigning) for entry in reversed(entries[-SHOWN:])]


def _row(entry: Promotion, versions: Mapping[str, str | None], reigns: bool) -> LedgerRow:
    new = words.champion_name(entry.version, entry.training_id)
    old = words.champion_name(versions.get(entry.previous_id or ""), entry.previous_id)
    return LedgerRow(
        number=entry.number,
        what=entry.kind,
        tone="attention" if entry.kind == "rollback" else "good",
        change=f"{old} → {new}" if entry.previous_id else f"{new}, the first",
        effective=words.moment(entry.effective),
        by=entry.decided_by,
        decided=words.moment(entry.decided_at) if entry.decided_at else "",
        why=" ".join(reason.text for reason in entry.reasons),
        reigns=reigns,
    )


def approval_text(approval: Approval | None) -> str:
    """Who answered what, and when; empty where nobody was asked."""
    if approval is None:
        return ""
    if approval.verdict == "timed_out":
        return f"Nobody answered in time, by {words.moment(approval.at)}: the champion stays."
    said = f"{approval.verdict.capitalize()} by {approval.by}, {words.moment(approval.at)}"
    return f"{said}: “{approval.comment}”" if approval.comment else f"{said}."


def refusal_text(outcome: Outcome) -> str:
    """Why what was decided was not done; empty where it was."""
    return outcome.ruling.refusal.text if outcome.ruling and outcome.ruling.refusal else ""


def rollback_headline(asked: Promotion, ruling: Ruling | None) -> str:
    """Say in one line what came of a rollback by hand."""
    target = words.champion_name(asked.version, asked.training_id)
    if ruling is None:
        return f"Dry run: it would roll back to {target}"
    return f"Rolled back to {target}" if ruling.entry else "Not rolled back: the champion changed meanwhile"
