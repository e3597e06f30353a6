"""The ledger remembers who reigned when, and never forgets or repeats a promotion."""

import datetime as dt
import threading

import pytest

from include.retraining.data.ledger import Ledger
from include.retraining.data.store import Folder
from include.retraining.errors import StoreError
from include.retraining.results import Reason

WHY = (Reason(code="no_champion", text="There was no champion."),)


def promote(ledger, interval, training_id, **changed):
    """Append a promotion that takes effect at the interval's end."""
    entry = {"effective": interval.end, "previous_id": None, "reasons": WHY, "decided_by": "rule", **changed}
    return ledger.append(interval=interval, training_id=training_id, **entry)


def test_the_champion_is_the_one_in_force(tmp_path, day):
    """A moment before the first promotion has no champion; later ones have the last that was effective."""
    ledger = Ledger(Folder(tmp_path))
    assert ledger.latest() is None
    assert ledger.champion(day(0).end) is None
    first, second = promote(ledger, day(0), "a"), promote(ledger, day(4), "b")
    assert ledger.champion(day(0).end - dt.timedelta(microseconds=1)) is None
    assert ledger.champion(day(0).end) == first
    assert ledger.champion(day(4).start) == first
    assert ledger.champion(day(9).start) == ledger.latest() == second
    assert [entry.number for entry in ledger.entries()] == [1, 2]


def test_a_backfill_does_not_dethrone_a_later_champion(tmp_path, day):
    """A promotion written later for an earlier interval reigns only until the next effective one."""
    ledger = Ledger(Folder(tmp_path))
    newer, older = promote(ledger, day(6), "b"), promote(ledger, day(2), "a")
    assert ledger.champion(day(5).start) == older
    assert ledger.latest() == newer


def test_of_equal_times_the_higher_number_reigns(tmp_path, day):
    """A second promotion in one interval, by hand, replaces the first."""
    ledger = Ledger(Folder(tmp_path))
    promote(ledger, day(0), "a")
    assert promote(ledger, day(0), "b") == ledger.champion(day(0).end)


def test_appending_again_changes_nothing(tmp_path, day):
    """A retry of the promoting step gets the entry that stands, whatever it says now."""
    ledger = Ledger(Folder(tmp_path))
    first = promote(ledger, day(0), "a", version="1")
    promote(ledger, day(1), "b")
    assert promote(ledger, day(0), "a", version="2", decided_by="someone") == first
    assert len(ledger.entries()) == 2


@pytest.mark.parametrize("same", [True, False])
def test_racing_writers_never_share_a_number(tmp_path, day, same):
    """Eight writers at once get eight numbers, or one entry if they write the same promotion."""
    start, written = threading.Barrier(8), []

    def write(number):
        ledger = Ledger(Folder(tmp_path))
        start.wait()
        written.append(promote(ledger, day(0), "same" if same else f"training {number}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = 1 if same else 8
    assert {entry.number for entry in written} == set(range(1, expected + 1))
    assert len(written) == 8
    assert len(Ledger(Folder(tmp_path)).entries()) == expected


def test_a_damaged_entry_is_an_error(tmp_path, day):
    """An entry that cannot be read is never skipped; other files in the folder are."""
    ledger = Ledger(Folder(tmp_path))
    promote(ledger, day(0), "a")
    (tmp_path / "ledger" / "notes.txt").write_text("by hand")
    assert len(ledger.entries()) == 1
    (tmp_path / "ledger" / "000002.json").write_text("{")
    with pytest.raises(StoreError, match=r"000002.json is no valid Promotion"):
        ledger.latest()
