"""Before step 7: which candidates a training chooses from, where several tasks can share them."""

from include.retraining.results.run import Run
from include.retraining.steps.planning import is_trained, make_plan, overtaken, seal, searched
from include.retraining.steps.workplace import Workplace


def plan_candidates(workplace: Workplace, run: Run) -> list[str]:
    """Plan the training, with a search for parameters where one is declared, and seal it.

    Returns
    -------
    list
        Names of the candidates that are worth a task each: none where the training was done before, or has a single
        candidate, which `train` trains itself.
    """
    if not workplace.spec.retrain.window.several:
        return []
    plan = make_plan(workplace, run)
    if is_trained(workplace, plan.training_id):
        return []
    with overtaken(workplace, plan.training_id):
        seal(workplace, searched(workplace, plan))
    names = [candidate.name for candidate in plan.candidates]
    return names if len(names) > 1 else []
