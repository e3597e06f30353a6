"""The table of right answers."""

from typing import get_args

import pytest

from include.demo.roaster import scenarios
from include.demo.roaster.scenarios import CHANGE, DAYS, SCENARIOS, Diagnosis

FIRST_LABEL = CHANGE + 7


def test_every_scenario_stands_in_the_table() -> None:
    """Fifteen stories, each with its row."""
    assert len(SCENARIOS) == 15
    rows = {line.split()[0] for line in (scenarios.__doc__ or "").splitlines() if line.strip()}
    assert rows >= set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_answers_are_diagnoses(name: str) -> None:
    """What should be found is a diagnosis and is right on some day."""
    story = SCENARIOS[name]
    given = {diagnosis for day in range(DAYS) for diagnosis in story.right(day)}
    assert given <= set(get_args(Diagnosis))
    assert story.answer is None or any(story.right(day)[:1] == (story.answer,) for day in range(DAYS))


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_asked_before_it_can_be_seen(name: str) -> None:
    """Before the change all is well; what only labels show is not asked before they arrive."""
    story = SCENARIOS[name]
    seen = CHANGE if story.cause in ("inputs", "feed") else FIRST_LABEL
    assert all(story.accepts(day, "healthy") for day in range(seen))
    assert all(story.right(day) == ("healthy",) for day in range(4, CHANGE))


def test_a_retrained_system_may_call_it_healthy() -> None:
    """Where retraining helps; wrong labels are not mended by it."""
    assert not SCENARIOS["flip"].accepts(30, "healthy")
    assert SCENARIOS["flip"].accepts(30, "healthy", retrained=True)
    assert not SCENARIOS["noise"].accepts(30, "healthy", retrained=True)
