"""What tests of steps share."""

import pytest

from include.retraining.results.succession import Promotion
from include.retraining.steps.workplace import Workplace
from tests.steps.reigns import crown, second_training, spoil


@pytest.fixture
def bad_champion(workplace: Workplace) -> Promotion:
    """The second champion predicts nonsense."""
    training_id = second_training(workplace)
    spoil(workplace, training_id)
    return crown(workplace, training_id)
