"""Scenarios run through the production steps."""

from pathlib import Path

import pandas as pd
import pytest

from include.demo.roaster import replay
from include.demo.roaster.scenarios import SCENARIOS
from include.demo.roaster.simulate import WATCH_START
from include.retraining.results.outcome import Outcome


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of one seed; the first champion is trained on first use."""
    return tmp_path_factory.mktemp("roaster")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> list[Outcome]:
    """Three ordinary days."""
    return replay.run_scenario("steady", 1, folder, days=3)


def test_ordinary_days_are_quiet(outcomes: list[Outcome]) -> None:
    """One outcome a day under the shared champion, judged by thirty labels, without drift."""
    assert [outcome.interval.start for outcome in outcomes] == [
        WATCH_START + pd.Timedelta(days=day) for day in range(3)
    ]
    for outcome in outcomes:
        assert outcome.champion_id is not None
        assert outcome.drift is not None
        assert not outcome.drift.drifted
        assert outcome.performance is not None
        assert outcome.performance.realised is not None
        assert outcome.performance.realised.n == 30
        assert outcome.decision.action in ("none", "watch")


def test_shared_days_are_not_run_again(folder: Path, outcomes: list[Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that shows later starts from the kept store and ends with the same outcomes."""
    monkeypatch.setattr(replay, "SHARED", (2,))
    replay.share(1, folder)
    run: list[Outcome] = []
    again = replay.run_scenario("flip", 1, folder, days=3, on_interval=run.append)
    assert len(run) == 1
    assert [one.decision for one in again] == [one.decision for one in outcomes]
    assert [one.performance for one in again] == [one.performance for one in outcomes]


def test_production_stores_predictions_but_for_the_lost_ones(folder: Path) -> None:
    """The first champion's predictions stand beside the roasts of the watch."""
    champion = replay.first_champion(1, folder / "first")
    roasts = replay.simulate("no_predictions", 1, 16)
    stored = replay._with_predictions(roasts, champion).features
    day = (stored["roasted_at"] - WATCH_START) // pd.Timedelta(days=1)
    empty = stored[replay.STORED].isna()
    assert set(day[empty & (day >= 0)]) == set(range(10, SCENARIOS["no_predictions"].until or 0))
    assert stored.loc[~empty, replay.STORED].between(1, 5).all()
