"""One function for each task of the DAG: small records in, core calls, small records out.

Each step lies in a module of its own, so that a task's process imports only what it uses.
"""

import importlib
from typing import Any

from include.retraining.results.run import Run
from include.retraining.steps.workplace import Workplace


def call(step: str, run: dict[str, Any], *more: Any) -> Any:
    """Run one step on the run that travels through XCom.

    Parameters
    ----------
    step
        Name of the step, which is also the name of its module and of its function.
    run
        A `Run` as JSON.
    more
        What else the step asks for.
    """
    module = importlib.import_module(f"{__name__}.{step}")
    record = Run.model_validate(run)
    return getattr(module, step)(Workplace.from_environment(record.model), record, *more)
