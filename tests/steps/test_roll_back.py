"""A rollback by hand: who asked, once for each run, and no way back for the model that lost."""

import pytest

from include.retraining.errors import DataError
from include.retraining.flow import run_interval, run_rollback
from include.retraining.results.run import Launch
from include.retraining.results.succession import Promotion
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.roll_back import request, roll_back
from include.retraining.steps.workplace import Workplace
from tests.steps.reigns import FORCED, PROMOTED_ON, brisk, crown, spoil
from tests.world import interval_of

BY_HAND = Launch(kind="manual", run_id="by hand", rollback=True, user="ann")


@pytest.fixture
def spec(spec: ModelSpec) -> ModelSpec:
    """The small world's model, without what costs time."""
    return brisk(spec)


def report_of(workplace: Workplace, launch: Launch) -> str:
    """The page beside a rollback by hand."""
    return workplace.of(request(workplace, launch)).read_bytes("report.html").decode()


def test_the_previous_champion_comes_back(workplace: Workplace, bad_champion: Promotion) -> None:
    """It reigns from the last interval on that was looked at; the entry names who asked, the report too."""
    summary = run_rollback(workplace, BY_HAND)
    assert summary["headline"].startswith("Rolled back to")
    entry = workplace.ledger.latest()
    assert entry is not None
    assert (entry.kind, entry.training_id, entry.decided_by) == ("rollback", bad_champion.previous_id, "ann")
    assert entry.run_id == "by hand"
    assert entry.effective == interval_of(PROMOTED_ON).end
    assert "ann" in report_of(workplace, BY_HAND)
    outcome = run_interval(workplace, interval_of(PROMOTED_ON + 1), Launch(kind="scheduled"))
    assert outcome.champion_id == bad_champion.previous_id


@pytest.mark.usefixtures("bad_champion")
def test_later_intervals_that_were_looked_at_stay_as_they_are(workplace: Workplace, plain: Launch) -> None:
    """A rollback takes effect after the newest interval that a plain run has looked at."""
    spec = workplace.spec.model_copy(update={"promotion": workplace.spec.promotion.model_copy(update={"watch": 0})})
    place = Workplace(spec, workplace.folder, None)
    run_interval(place, interval_of(14), plain)
    run_rollback(place, BY_HAND)
    entry = place.ledger.latest()
    assert entry is not None
    assert entry.effective == interval_of(14).end


def test_the_same_run_never_rolls_back_further(workplace: Workplace, bad_champion: Promotion) -> None:
    """Tried again or cleared, a run finds what it asked for; only another run goes one step further."""
    crown(workplace, "third", PROMOTED_ON)
    for _ in range(3):
        run_rollback(workplace, BY_HAND)
    assert [entry.kind for entry in workplace.ledger.entries()] == ["promotion"] * 3 + ["rollback"]
    run_rollback(workplace, BY_HAND.model_copy(update={"run_id": "another"}))
    entry = workplace.ledger.latest()
    assert entry is not None
    assert entry.training_id == bad_champion.previous_id


def test_a_dry_run_only_says_what_it_would_do(workplace: Workplace, bad_champion: Promotion) -> None:
    """The ledger stays; the report is there."""
    dry = BY_HAND.model_copy(update={"dry_run": True})
    assert run_rollback(workplace, dry)["headline"].startswith("Dry run: it would roll back to")
    assert workplace.ledger.latest() == bad_champion
    assert "Dry run" in report_of(workplace, dry)


def test_without_a_previous_champion_there_is_no_way_back(workplace: Workplace, plain: Launch) -> None:
    """Before the first champion and after it, the error says what to do."""
    with pytest.raises(DataError, match="there is no champion yet"):
        request(workplace, BY_HAND)
    run_interval(workplace, interval_of(10), plain)
    with pytest.raises(DataError, match="the present champion is the first one"):
        request(workplace, BY_HAND)


@pytest.mark.usefixtures("bad_champion")
def test_a_champion_that_changed_meanwhile_is_not_rolled_back(workplace: Workplace) -> None:
    """Asked for while another promotion was written: nothing happens, and the report says why."""
    run = request(workplace, BY_HAND)
    third = crown(workplace, "third", PROMOTED_ON)
    assert roll_back(workplace, run)["number"] is None
    assert workplace.ledger.latest() == third
    assert "champion changed meanwhile" in run_rollback(workplace, BY_HAND)["headline"]


def test_a_rolled_back_model_does_not_come_back_by_itself(workplace: Workplace, plain: Launch) -> None:
    """The same rows give the same model: better or not, it is not promoted a second time."""
    first = run_interval(workplace, interval_of(10), plain)
    assert first.training is not None
    spoil(workplace, first.training.training_id)
    better = run_interval(workplace, interval_of(11), FORCED)
    assert better.promoted
    run_rollback(workplace, BY_HAND)
    again = run_interval(workplace, interval_of(11), FORCED.model_copy(update={"run_id": "again"}))
    assert again.training == better.training
    assert again.comparison is not None
    assert again.comparison.reasons[-1].code == "rolled_back_before"
    assert not again.promoted
    assert [entry.kind for entry in workplace.ledger.entries()] == ["promotion", "promotion", "rollback"]
