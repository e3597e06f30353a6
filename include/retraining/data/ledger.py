"""Who reigned when: an append-only list of promotions and rollbacks, and the truth about both."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from include.retraining.data.store import Folder
from include.retraining.errors import SupersededError
from include.retraining.results.succession import Promotion

DRAFT = 0  # number of an entry that is not in the ledger yet
_ENTRY = re.compile(r"(\d{6})\.json")


class Ledger:
    """The promotions and rollbacks of one model, one small file for each, numbered from 1 and never changed.

    Parameters
    ----------
    folder
        The model's folder in the store.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder.child("ledger")

    def entries(self, known: int | None = None) -> tuple[Promotion, ...]:
        """Read all entries, in the order of their numbers; only those up to number `known` if that is given.

        Raises
        ------
        StoreError
            When an entry is corrupt.
        """
        numbered = [(int(found[1]), name) for name in self._folder.names() if (found := _ENTRY.fullmatch(name))]
        names = [name for number, name in numbered if known is None or number <= known]
        return tuple(self._folder.read_record(name, Promotion) for name in names)

    def head(self) -> int:
        """Give the number of the last entry; 0 while there is none."""
        return max((int(found[1]) for name in self._folder.names() if (found := _ENTRY.fullmatch(name))), default=0)

    def champion(self, as_of: datetime, known: int | None = None) -> Promotion | None:
        """Give the entry in force at a moment, so that a rerun of an old interval sees its own champion."""
        return reigning(self.entries(known), as_of)

    def latest(self) -> Promotion | None:
        """Give the entry that takes effect last."""
        return reigning(self.entries())

    def append(self, draft: Promotion) -> Promotion:
        """Write an entry under the next number; once, however often it is called.

        Checking and writing are one act: a number is taken by one writer only, and whoever finds it taken looks
        again at what was written.

        Parameters
        ----------
        draft
            The entry; its number and the time of the decision are given here.

        Returns
        -------
        Promotion
            The entry as it stands in the ledger, an earlier one included.

        Raises
        ------
        SupersededError
            When `previous_id` does not reign any more at the moment at which the entry would take effect.
        """
        while True:
            entries = self.entries()
            if (written := _same(entries, draft)) is not None:
                return written
            _require_same_champion(entries, draft)
            number = entries[-1].number + 1 if entries else 1
            entry = draft.model_copy(update={"number": number, "decided_at": datetime.now(UTC)})
            if self._folder.create_bytes(f"{number:06d}.json", entry.model_dump_json(indent=2).encode()):
                return entry


def reigning(entries: Sequence[Promotion], as_of: datetime | None = None) -> Promotion | None:
    """Give the entry in force at a moment, or after all of them: of equal times the higher number."""
    begun = [entry for entry in entries if as_of is None or entry.effective <= as_of]
    return max(begun, key=lambda entry: (entry.effective, entry.number), default=None)


def promotion_of(entries: Sequence[Promotion], entry: Promotion) -> Promotion:
    """Give the promotion by which an entry's model came to reign: itself, or the one that a rollback returns to."""
    earlier = [
        found
        for found in entries
        if found.kind == "promotion" and found.training_id == entry.training_id and found.number <= entry.number
    ]
    return earlier[-1] if earlier else entry


def before(entries: Sequence[Promotion], entry: Promotion) -> str | None:
    """Name the model that a rollback from an entry brings back; None when there was none before."""
    return promotion_of(entries, entry).previous_id if entry.kind == "rollback" else entry.previous_id


def rolled_back(entries: Sequence[Promotion], training_id: str) -> Promotion | None:
    """Give the rollback that took the crown from a model, unless it was promoted anew since."""
    about = [entry for entry in entries if training_id in (entry.training_id, entry.previous_id)]
    lost = [entry for entry in about if entry.kind == "rollback" and entry.previous_id == training_id]
    again = [entry for entry in about if entry.training_id == training_id]
    if not lost or any(entry.number > lost[-1].number for entry in again):
        return None
    return lost[-1]


def _same(entries: Sequence[Promotion], draft: Promotion) -> Promotion | None:
    """Find what an earlier try wrote."""

    def identity(entry: Promotion) -> tuple[object, ...]:
        return entry.kind, entry.interval, entry.training_id, entry.kind == "rollback" and entry.previous_id

    return next((entry for entry in entries if identity(entry) == identity(draft)), None)


def _require_same_champion(entries: Sequence[Promotion], draft: Promotion) -> None:
    found = reigning(entries, draft.effective)
    champion = found.training_id if found else None
    if champion != draft.previous_id:
        message = (
            f"The champion changed while this was decided: it was to replace {draft.previous_id or 'no champion'}, "
            f"but since ledger entry {found.number if found else 0} {champion or 'nobody'} reigns. Nothing was "
            "changed; the next interval compares again."
        )
        raise SupersededError(message)
