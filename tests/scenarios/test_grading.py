"""How the benchmark grades what the system says."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.diagnosis import attributed, confusion, held
from benchmarks.diagnosis_detectors import DETECTORS, HERE, alarm_days
from benchmarks.diagnosis_streams import NONE, Day, Stream
from include.demo.roaster.scenarios import DAYS, SCENARIOS
from include.demo.roaster.simulate import simulate


def stream(
    name: str,
    said: dict[int, str],
    promoted: int | None = None,
    held_on: dict[int, tuple[str, ...]] | None = None,
    losses: Callable[[int], Iterable[float]] = lambda day: (),
) -> Stream:
    """A stream in which `said` is repeated until something else is said."""
    days, diagnosis = [], NONE
    for day in range(DAYS):
        diagnosis = said.get(day, diagnosis)
        keys = (held_on or {}).get(day, ())
        action = "hold_labels" if keys else "none"
        days.append(Day(day, diagnosis, action, promoted=day == promoted, held=keys, losses=tuple(losses(day))))
    return Stream(name, 0, tuple(days), tuple(np.random.default_rng(0).exponential(size=300)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_best_answers_are_all_right(name: str) -> None:
    """And silence is right on no graded day."""
    story = SCENARIOS[name]
    best = {day: story.right(day)[0] for day in range(DAYS) if story.right(day)}
    assert all(right for _, _, right in stream(name, best).graded())
    assert not any(right for _, _, right in stream(name, {}).graded())


def test_the_day_of_detection_is_the_first_after_the_change() -> None:
    """An alarm before the change detects nothing."""
    assert stream("flip", {0: "healthy", 3: "concept_drift", 5: "healthy", 18: "concept_drift"}).detected() == 18
    assert stream("flip", {0: "healthy"}).detected() is None
    assert stream("steady", {0: "concept_drift"}).detected() is None


def test_a_promotion_on_new_labels_makes_healthy_right() -> None:
    """From the day after it; one before the first new label does not."""
    said = {0: "healthy", 17: "concept_drift", 25: "healthy"}
    for promoted, expected in ((24, True), (12, False), (30, False)):
        verdicts = {one.day: right for _, one, right in stream("flip", said, promoted).graded()}
        assert verdicts[26] is expected, promoted


def test_shares_are_those_of_days_on_which_the_answer_was_given() -> None:
    """Whatever their signs; days without a split, or with another answer, say nothing."""
    days = list(stream("flip", {0: "healthy", 18: "concept_drift"}).days)
    days[5] = replace(days[5], parts=(1.0, 0.0, 0.0, 0.0))
    days[20] = replace(days[20], parts=(-0.1, 0.3, 0.0, 0.1))
    days[21] = replace(days[21], parts=(0.1, 0.1, 0.0, 0.0))
    days[22] = replace(days[22], parts=(0.01, 0.0, 0.0, 0.03))  # next to nothing changed
    assert attributed([Stream("flip", 0, tuple(days), usual=(0.1, 0.3))]) == "35%, 55%, 0%, 10% (2 days)"
    assert attributed([stream("flip", {0: "concept_drift"})]) == ""
    assert attributed([stream("steady", {0: "healthy"})]) == ""


def test_the_confusion_counts_graded_days_only() -> None:
    """Open days stand in no cell."""
    table = confusion([stream("flip", {0: "healthy"})])
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells == {"truth": ["concept_drift", "healthy"], "healthy": [str(DAYS - 20), "17"]}


def test_held_labels_are_compared_with_the_wrong_ones() -> None:
    """Half of the wrong labels and as many right ones: precision and recall are a half."""
    truth = simulate("station_mix", 0)
    wrong = sorted(truth.truth.wrong_labels)
    right = [key for key in truth.labels["roast_id"] if key not in truth.truth.wrong_labels]
    half = len(wrong) // 2
    keys = (*wrong[:half], *right[:half])
    text = held([stream("station_mix", {}, held_on={20: keys, 21: keys})])
    assert text == f"50.0%, {half / len(wrong):.1%}"
    assert held([stream("steady", {})]) == "none"


def test_detectors_alarm_on_the_errors_of_the_first_champion() -> None:
    """Errors that grow sixfold on day 17 alarm within ten days; a promotion on the day before ends the watch."""
    generator = np.random.default_rng(2)

    def grown(day: int) -> list[float]:
        return list(generator.exponential(6.0 if day >= 17 else 1.0, 30))

    watched = stream("flip", {0: "healthy", 18: "concept_drift"}, losses=grown)
    replaced = stream("flip", {0: "healthy", 18: "concept_drift"}, promoted=16, losses=grown)
    for name in (HERE, *DETECTORS):
        after = [day for day in alarm_days(watched, name) if day >= 17]
        assert after, name
        assert after[0] < 27, name
        assert not [day for day in alarm_days(replaced, name) if day >= 17], name


def test_streams_are_read_as_they_were_written() -> None:
    """Line by line."""
    given = stream("flip", {0: "healthy"}, 24, {20: ("a", "b")}, losses=lambda day: (0.5, day))
    assert Stream.from_json(given.to_json()) == given
