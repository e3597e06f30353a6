"""The ledger remembers who reigned when, and never forgets or repeats a promotion."""

import datetime as dt
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.retraining.data.ledger import DRAFT, Ledger, before, promotion_of, reigning, rolled_back
from include.retraining.data.store import Folder
from include.retraining.errors import StoreError, SupersededError
from include.retraining.results.run import Interval
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Reason

WHY = (Reason(code="no_champion", text="There was no champion."),)


def draft(interval, training_id, **changed):
    """An entry that takes effect at the interval's end."""
    entry = {"effective": interval.end, "previous_id": None, "reasons": WHY, "decided_by": "rule", **changed}
    return Promotion(number=DRAFT, interval=interval, training_id=training_id, **entry)


def promote(ledger, interval, training_id, **changed):
    """Append a promotion against whoever reigns then."""
    champion = ledger.champion(interval.end)
    previous = {"previous_id": champion.training_id if champion else None}
    return ledger.append(draft(interval, training_id, **previous | changed))


def roll_back(ledger, interval, training_id):
    """Append a rollback to a former champion."""
    return promote(ledger, interval, training_id, kind="rollback")


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
def test_racing_writers_leave_one_entry(tmp_path, day, same):
    """Eight writers at once who saw the same champion: one is heard, or all find the entry if they write the same."""
    start, written, refused = threading.Barrier(8), [], []

    def write(number):
        ledger = Ledger(Folder(tmp_path))
        start.wait()
        try:
            written.append(ledger.append(draft(day(0), "same" if same else f"training {number}")))
        except SupersededError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (entry,) = Ledger(Folder(tmp_path)).entries()
    assert all(one == entry for one in written)
    assert len(written) == (8 if same else 1)
    assert all("the next interval compares again" in text for text in refused)


def test_a_change_is_refused_when_the_champion_is_another_by_now(tmp_path, day):
    """Compared with A, a challenger does not replace B, which came meanwhile; nothing is written."""
    ledger = Ledger(Folder(tmp_path))
    promote(ledger, day(0), "A")
    promote(ledger, day(1), "B")
    with pytest.raises(SupersededError, match="was to replace A, but since ledger entry 2 B reigns"):
        ledger.append(draft(day(2), "C", previous_id="A"))
    assert ledger.head() == 2


def test_what_came_later_is_not_known(tmp_path, day):
    """A run sees the ledger as it stood when it began, whatever was written since."""
    ledger = Ledger(Folder(tmp_path))
    promote(ledger, day(0), "A")
    known = ledger.head()
    promote(ledger, day(1), "B")
    assert ledger.champion(day(5).end, known).training_id == "A"
    assert ledger.champion(day(5).end).training_id == "B"
    assert ledger.champion(day(5).end, 0) is None


def test_a_rollback_brings_the_champion_before_back(tmp_path, day):
    """Twice rolled back, one is two champions further back; the first one has nobody before it."""
    ledger = Ledger(Folder(tmp_path))
    first = promote(ledger, day(0), "A")
    promote(ledger, day(1), "B")
    promote(ledger, day(2), "C")
    assert before(ledger.entries(), ledger.latest()) == "B"
    roll_back(ledger, day(3), "B")
    assert before(ledger.entries(), ledger.latest()) == "A"
    last = roll_back(ledger, day(4), "A")
    assert ledger.latest() == last
    assert before(ledger.entries(), last) is None
    assert promotion_of(ledger.entries(), last) == first
    assert [rolled_back(ledger.entries(), name) is not None for name in "ABC"] == [False, True, True]


def test_a_rollback_is_written_once_and_again_after_a_new_promotion(tmp_path, day):
    """A retry finds the entry; the same model, promoted anew in a later interval, may be rolled back again."""
    ledger = Ledger(Folder(tmp_path))
    promote(ledger, day(0), "A")
    promote(ledger, day(1), "B")
    once = ledger.append(draft(day(2), "A", kind="rollback", previous_id="B"))
    assert ledger.append(draft(day(2), "A", kind="rollback", previous_id="B")) == once
    promote(ledger, day(3), "B")
    assert rolled_back(ledger.entries(), "B") is None
    assert roll_back(ledger, day(4), "A").number == 5


CHANGES = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 5), st.booleans()), max_size=12)


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES)
def test_whatever_is_asked_for_the_ledger_hangs_together(tmp_path_factory, changes):
    """Each entry replaced who reigned at its moment, as far as was known; exactly one model reigns in the end."""
    ledger = Ledger(Folder(tmp_path_factory.mktemp("ledger")))
    first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    for training_id, number, back in changes:
        start = first + dt.timedelta(days=number)
        interval = Interval(start=start, end=start + dt.timedelta(days=1))
        champion = ledger.champion(interval.end)
        target = before(ledger.entries(), champion) if back and champion else training_id
        if target is None or (champion and champion.training_id == target):
            continue
        promote(ledger, interval, target, kind="rollback" if back and champion else "promotion")
    entries = ledger.entries()
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        earlier = [found for found in entries if found.number < entry.number and found.effective <= entry.effective]
        champion = reigning(earlier)
        assert entry.previous_id == (champion.training_id if champion else None)


def test_a_damaged_entry_is_an_error(tmp_path, day):
    """An entry that cannot be read is never skipped; other files in the folder are."""
    ledger = Ledger(Folder(tmp_path))
    promote(ledger, day(0), "a")
    (tmp_path / "ledger" / "notes.txt").write_text("by hand")
    assert len(ledger.entries()) == 1
    (tmp_path / "ledger" / "000002.json").write_text("{")
    with pytest.raises(StoreError, match=r"000002.json is no valid Promotion"):
        ledger.latest()
