"""The pace of trainings follows from what earlier ones brought."""

from include.retraining.decision.pace import PATIENCE, measure_pace, trainings
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.run import Interval, Launch
from include.retraining.spec.retrain import Allowance
from tests.model_samples import WEEK, week
from tests.training.test_comparison import CHAMPION

BUDGET = Allowance(trainings=4)  # in 20 intervals: one in five
FIRST = CHAMPION.model_copy(
    update={
        "train": Interval(start=week(0).start, end=week(8).start),
        "holdout": Interval(start=week(8).start, end=week(10).start),
    }
)


def trained(number, *reasons, proven=False, champion="a", dry=False):
    """A week that trained a challenger for these reasons."""
    return HistoryPoint(
        interval=week(number), folder="", launch=Launch(kind="scheduled", dry_run=dry), action="retrain",
        promoted=proven, rows=1, quarantined=0, drifted_columns=(), realised=None, champion_id=champion,
        champion_version=None, reasons=reasons, proven=proven,
    )  # fmt: skip


FOUNDING = trained(10, "no_champion", champion=None)


def pace(*points, at=60):
    """Measure the pace at a week."""
    return measure_pace((FOUNDING, *points), week(at), BUDGET, FIRST)


def test_the_first_refresh_waits_as_long_as_the_first_history():
    """Ten weeks of it, so ten weeks after the first training."""
    found = pace()
    assert found.last == week(10).end
    assert found.refresh == week(10).end + 10 * WEEK


def test_a_proven_gain_is_followed_at_the_pace_of_the_budget():
    """Four in twenty: after five weeks."""
    assert pace(trained(20, "refresh", proven=True)).refresh == week(20).end + 5 * WEEK
    assert pace(trained(20, "outperformed", proven=True)).refresh == week(20).end + 5 * WEEK


def test_a_refresh_that_proved_nothing_makes_the_next_wait():
    """Four times as long, and again."""
    once = pace(trained(20, "refresh"))
    assert once.refresh == week(20).end + PATIENCE * 10 * WEEK
    assert pace(trained(20, "refresh"), trained(59, "refresh")).refresh == week(59).end + PATIENCE**2 * 10 * WEEK


def test_alarms_that_brought_nothing_are_retried_at_2_4_and_8_intervals():
    """A proven gain, or a refresh, starts over."""
    failures = [trained(20 + place, "outperformed") for place in range(5)]
    waits = [pace(*failures[:count]).retry for count in range(6)]
    assert waits == [WEEK, 2 * WEEK, 4 * WEEK, 8 * WEEK, 8 * WEEK, 8 * WEEK]
    assert pace(*failures, trained(30, "outperformed", proven=True)).retry == WEEK


def test_dry_runs_and_later_weeks_are_no_history():
    """So a rerun decides the same."""
    points = (trained(20, dry=True), trained(30), trained(61))
    assert [point.interval for point in trainings(points, week(60))] == [week(30)]


def test_without_a_first_champion_no_refresh_is_due():
    """There is nothing to refresh."""
    assert measure_pace((), week(5), BUDGET, None).refresh is None
