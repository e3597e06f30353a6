"""What a model version says of its part in the ledger: promoted, rolled back, brought back, by whom and why."""

from collections.abc import Sequence

from include.retraining.results.succession import AUTOMATIC, Promotion
from include.retraining.tracking.content import TAG_LENGTH, sentences

PROMOTED, ROLLED_BACK = "retraining.promoted", "retraining.rolled_back"
BROUGHT_BACK = "retraining.brought_back"
_OWN_LENGTH, _LINE_LENGTH = 2000, 900  # of the 5000 characters that MLflow keeps of a description
_LEDGER_HEAD = "\n**In the ledger**\n"


def standing_tags(training_id: str, entries: Sequence[Promotion]) -> dict[str, str]:
    """When a version was promoted and rolled back, as it is filtered by."""
    tags: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "promotion" and entry.training_id == training_id:
            tags[PROMOTED] = _entry_line(entry)
        if entry.kind == "rollback" and entry.previous_id == training_id:
            tags[ROLLED_BACK] = f"{_entry_line(entry)}: {sentences(entry.reasons)}"
        if entry.kind == "rollback" and entry.training_id == training_id:
            tags[BROUGHT_BACK] = _entry_line(entry)
    return {name: value[:TAG_LENGTH] for name, value in tags.items()}


def with_standing(description: str, training_id: str, entries: Sequence[Promotion]) -> str:
    """A version's description with its part of the ledger below, instead of what an earlier run wrote there."""
    said = {PROMOTED: "Promoted", ROLLED_BACK: "Rolled back", BROUGHT_BACK: "Brought back by a rollback"}
    tags = standing_tags(training_id, entries)
    lines = [f"- {said[name]} {tags[name]}"[:_LINE_LENGTH] for name in said if name in tags]
    own = description.partition(_LEDGER_HEAD)[0].rstrip()
    return "\n".join([own[:_OWN_LENGTH], _LEDGER_HEAD, *lines]) if lines else own


def _entry_line(entry: Promotion) -> str:
    """One entry of the ledger in a few words."""
    when = f", decided {entry.decided_at:%Y-%m-%d %H:%M} UTC" if entry.decided_at else ""
    who = "automatically" if entry.decided_by == AUTOMATIC else f"by {entry.decided_by}"
    return f"effective {entry.effective:%Y-%m-%d %H:%M} UTC{when} {who} (ledger entry {entry.number})"
