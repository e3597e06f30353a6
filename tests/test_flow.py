"""The flow as a whole: what the system does on good days and on bad ones."""

import html
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from include.retraining.flow import intervals, run_interval
from include.retraining.results.run import Launch
from include.retraining.steps.workplace import Workplace
from tests.world import TURN, interval_of


def overwrite(tmp_path: Path, rows: pd.DataFrame) -> None:
    """Change the production data."""
    rows.to_parquet(tmp_path / "rows.parquet")


def run_days(workplace: Workplace, launch: Launch, first: int, last: int) -> list[str]:
    """Run days in order; gives their decisions."""
    outcomes = [run_interval(workplace, interval_of(day), launch) for day in range(first, last)]
    return [outcome.decision.action for outcome in outcomes]


def test_the_first_interval_trains_the_first_champion(workplace: Workplace, plain: Launch) -> None:
    """Without a champion the decision is to train one, on history before the interval's end."""
    outcome = run_interval(workplace, interval_of(10), plain)
    assert outcome.decision.action == "retrain"
    assert outcome.promoted
    assert outcome.training is not None
    assert outcome.training.holdout.end <= interval_of(10).end
    assert outcome.champion_id is None


def test_the_first_training_alone_measures_staleness(workplace: Workplace, plain: Launch) -> None:
    """The history before it, in thirds; the report says what came of it, and later trainings leave it."""
    outcome = run_interval(workplace, interval_of(10), plain)
    assert outcome.training is not None
    found = outcome.training.staleness
    assert found is not None
    assert found.lead is not None
    assert found.lead.newer_by == (outcome.training.holdout.end - outcome.training.train.start) / 3
    folder = workplace.folder.child(workplace.history(interval_of(10).end)[-1].folder)
    assert found.text in html.unescape(folder.read_bytes("report.html").decode())
    forced = run_interval(workplace, interval_of(11), Launch(kind="manual", run_id="m1", force_retrain=True))
    assert forced.training is not None
    assert forced.training.staleness is None


def test_a_turned_relation_is_found_and_mended(workplace: Workplace, plain: Launch) -> None:
    """A relation that turns round drops the performance, and a challenger is trained."""
    quiet = run_days(workplace, plain, 10, TURN)
    assert quiet[0] == "retrain"
    assert set(quiet[1:]) <= {"none", "watch"}
    assert "retrain" in run_days(workplace, plain, TURN, TURN + 4)


def test_labels_from_the_future_are_not_seen(workplace: Workplace, plain: Launch) -> None:
    """A run sees the labels that were known at the end of its interval and no others."""
    run_interval(workplace, interval_of(10), plain)
    outcome = run_interval(workplace, interval_of(11), plain)
    assert outcome.performance is not None
    assert outcome.performance.realised is not None
    assert outcome.performance.realised.n == outcome.snapshot.labelled_rows == 240


def test_a_rerun_decides_the_same_and_promotes_nothing_twice(workplace: Workplace, plain: Launch) -> None:
    """The same interval on the same source gives the same decision, training and ledger."""
    first = run_interval(workplace, interval_of(10), plain)
    run_interval(workplace, interval_of(11), plain)
    again = run_interval(workplace, interval_of(10), plain)
    assert again == first
    assert len(workplace.ledger.entries()) == 1
    assert len(workplace.folder.child("trainings").names()) == 1
    assert len(workplace.folder.child("history").names()) == 2


DAMAGES = {
    "column missing": lambda week: week.drop(columns="size"),
    "type changed": lambda week: week.assign(size=[f"{value:.2f} mm" for value in week["size"]]),
    "out of range": lambda week: week.assign(heat=week["heat"].where(week.index % 2 == 0, 9999.0)),
    "duplicated keys": lambda week: pd.concat([week, week.sample(frac=0.5, random_state=1).assign(heat=201.0)]),
    "empty": lambda week: week.iloc[:0],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_day_is_rejected_and_the_next_runs_as_normal(
    workplace: Workplace, plain: Launch, rows: pd.DataFrame, tmp_path: Path, damage: str
) -> None:
    """Broken data is named, checked for no drift and learned from by nobody; the next good day is judged again."""
    run_interval(workplace, interval_of(10), plain)
    folder = tmp_path / "days"
    folder.mkdir()
    start, end = interval_of(11).start, interval_of(11).end
    inside = (rows["at"] >= start) & (rows["at"] < end)
    rows[~inside & (rows["at"] < start)].to_parquet(folder / "1.parquet")
    DAMAGES[damage](rows[inside]).to_parquet(folder / "2.parquet")
    rows[~inside & (rows["at"] >= end)].to_parquet(folder / "3.parquet")
    features = workplace.spec.data.features.model_copy(update={"uri": str(folder / "*.parquet")})
    data = workplace.spec.data.model_copy(update={"features": features})
    damaged = replace(workplace, spec=workplace.spec.model_copy(update={"data": data}))

    outcome = run_interval(damaged, interval_of(11), plain)
    assert outcome.decision.action == "reject"
    assert outcome.decision.reasons
    assert outcome.drift is None
    assert outcome.training is None
    report = damaged.folder.child(damaged.history(interval_of(12).start)[-1].folder).read_bytes("report.html")
    assert b"Rejected" in report
    assert run_interval(damaged, interval_of(13), plain).decision.action in {"none", "watch"}


def test_quarantined_rows_are_never_learned_from(
    workplace: Workplace, plain: Launch, rows: pd.DataFrame, tmp_path: Path
) -> None:
    """Rows set aside in an interval stay out of every later training."""
    run_interval(workplace, interval_of(10), plain)
    broken = rows["at"].between(interval_of(11).start, interval_of(11).end, inclusive="left") & (rows.index % 20 == 0)
    overwrite(tmp_path, rows.assign(heat=rows["heat"].where(~broken, 900.0)))
    outcome = run_interval(workplace, interval_of(11), plain)
    assert outcome.validation.quarantined == 12
    overwrite(tmp_path, rows)  # the source is mended later, the interval is not run again
    forced = run_interval(workplace, interval_of(14), Launch(kind="manual", run_id="m1", force_retrain=True))
    assert forced.training is not None
    assert forced.training.excluded_rows == 12


def test_a_forced_run_trains_although_nothing_calls_for_it(workplace: Workplace, plain: Launch) -> None:
    """`force_retrain` is a reason of its own, and the plain run of that interval stays as it was."""
    run_interval(workplace, interval_of(10), plain)
    before = run_interval(workplace, interval_of(12), plain)
    forced = run_interval(workplace, interval_of(12), Launch(kind="manual", run_id="m1", force_retrain=True))
    assert before.decision.action in {"none", "watch"}
    assert forced.decision.action == "retrain"
    assert {reason.code for reason in forced.decision.reasons} >= {"manual"}
    assert len(workplace.folder.child("history").names()) == 3


def test_a_dry_run_promotes_nothing(workplace: Workplace) -> None:
    """`dry_run` decides, trains, compares and reports, and leaves the ledger alone."""
    outcome = run_interval(workplace, interval_of(10), Launch(kind="manual", run_id="m2", dry_run=True))
    assert outcome.decision.action == "retrain"
    assert outcome.comparison is not None
    assert outcome.comparison.promote
    assert not outcome.promoted
    assert workplace.ledger.entries() == ()


def test_intervals_follow_the_schedule(workplace: Workplace) -> None:
    """The replay covers the same intervals that Airflow would."""
    covered = list(intervals(workplace.spec, interval_of(3).start, interval_of(6).end))
    assert covered == [interval_of(day) for day in range(3, 7)]
