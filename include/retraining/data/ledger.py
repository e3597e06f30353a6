"""Who reigned when: an append-only list of promotions."""

import re
from collections.abc import Sequence
from datetime import datetime

from include.retraining.data.store import Folder
from include.retraining.results import Interval, Promotion, Reason

_ENTRY = re.compile(r"(\d{6})\.json")


class Ledger:
    """The promotions of one model, one small file for each, numbered from 1 and never changed.

    Parameters
    ----------
    folder
        The model's folder in the store.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder.child("ledger")

    def entries(self) -> tuple[Promotion, ...]:
        """Read all promotions, in the order of their numbers.

        Raises
        ------
        StoreError
            When an entry is corrupt.
        """
        names = [name for name in self._folder.names() if _ENTRY.fullmatch(name)]
        return tuple(self._folder.read_record(name, Promotion) for name in names)

    def champion(self, as_of: datetime) -> Promotion | None:
        """Give the promotion in force at a moment, so that a rerun of an old interval sees its own champion."""
        return _newest([entry for entry in self.entries() if entry.effective <= as_of])

    def latest(self) -> Promotion | None:
        """Give the promotion that takes effect last."""
        return _newest(self.entries())

    def append(
        self,
        *,
        effective: datetime,
        interval: Interval,
        training_id: str,
        previous_id: str | None,
        reasons: Sequence[Reason],
        decided_by: str,
        version: str | None = None,
    ) -> Promotion:
        """Write a promotion under the next number; once for each interval and training, however often it is called.

        Parameters
        ----------
        effective
            Interval end from which on the champion reigns.
        decided_by
            A rule, or the person who approved.

        Returns
        -------
        Promotion
            The entry as it stands in the ledger, an earlier one included.
        """
        while True:
            entries = self.entries()
            for entry in entries:
                if (entry.interval, entry.training_id) == (interval, training_id):
                    return entry
            promotion = Promotion(
                number=entries[-1].number + 1 if entries else 1,
                effective=effective,
                interval=interval,
                training_id=training_id,
                previous_id=previous_id,
                version=version,
                reasons=tuple(reasons),
                decided_by=decided_by,
            )
            data = promotion.model_dump_json(indent=2).encode()
            if self._folder.create_bytes(f"{promotion.number:06d}.json", data):
                return promotion
            # another writer took the number: look again at what it wrote


def _newest(entries: Sequence[Promotion]) -> Promotion | None:
    return max(entries, key=lambda entry: (entry.effective, entry.number), default=None)
