"""After a promotion the new champion has to hold against the one before."""

import pandas as pd
import pytest

from include.retraining.data.ledger import rolled_back
from include.retraining.flow import run_interval
from include.retraining.results.run import Launch
from include.retraining.results.succession import Promotion
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import HELD_FILE, WATCH_FILE, Workplace
from tests.steps.reigns import PROMOTED_ON, brisk, crown, second_training
from tests.world import ROWS_A_DAY, interval_of

NEXT = PROMOTED_ON + 1
UNSEEN = ROWS_A_DAY - 1  # of the first look: one label came in time for the holdout


@pytest.fixture
def spec(spec: ModelSpec) -> ModelSpec:
    """The small world's model, without what costs time."""
    return brisk(spec)


def test_a_champion_that_loses_is_rolled_back(workplace: Workplace, plain: Launch, bad_champion: Promotion) -> None:
    """The first interval with labels shows the loss: ledger, outcome and report say so, and the old one reigns."""
    outcome = run_interval(workplace, interval_of(NEXT), plain)
    assert outcome.decision.action == "rollback"
    assert outcome.decision.reasons[0].code == "champion_lost"
    assert outcome.rolled_back
    assert not outcome.promoted
    watch = outcome.watch
    assert watch is not None
    assert watch.difference is not None
    assert watch.verdict == "lost"
    assert watch.difference.high < 0
    new, old = (workplace.training(name).train.end for name in (watch.champion_id, watch.previous_id))
    assert watch.newer_by == new - old
    entry = workplace.ledger.latest()
    assert entry is not None
    assert (entry.kind, entry.training_id, entry.previous_id) == (
        "rollback", bad_champion.previous_id, bad_champion.training_id,
    )  # fmt: skip
    assert entry.decided_by == "automatic"
    assert entry.figures["difference"] == watch.difference
    assert entry.first_effective == interval_of(10).end
    point = workplace.history(interval_of(NEXT).end)[-1]
    assert point.rolled_back
    assert point.lead == watch.lead
    assert watch.lead is not None
    report = workplace.folder.child(point.folder).read_bytes("report.html").decode()
    assert "reigns again" in report
    assert "Is the new champion better than the one before?" in report
    later = run_interval(workplace, interval_of(NEXT + 1), plain)
    assert later.champion_id == bad_champion.previous_id
    assert later.watch is None


def test_a_rerun_rolls_back_once(workplace: Workplace, plain: Launch, bad_champion: Promotion) -> None:
    """The interval that rolled back, run again, finds its entry and changes nothing."""
    first = run_interval(workplace, interval_of(NEXT), plain)
    run_interval(workplace, interval_of(NEXT + 1), plain)
    assert run_interval(workplace, interval_of(NEXT), plain) == first
    assert len(workplace.ledger.entries()) == 3
    assert rolled_back(workplace.ledger.entries(), bad_champion.training_id) is not None


def test_a_champion_as_good_as_the_one_before_stays(workplace: Workplace, plain: Launch) -> None:
    """Looks add up their rows, and end after the last one."""
    spec = workplace.spec.model_copy(update={"promotion": workplace.spec.promotion.model_copy(update={"watch": 2})})
    place = Workplace(spec, workplace.folder, None)
    crown(place, second_training(place))
    watches = [run_interval(place, interval_of(day), plain).watch for day in range(NEXT, NEXT + 3)]
    assert [None if watch is None else (watch.verdict, watch.look, watch.rows) for watch in watches] == [
        ("holds", 1, UNSEEN), ("holds", 2, UNSEEN + ROWS_A_DAY), None,
    ]  # fmt: skip
    assert len(place.ledger.entries()) == 2


def test_held_labels_speak_for_neither(workplace: Workplace, plain: Launch) -> None:
    """Rows whose label is held are not compared, also those of earlier looks."""
    crown(workplace, second_training(workplace))
    run_interval(workplace, interval_of(NEXT), plain)
    folder = workplace.folder.child(workplace.history(interval_of(NEXT).end)[-1].folder)
    keys = folder.read_frame(WATCH_FILE)["id"].iloc[:40]
    spec = workplace.spec
    window = interval_of(1).end - interval_of(1).start
    brief = spec.model_copy(update={"performance": spec.performance.model_copy(update={"window": window})})
    folder.write_frame(HELD_FILE, pd.DataFrame({"id": keys}))
    watch = run_interval(Workplace(brief, workplace.folder, None), interval_of(NEXT + 1), plain).watch
    assert watch is not None
    assert watch.rows == UNSEEN + ROWS_A_DAY - 40


def test_too_few_labels_are_no_look(workplace: Workplace, plain: Launch) -> None:
    """Below `labels.minimum` rows nothing is said, and no look is spent."""
    spec = workplace.spec
    crown(workplace, second_training(workplace))
    labels = spec.labels.model_copy(update={"minimum": ROWS_A_DAY + 1})
    place = Workplace(spec.model_copy(update={"labels": labels}), workplace.folder, None)
    first, second = (run_interval(place, interval_of(day), plain).watch for day in (NEXT, NEXT + 1))
    assert first is not None
    assert (first.verdict, first.look, first.difference) == ("too_few_rows", 0, None)
    assert second is not None
    assert (second.verdict, second.look) == ("holds", 1)


def test_a_column_that_only_the_old_model_needs_may_go(
    workplace: Workplace, plain: Launch, bad_champion: Promotion
) -> None:
    """Without it the two cannot be compared; the run says so and goes on."""
    training = workplace.training(str(bad_champion.previous_id))
    needy = training.model_copy(update={"numeric": (*training.numeric, "gone")})
    workplace.trained(training.training_id).write_record("training.json", needy)
    outcome = run_interval(workplace, interval_of(NEXT), plain)
    assert outcome.watch is not None
    assert outcome.watch.verdict == "not_defined"
    assert "gone" in outcome.watch.text
    assert not outcome.rolled_back


@pytest.mark.usefixtures("bad_champion")
@pytest.mark.parametrize(
    "launch", [Launch(kind="manual", run_id="dry", dry_run=True), Launch(kind="manual", run_id="f", force_retrain=True)]
)
def test_runs_started_for_something_else_do_not_roll_back(workplace: Workplace, launch: Launch) -> None:
    """They say what they saw; the plain run of the interval acts."""
    outcome = run_interval(workplace, interval_of(NEXT), launch)
    assert outcome.decision.action != "rollback"
    assert "champion_lost" in {reason.code for reason in outcome.decision.reasons}
    assert not outcome.rolled_back
