"""Step 9: make the challenger champion."""

from typing import Any

from include.retraining.data.ledger import DRAFT
from include.retraining.results.run import Run
from include.retraining.results.succession import AUTOMATIC, Promotion
from include.retraining.results.training import Comparison, Training
from include.retraining.steps.approval import answer_to
from include.retraining.steps.succession import enact
from include.retraining.steps.workplace import TRAINING_FILE, Workplace


def promote(workplace: Workplace, run: Run) -> dict[str, Any]:
    """Write the promotion to the ledger, then let MLflow's aliases follow it.

    A rerun of an old interval finds its entry again and never takes the alias from a newer champion.
    """
    folder = workplace.of(run)
    training = folder.read_record(TRAINING_FILE, Training)
    comparison = folder.read_record("comparison.json", Comparison)
    figures = {
        "champion": comparison.champion,
        "challenger": comparison.challenger,
        "gain": comparison.difference,
    }
    approval = answer_to(workplace, run, training.training_id)
    draft = Promotion(
        number=DRAFT,
        effective=run.interval.end,
        interval=run.interval,
        training_id=training.training_id,
        previous_id=comparison.champion_id,
        reasons=comparison.reasons,
        figures={name: found for name, found in figures.items() if found is not None},
        decided_by=approval.by if approval and approval.by else AUTOMATIC,
        run_id=run.launch.run_id,
    )
    return enact(workplace, run, draft)
