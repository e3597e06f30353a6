"""Step 4: has the data changed? Reads Arrow and imports neither pandas nor scikit-learn."""

import pyarrow.parquet as pq

from include.retraining.drift.arrow import to_floats
from include.retraining.drift.check import check_drift
from include.retraining.drift.profile import Profile
from include.retraining.results import Run
from include.retraining.steps.predictions import prediction_columns
from include.retraining.steps.targets import target_values
from include.retraining.steps.workplace import PROFILE_FILE, TRUTH, Workplace

BATCH_ROWS = 65_536  # read at a time: memory is that of one such piece


def check_data_drift(workplace: Workplace, run: Run) -> None:
    """Compare the batch with the champion's reference; without a champion, nothing."""
    champion = workplace.champion(run)
    if champion is None:
        return
    folder = workplace.of(run)
    training = workplace.training(champion.training_id)
    profile = Profile.from_json(workplace.trained(champion.training_id).read_bytes(PROFILE_FILE).decode())
    with folder.local("predictions.parquet") as path:
        predictions = prediction_columns(pq.read_table(path))
    with folder.local("labelled_predictions.parquet") as path:
        truth = pq.read_table(path, columns=[TRUTH]).column(TRUTH).combine_chunks()
    with folder.local("sound.parquet") as path:
        result = check_drift(
            profile,
            pq.ParquetFile(path, read_dictionary=training.categorical, pre_buffer=False).iter_batches(
                batch_size=BATCH_ROWS, use_threads=False
            ),
            workplace.spec.drift,
            predictions=predictions,
            target=target_values(to_floats(truth), training.classes),
        )
    folder.write_record("drift.json", result)
