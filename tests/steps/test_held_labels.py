"""Labels that look wrong stay out of the error and out of training, until a person vouches for them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.store import open_store
from include.retraining.flow import run_interval
from include.retraining.results.concept import ConceptResult
from include.retraining.results.outcome import Outcome
from include.retraining.results.run import Interval, Launch
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import HELD_FILE, LABELLED_FILE, Workplace
from tests.world import ROWS_A_DAY, interval_of, make_rows

OFFSET = 4.0
SPELL = (13, 15)  # days of which station B's labels are off; they come of age a day later
LAST = 18
EXAMINED = ("concept.json", "performance.json", "diagnosis.json", "decision.json", HELD_FILE)


@pytest.fixture
def rows() -> pd.DataFrame:
    """Three stations label in turn; for two days one of them measures too much."""
    rows = make_rows(days=LAST + 1)
    rows["station"] = np.array(["A", "B", "C"])[np.arange(len(rows)) % 3]
    return rows.assign(moisture=rows["moisture"] + OFFSET * spoilt(rows))


def spoilt(rows: pd.DataFrame) -> pd.Series:
    """Which labels are truly wrong."""
    day = np.arange(len(rows)) // ROWS_A_DAY
    return (rows["station"] == "B") & (day >= SPELL[0]) & (day < SPELL[1])


@pytest.fixture
def spec(spec: ModelSpec) -> ModelSpec:
    """The labels say who made them, and are looked at for four days."""
    performance = spec.performance.model_copy(update={"window": 4 * (interval_of(1).end - interval_of(1).start)})
    data = spec.data.model_copy(update={"label_sources": ("station",)})
    return spec.model_copy(update={"data": data, "performance": performance})


def run_to(workplace: Workplace, last: int, first: int = SPELL[0]) -> Outcome:
    """Run days in order, after the one that trains the champion; gives the last outcome."""
    if not workplace.ledger.entries():
        run_interval(workplace, interval_of(10), Launch(kind="scheduled"))
    outcomes = [run_interval(workplace, interval_of(day), Launch(kind="scheduled")) for day in range(first, last + 1)]
    return outcomes[-1]


def held(workplace: Workplace, interval: Interval) -> set[int]:
    """Keys held after the last run of an interval."""
    point = next(one for one in reversed(workplace.history(interval.end)) if one.interval == interval)
    return set(workplace.folder.child(point.folder).read_frame(HELD_FILE)["id"])


def test_held_labels_are_neither_judged_nor_learned(workplace: Workplace, rows: pd.DataFrame) -> None:
    """From the day on which they come of age until they are looked at no more, and longer."""
    wrong = set(rows.loc[spoilt(rows), "id"])
    outcome = run_to(workplace, SPELL[1])
    folder = workplace.folder.child(workplace.history(outcome.interval.end)[-1].folder)

    labelled = folder.read_frame(LABELLED_FILE)
    assert set(labelled["station"]) == {"A", "B", "C"}
    assert outcome.champion_id is not None
    assert "station" not in workplace.training(outcome.champion_id).categorical

    keys = held(workplace, outcome.interval)
    assert len(keys & wrong) >= 0.9 * len(wrong)
    assert len(keys - wrong) <= 0.1 * len(wrong)
    assert outcome.concept is not None
    assert outcome.concept.held == len(keys)
    assert outcome.performance is not None
    assert outcome.performance.realised is not None
    assert outcome.performance.realised.n == len(labelled) - len(keys & set(labelled["id"]))
    assert outcome.performance.verdict == "steady"
    assert outcome.diagnosis is not None
    assert (outcome.diagnosis.kind, outcome.diagnosis.segment) == ("suspect_labels", "station=B")
    assert outcome.decision.action == "hold_labels"

    forced = run_interval(
        workplace, interval_of(SPELL[1]), Launch(kind="manual", run_id="m1", force_retrain=True, dry_run=True)
    )
    assert forced.training is not None
    assert forced.training.excluded_rows == len(keys)

    later = run_to(workplace, LAST, LAST)  # half of the spell is not looked at any more
    assert later.concept is not None
    assert 0 < later.concept.held < len(keys & wrong)
    assert len(held(workplace, later.interval) & wrong) >= 0.9 * len(wrong)


def test_a_person_releases_labels(workplace: Workplace) -> None:
    """They count in the run that releases them and in later ones; an earlier interval run again still holds them."""
    day = SPELL[1]
    before = run_to(workplace, day)
    assert held(workplace, before.interval)
    folder = workplace.folder.child(workplace.history(before.interval.end)[-1].folder)
    bytes_before = {name: folder.read_bytes(name) for name in EXAMINED}

    released = run_interval(workplace, interval_of(day), Launch(kind="manual", run_id="m2", release_labels=True))
    assert released.concept is not None
    assert (released.concept.held, released.concept.audit and released.concept.audit.held) == (0, ())
    assert released.performance is not None
    assert released.performance.realised is not None
    assert released.performance.realised.n == ROWS_A_DAY
    assert released.decision.action not in {"hold_labels", "ask"}

    later = run_interval(workplace, interval_of(day + 1), Launch(kind="scheduled"))
    assert later.concept is not None
    assert later.concept.held == 0
    assert held(workplace, later.interval) == set()

    assert run_to(workplace, day, day) == before
    assert {name: folder.read_bytes(name) for name in EXAMINED} == bytes_before


def test_accepted_labels_are_judged_and_learned(tmp_path: Path, spec: ModelSpec) -> None:
    """The finding is reported, nothing is held."""
    labels = spec.labels.model_copy(update={"on_suspicion": "accept"})
    accepting = spec.model_copy(update={"labels": labels})
    workplace = Workplace(accepting, open_store(str(tmp_path / "accepting")).child(spec.name), None)
    outcome = run_to(workplace, SPELL[1])
    assert outcome.concept is not None
    assert isinstance(outcome.concept, ConceptResult)
    assert outcome.concept.audit is not None
    assert outcome.concept.audit.held
    assert outcome.concept.held == 0
    assert held(workplace, outcome.interval) == set()
    assert outcome.decision.action != "hold_labels"
