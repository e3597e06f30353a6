"""Recent labels examined as a whole: can they be trusted, and has the relation changed?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.concept import MINIMUM_LABELS, Recent, examine_concept, held_keys
from include.retraining.results.audit import HeldLabels, LabelAudit
from tests.model_samples import make_spec
from tests.performance.roasts import everywhere, from_ethiopia, roasts

SPEC = make_spec("regression")
REFERENCE_ROWS, ROWS = 600, 400
START = datetime(2025, 1, 1, tzinfo=UTC)
SPELL = (200, 350)  # rows of which station B spoilt its third: six days, an hour a row


def recent(rows, *, stations=True):
    """Say that three stations made the labels in turn, each at the hour of its row."""
    names = pd.DataFrame({"station": np.array(["A", "B", "C"])[np.arange(len(rows)) % 3]})
    return Recent(rows, names if stations else names[[]], pd.DatetimeIndex(rows.times, tz="UTC"))


def joined(first, second):
    """Put rows one after the other."""
    n = len(first) + len(second)
    return replace(
        first,
        keys=np.arange(n),
        times=first.times[0] + np.arange(n) * np.timedelta64(1, "h"),
        features=pd.concat([first.features, second.features], ignore_index=True),
        segments=pd.concat([first.segments, second.segments], ignore_index=True),
        y=np.concatenate([first.y, second.y]),
        prediction=np.concatenate([first.prediction, second.prediction]),
    )


def examine(rows, spec=SPEC, **options):
    """Compare rows with a holdout of the old relation."""
    return examine_concept(
        spec, recent(rows), recent(roasts(1, REFERENCE_ROWS)), newest=len(rows), join=None, **options
    )


def off_by_a_constant(shift=4.0):
    """Rows of which station B mislabelled some, with their keys."""
    rows = roasts(2, ROWS)
    number = np.arange(ROWS)
    wrong = (number % 3 == 1) & (number >= SPELL[0]) & (number < SPELL[1])
    return replace(rows, y=rows.y + shift * wrong), number[wrong]


def test_labels_like_the_holdouts_show_nothing():
    """No label is held, no change dated, no part named, and the test is far from significant."""
    found = examine(roasts(2, ROWS))
    assert (found.labels, found.held, found.change, found.local) == (ROWS, 0, None, ())
    assert found.audit.verdict == "none"
    assert found.test.p_value > 0.05
    assert found.attribution.verdict == "split"


def test_a_turned_relation_is_tested_and_dated():
    """Turned after 250 rows: dated there, losses rise beyond chance, and no label is blamed."""
    found = examine(joined(roasts(2, 250), roasts(3, 150, turned=everywhere)))
    assert found.held == 0
    assert found.test.p_value <= 0.001
    assert found.test.rise.value > 0
    assert found.change.worse
    assert abs(found.change.date - (START + timedelta(hours=250))) < timedelta(days=1)
    assert found.attribution.concept.value > 0.1


def test_a_part_that_turned_is_named():
    """The origin by its name."""
    found = examine(roasts(501, ROWS, turned=from_ethiopia))
    assert [part.region for part in found.local] == ["origin = Ethiopia"]


def test_labels_off_by_a_constant_are_held_and_no_relation_is_blamed():
    """The keys of one station's spell; without them losses are as ever, and the labels' part of the error is told."""
    rows, wrong = off_by_a_constant()
    found = examine(rows)
    assert [(one.reason, one.source) for one in found.audit.held] == [("offset", "station=B")]
    keys = set(held_keys(SPEC, found.audit))
    assert found.held == len(keys)
    assert len(keys & set(wrong.tolist())) >= 0.9 * len(wrong)
    assert len(keys - set(wrong.tolist())) <= 0.2 * len(wrong)
    assert found.test.p_value > 0.05
    assert found.attribution.labels.value > 0.1


def test_a_fault_goes_on_until_many_labels_are_right_again():
    """A mended fault is still held, but it is over; a slip of the pen is no fault."""
    rows, _ = off_by_a_constant()
    assert examine(rows.only(np.arange(ROWS) < SPELL[1])).ongoing
    mended = examine(joined(rows, roasts(4, 100)))
    assert mended.held > 0
    assert not mended.ongoing
    steady = roasts(2, ROWS)
    slips = replace(steady, y=np.where(np.arange(ROWS) == ROWS - 5, 900.0, steady.y))
    assert (examine(slips).held, examine(slips).ongoing) == (1, False)


def test_released_labels_are_not_held_and_count():
    """What began before a person vouched for it is dropped; what began later stays."""
    rows, _ = off_by_a_constant()
    found = examine(rows, released_until=START + timedelta(hours=ROWS))
    assert (found.held, found.audit.held, found.audit.verdict) == (0, (), "none")
    assert "released" in found.audit.text
    assert found.attribution.labels.value == 0
    assert examine(rows, released_until=START + timedelta(hours=SPELL[0] - 24)).held > 0


def test_accepted_labels_are_reported_and_count():
    """The audit still says what it found."""
    rows, _ = off_by_a_constant()
    found = examine(rows, make_spec("regression", labels={"on_suspicion": "accept"}))
    assert found.audit.held
    assert found.held == 0
    assert found.attribution.labels.value == 0


def test_too_few_labels_are_not_examined():
    """Of either side; the text says how many are needed."""
    rows = roasts(2, MINIMUM_LABELS - 1)
    found = examine(rows)
    assert (found.labels, found.audit, found.test) == (29, None, None)
    assert "30 are needed" in found.text
    assert examine_concept(SPEC, recent(roasts(2, ROWS)), recent(rows), newest=1, join=None).audit is None
    assert examine(rows.only(np.zeros(len(rows), bool))).labels == 0


@pytest.mark.parametrize("stations", [True, False])
def test_unusable_rows_do_no_harm(stations):
    """Missing labels, predictions and features, and a constant feature."""
    rows = roasts(2, ROWS)
    y, prediction = rows.y.copy(), rows.prediction.copy()
    y[::50], prediction[::40] = np.nan, np.nan
    features = rows.features.assign(bean_size=np.nan, airflow=1.0)
    broken = replace(rows, y=y, prediction=prediction, features=features)
    found = examine_concept(
        SPEC, recent(broken, stations=stations), recent(roasts(1, REFERENCE_ROWS)), newest=ROWS, join=None
    )
    assert found.held == len(y[::50])
    assert found.model_dump_json()


@pytest.mark.parametrize("task", ["binary_classification", "multiclass_classification"])
def test_classes_are_examined_too(task):
    """Predicted probabilities that fit show nothing; turned labels are found."""
    spec, generator = make_spec(task), np.random.default_rng(5)

    def rows(seed, n, turned):
        made = roasts(seed, n)
        chance = 1 / (1 + np.exp(-2 * made.features["moisture"].to_numpy()))
        y = (generator.random(n) < (1 - chance if turned else chance)).astype(int)
        prediction = chance if task.startswith("binary") else np.column_stack([1 - chance, chance * 0.9, chance * 0.1])
        return replace(made, y=y, prediction=prediction)

    holdout = recent(rows(1, REFERENCE_ROWS, turned=False))
    same, other = (recent(rows(2, ROWS, turned=turned)) for turned in (False, True))
    steady = examine_concept(spec, same, holdout, newest=ROWS, join=None)
    assert steady.held == 0
    assert steady.test.p_value > 0.01
    assert examine_concept(spec, other, holdout, newest=ROWS, join=None).test.p_value <= 0.001


def test_the_same_labels_give_the_same_answer():
    """Bytes and all."""
    rows, _ = off_by_a_constant()
    assert examine(rows).model_dump_json() == examine(rows).model_dump_json()


@pytest.mark.parametrize(
    ("on_suspicion", "capped", "held"),
    [("hold", False, 2), ("hold", True, 0), ("ask", False, 2), ("ask", True, 2), ("accept", False, 0)],
)
def test_what_is_kept_out(on_suspicion, capped, held):
    """Of a capped finding nothing unless a person is asked anyway; of an accepted one nothing."""
    finding = HeldLabels(reason="noise", source=None, since=START, until=START, keys=(1, 2), evidence=(), text="")
    audit = LabelAudit(verdict="suspect", capped=capped, labels=9, held=(finding,), text="")
    spec = make_spec("regression", labels={"on_suspicion": on_suspicion})
    assert len(held_keys(spec, audit)) == held
    assert held_keys(spec, None) == []


@pytest.mark.parametrize(("turned", "noise", "low", "high"), [(everywhere, 0.8, 0.7, 1.0), (None, 4.0, 0.0, 0.25)])
def test_the_newest_labels_tell_a_new_relation_from_noise(turned, noise, low, high):
    """Forty labels after four hundred as ever: too few to move the test, enough to see what can be learned."""
    rows = joined(roasts(2, ROWS), roasts(3, 40, turned=turned, noise=noise))
    found = examine_concept(SPEC, recent(rows), recent(roasts(1, REFERENCE_ROWS)), newest=40, join=None)
    assert 40 <= found.recovery.labels <= 45
    assert low <= found.recovery.share <= high


def test_accepted_labels_are_no_fault_that_goes_on():
    """Whoever accepts them wants the other questions answered."""
    rows, _ = off_by_a_constant()
    assert not examine(rows, make_spec("regression", labels={"on_suspicion": "accept"})).ongoing
