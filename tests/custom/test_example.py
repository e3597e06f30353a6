"""The example trainer works as the README of that folder says."""

from include.retraining.flow import run_interval
from include.retraining.results.run import Launch
from include.retraining.steps.workplace import Workplace
from tests.world import interval_of


def test_a_model_file_may_name_it(workplace: Workplace, plain: Launch) -> None:
    """A dotted path in the model file is enough to train with one's own code."""
    trainer = workplace.spec.trainer.model_copy(
        update={"use": "include.custom.example:build", "params": {"n_estimators": 20}}
    )
    spec = workplace.spec.model_copy(update={"trainer": trainer})
    outcome = run_interval(Workplace(spec, workplace.folder, None), interval_of(10), plain)
    assert outcome.promoted
    assert outcome.training is not None
    assert outcome.training.trainer == "include.custom.example:build"
