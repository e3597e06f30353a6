"""A small model of the newest labels tells whether the champion has grown old."""

import numpy as np
import pytest

from include.retraining.training.fit import fit
from include.retraining.training.plan import plan_training
from include.retraining.training.predict import predict
from include.retraining.training.probe import probe
from tests.model_samples import make_rows, make_spec, week

SPEC = make_spec("regression", trainer={"params": {"max_iter": 20}})
ROWS = make_rows(4000, 20, "regression")


def probed(turn=None, spec=SPEC, **changes):
    """Probe a champion of the first ten weeks in week 19; from week `turn` on the relation is reversed."""
    rows = ROWS.copy()
    if turn is not None:
        rows.loc[rows["at"] >= week(turn).start, "y"] *= -1
    older = rows[rows["at"] < week(10).start]
    plan = plan_training(older, SPEC, week(9))
    champion = fit(plan, SPEC)
    known, newest = rows[rows["at"] < week(19).start], rows[rows["at"] >= week(19).start]
    arguments = {
        "known": known,
        "known_y": known["y"].to_numpy(),
        "newest": newest,
        "newest_y": newest["y"].to_numpy(),
        "prediction": predict(champion.estimator, newest, plan.columns, "regression"),
        **changes,
    }
    return probe(spec, champion.record, **arguments)


def test_a_probe_beats_a_champion_whose_relation_is_gone():
    """By far, from rows since the change alone or mostly so."""
    found = probed(turn=10)
    assert found.gain.low > 0
    assert found.rows == 2000
    assert found.since == ROWS["at"][ROWS["at"] >= week(19).start].min()
    assert "better than the champion" in found.text


def test_a_probe_does_no_better_while_nothing_changes():
    """It has learned no more than the champion."""
    assert probed().gain.low < 0


@pytest.mark.parametrize("what", ["known", "newest"])
def test_too_few_labels_tell_nothing(what):
    """Neither to learn from nor to compare on."""
    rows = ROWS.tail(30)
    found = probed(**{what: rows, f"{what}_y": np.full(30, np.nan)})
    assert found.gain is None
    assert "fewer than 50 labels" in found.text
