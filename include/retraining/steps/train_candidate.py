"""Part of step 7: train one of the candidates; workers share them."""

from typing import Any

from include.retraining.results.run import Run
from include.retraining.steps.planning import is_trained, overtaken, planned_id, sealed, trained_candidate
from include.retraining.steps.workplace import Workplace


def train_candidate(workplace: Workplace, run: Run, name: str) -> dict[str, Any]:
    """Train a candidate of the sealed plan, once; gives what an operator reads first."""
    training_id = planned_id(workplace, run)
    told: dict[str, Any] = {"training_id": training_id}
    if not is_trained(workplace, training_id):
        with overtaken(workplace, training_id):
            plan = sealed(workplace, training_id)
            candidate = next(one for one in plan.candidates if one.name == name)
            found = trained_candidate(workplace, plan, candidate).record
            told |= {"rows": found.rows, "seconds": round(found.seconds, 1)}
    return told
