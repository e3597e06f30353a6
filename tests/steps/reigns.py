"""A champion that took over from another, and turns out to be good or bad: for tests of what follows a promotion."""

import io

import joblib
import numpy as np
from sklearn.dummy import DummyRegressor

from include.retraining.data.ledger import DRAFT
from include.retraining.flow import run_interval
from include.retraining.results.run import Launch
from include.retraining.results.succession import Promotion
from include.retraining.results.training import Reason
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import ESTIMATOR_FILE, Workplace
from tests.world import interval_of

FORCED = Launch(kind="manual", run_id="forced", force_retrain=True)
PROMOTED_ON = 12  # the day on whose end the second champion begins to reign


def crown(workplace: Workplace, training_id: str, day: int = PROMOTED_ON) -> Promotion:
    """Make a training champion without asking whether it is better."""
    champion = workplace.ledger.latest()
    return workplace.ledger.append(
        Promotion(
            number=DRAFT,
            effective=interval_of(day).end,
            interval=interval_of(day),
            training_id=training_id,
            previous_id=champion.training_id if champion else None,
            reasons=(Reason(code="test", text="It was crowned by a test."),),
            decided_by="test",
        )
    )


def second_training(workplace: Workplace, day: int = PROMOTED_ON) -> str:
    """Train the first champion on day 10, another model on a later day; gives the id of the latter."""
    run_interval(workplace, interval_of(10), Launch(kind="scheduled"))
    run_interval(workplace, interval_of(11), Launch(kind="scheduled"))
    outcome = run_interval(workplace, interval_of(day), FORCED)
    assert outcome.training is not None
    return outcome.training.training_id


def spoil(workplace: Workplace, training_id: str) -> None:
    """Let a model predict the same for all rows from now on."""
    buffer = io.BytesIO()
    joblib.dump(DummyRegressor().fit(np.zeros((2, 1)), [4.0, 6.0]), buffer)
    workplace.trained(training_id).write_bytes(ESTIMATOR_FILE, buffer.getvalue())


def brisk(spec: ModelSpec) -> ModelSpec:
    """A model without what costs time and says nothing of champions."""
    performance = spec.performance.model_copy(update={"estimate": False})
    drift = spec.drift.model_copy(update={"classifier": False})
    return spec.model_copy(update={"performance": performance, "drift": drift})
