"""The step examines the labels since the promotion, and remembers which are held."""

from datetime import timedelta

import pandas as pd
import pytest

from include.retraining.flow import run_interval
from include.retraining.results.outcome import HistoryPoint, Outcome
from include.retraining.results.run import Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import EXPECTATION_FILE, HELD_FILE, Workplace
from tests.world import ROWS_A_DAY, interval_of

OLD, RECENT = 5 * ROWS_A_DAY, 10 * ROWS_A_DAY  # keys of rows of days 5 and 10


def run(workplace: Workplace, day: int) -> tuple[Outcome, HistoryPoint]:
    """Run a day; gives what came out and where it lies."""
    outcome = run_interval(workplace, interval_of(day), Launch(kind="scheduled"))
    return outcome, workplace.history(interval_of(day).end)[-1]


def test_labels_are_examined_and_performance_estimated(workplace: Workplace) -> None:
    """Nothing before the first champion; then the labels since its promotion, and an estimate beside what is seen."""
    first, point = run(workplace, 10)
    assert (first.concept, first.performance) == (None, None)
    assert not workplace.folder.child(point.folder).exists(HELD_FILE)
    run(workplace, 11)
    outcome, _ = run(workplace, 12)
    assert outcome.concept is not None
    assert outcome.concept.labels == 2 * ROWS_A_DAY
    assert outcome.concept.test is not None
    performance = outcome.performance
    assert performance is not None
    assert performance.realised is not None
    assert performance.realised.n == ROWS_A_DAY
    assert performance.estimated is not None
    assert performance.estimated.verdict == "estimated"
    assert performance.estimated.n == ROWS_A_DAY
    assert performance.gap is not None
    assert performance.gap.p_value > 0.01
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.kind == "healthy"


def test_labels_are_judged_anew_as_long_as_they_are_looked_at(workplace: Workplace) -> None:
    """Of labels held earlier, those no longer looked at stay held; the others are free unless found again."""
    run(workplace, 10)
    _, point = run(workplace, 11)
    folder = workplace.folder.child(point.folder)
    assert folder.read_frame(HELD_FILE).empty
    folder.write_frame(HELD_FILE, pd.DataFrame({"id": [OLD, RECENT]}))
    outcome, later = run(workplace, 12)
    assert outcome.performance is not None
    assert workplace.folder.child(later.folder).read_frame(HELD_FILE)["id"].tolist() == [OLD]


@pytest.fixture
def brief(workplace: Workplace) -> Workplace:
    """A model that looks back a day, and estimates nothing."""
    spec: ModelSpec = workplace.spec
    performance = spec.performance.model_copy(update={"window": timedelta(days=1), "estimate": False})
    return Workplace(spec.model_copy(update={"performance": performance}), workplace.folder, None)


def test_the_window_and_the_estimate_are_settings(brief: Workplace) -> None:
    """A day's labels, no estimator kept, no estimate made."""
    run(brief, 10)
    run(brief, 11)
    outcome, _ = run(brief, 12)
    assert outcome.concept is not None
    assert outcome.concept.labels == ROWS_A_DAY
    assert outcome.performance is not None
    assert (outcome.performance.estimated, outcome.performance.gap) == (None, None)
    assert outcome.champion_id is not None
    assert not brief.trained(outcome.champion_id).exists(EXPECTATION_FILE)
