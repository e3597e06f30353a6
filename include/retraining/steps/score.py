"""Step 3: what does the champion say?"""

from typing import Any

import numpy as np
import pandas as pd

from include.retraining.columns import encode_target
from include.retraining.results.columns import Columns
from include.retraining.results.run import Run
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.predictions import to_columns
from include.retraining.steps.workplace import LABELLED_FILE, TRUTH, Workplace
from include.retraining.training.predict import predict


def score(workplace: Workplace, run: Run) -> None:
    """Predict the sound rows of the batch, and the rows whose labels arrived; without a champion, nothing."""
    champion = workplace.champion(run)
    if champion is None:
        return
    folder, spec = workplace.of(run), workplace.spec
    training, estimator = workplace.training(champion.training_id), workplace.estimator(champion.training_id)
    batch = folder.read_frame("sound.parquet")
    predictions = to_columns(_predict(batch, spec, training, estimator))
    folder.write_frame("predictions.parquet", batch[[spec.data.key_column]].assign(**predictions))

    labelled = folder.read_frame("labelled_sound.parquet")
    labelled = labelled[~labelled[spec.data.key_column].isin(workplace.quarantined_keys(run))]
    predictions = to_columns(_predict(labelled, spec, training, estimator))
    truth = encode_target(labelled[spec.data.target], training.classes)
    kept = labelled.drop(columns=[spec.data.target])
    folder.write_frame(LABELLED_FILE, kept.assign(**{TRUTH: truth}, **predictions))


def _predict(rows: pd.DataFrame, spec: ModelSpec, training: Training, estimator: Any) -> np.ndarray:
    """Take the predictions that production stored; the champion fills in those that are missing."""
    columns = Columns(numeric=training.numeric, categorical=training.categorical)
    if spec.data.prediction is None:
        return predict(estimator, rows, columns, spec.task)
    if spec.data.prediction not in rows:
        stored = pd.Series(np.nan, index=rows.index)
    else:
        stored = pd.to_numeric(rows[spec.data.prediction], errors="coerce")
    absent = stored.isna().to_numpy()
    prediction = stored.to_numpy(dtype=float, copy=True)
    prediction[absent] = predict(estimator, rows[absent], columns, spec.task)
    return prediction
