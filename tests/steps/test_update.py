"""In mode `partial_fit` the champion goes on learning, and has to prove itself like any challenger."""

from dataclasses import replace

import pytest

from include.retraining.flow import run_interval
from include.retraining.results.run import Launch
from include.retraining.spec.trainer import TrainerSpec
from include.retraining.steps.reproduce import reproduce
from include.retraining.steps.workplace import Workplace
from tests.steps.reigns import brisk
from tests.world import TURN, interval_of


@pytest.fixture
def learning(workplace: Workplace) -> Workplace:
    """A model whose champion goes on learning."""
    retrain = workplace.spec.retrain.model_copy(update={"mode": "partial_fit"})
    changed = {"retrain": retrain, "trainer": TrainerSpec(use="sgd_linear")}
    return replace(workplace, spec=brisk(workplace.spec.model_copy(update=changed)))


def test_a_champion_goes_on_learning_and_is_promoted_for_it(learning: Workplace) -> None:
    """The first training is a full one; after a change the next carries its model on, names it and is compared."""
    first = run_interval(learning, interval_of(10), Launch(kind="scheduled"))
    assert first.training is not None
    assert first.promoted
    assert first.training.left_out == {"update": "there is no champion to carry on"}
    forced = Launch(kind="manual", run_id="m1", force_retrain=True)
    outcome = run_interval(learning, interval_of(TURN + 7), forced)
    assert outcome.training is not None
    assert outcome.comparison is not None
    assert outcome.training.parent_id == first.training.training_id
    assert outcome.training.train.start == first.training.train.start
    assert outcome.comparison.rows == 2 * 240
    assert outcome.comparison.difference is not None
    assert outcome.comparison.difference.low > 0
    assert outcome.promoted
    again = run_interval(learning, interval_of(TURN + 7), forced)
    assert again.training == outcome.training


def test_an_update_is_reproduced_from_its_parent(learning: Workplace) -> None:
    """The stored champion learns the same rows once more."""
    run_interval(learning, interval_of(10), Launch(kind="scheduled"))
    forced = Launch(kind="manual", run_id="m1", force_retrain=True, dry_run=True)
    outcome = run_interval(learning, interval_of(TURN + 7), forced)
    assert outcome.training is not None
    assert outcome.training.parent_id is not None
    found = reproduce(learning, outcome.training.training_id)
    assert (found.agrees, len(found.compared)) == (True, 2)
