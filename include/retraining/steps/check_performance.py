"""Step 5: does the model still hold, on the labels that arrived?"""

import pandas as pd

from include.retraining.data.store import Folder
from include.retraining.performance.realised import check_performance as check
from include.retraining.performance.segments import Labelled
from include.retraining.results import Run, Snapshot
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.workplace import HOLDOUT_FILE, TRUTH, Workplace


def check_performance(workplace: Workplace, run: Run) -> None:
    """Measure the champion against its own holdout; without a champion, nothing."""
    champion = workplace.champion(run)
    if champion is None:
        return
    folder = workplace.of(run)
    result = check(
        workplace.spec,
        current=_labelled(folder, "labelled_predictions.parquet", workplace.spec),
        reference=_labelled(workplace.trained(champion.training_id), HOLDOUT_FILE, workplace.spec),
        join=folder.read_record("snapshot.json", Snapshot).join,
        seed=workplace.spec.trainer.seed,
    )
    folder.write_record("performance.json", result)


def _labelled(folder: Folder, name: str, spec: ModelSpec) -> Labelled:
    rows: pd.DataFrame = folder.read_frame(name)
    return Labelled(rows[TRUTH].to_numpy(), from_columns(rows), rows[list(spec.data.segments)])
