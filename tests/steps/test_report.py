"""The report looks back on the drift of earlier intervals, and drift knows what the champion relies on."""

import re

from include.retraining.flow import run_interval
from include.retraining.results.drift import DriftResult
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.run import Launch
from include.retraining.steps import report as step
from include.retraining.steps.workplace import Workplace
from tests.world import interval_of


def test_drift_carries_the_importance_of_the_champion(workplace: Workplace, plain: Launch) -> None:
    """As it was measured when the champion was trained; features only."""
    trained = run_interval(workplace, interval_of(10), plain).training
    assert trained is not None
    assert trained.importance["size"] > 1 > trained.importance["heat"]
    outcome = run_interval(workplace, interval_of(11), plain)
    assert outcome.drift is not None
    features = {column.column: column.importance for column in outcome.drift.columns if column.role == "feature"}
    assert {name: value for name, value in features.items() if " and " not in name} == trained.importance
    assert {column.importance for column in outcome.drift.columns if column.role != "feature"} == {None}


def test_the_page_shows_the_intervals_before(workplace: Workplace, plain: Launch) -> None:
    """Two days after the first check there are three points; the first day of a champion has no chart."""
    pages = []
    for day in range(10, 14):
        run_interval(workplace, interval_of(day), plain)
        folder = workplace.history(interval_of(day).end)[-1].folder
        pages.append(workplace.folder.child(folder).read_bytes("report.html").decode())
    assert ["normal variation" in page for page in pages] == [False, False, True, True]
    assert set(re.findall(r"over (\d) intervals", pages[-1])) == {"3"}


def point(outcome: Outcome, day: int, folder: str, **fields: object) -> HistoryPoint:
    """A day of the past that ended like this one."""
    return HistoryPoint.of(outcome, folder).model_copy(update={"interval": interval_of(day), **fields})


def test_only_drift_against_the_same_reference_is_looked_back_upon(workplace: Workplace, plain: Launch) -> None:
    """Another champion's, missing and unreadable checks are left out, and of one interval the last run counts."""
    run_interval(workplace, interval_of(10), plain)
    outcome = run_interval(workplace, interval_of(11), plain)
    assert outcome.drift is not None
    for name in ("a", "b"):
        workplace.folder.child(name).write_record("drift.json", outcome.drift)
    changed = outcome.drift.model_copy(update={"rows_current": 7})
    workplace.folder.child("again").write_record("drift.json", changed)
    workplace.folder.child("old").write_bytes("drift.json", b'{"drifted": false}')
    history = [
        point(outcome, 5, "a"), point(outcome, 6, "none"), point(outcome, 7, "old"),
        point(outcome, 8, "b", champion_id="another"), point(outcome, 9, "b"), point(outcome, 9, "again"),
    ]  # fmt: skip
    found: list[tuple[object, DriftResult]] = list(step._past_drift(workplace, history, outcome))
    assert found == [(interval_of(5), outcome.drift), (interval_of(9), changed)]
    without = outcome.model_copy(update={"drift": None})
    assert step._past_drift(workplace, history, without) == []
    many = [point(outcome, day, "a") for day in range(30)]
    assert len(step._past_drift(workplace, many, outcome)) == step.PAST_INTERVALS
