"""Step 4: has the data changed? Reads Arrow and imports neither pandas nor scikit-learn."""

import pyarrow.parquet as pq

from include.retraining.drift.arrow import to_floats
from include.retraining.drift.check import compare
from include.retraining.drift.files import count_file
from include.retraining.drift.profile import Profile
from include.retraining.results.run import Run
from include.retraining.steps.predictions import prediction_columns
from include.retraining.steps.targets import target_values
from include.retraining.steps.workplace import LABELLED_FILE, PROFILE_FILE, TRUTH, Workplace


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
    with folder.local(LABELLED_FILE) as path:
        truth = pq.read_table(path, columns=[TRUTH]).column(TRUTH).combine_chunks()
    with folder.local("sound.parquet") as path:
        batch = count_file(
            profile, path, predictions=predictions, target=target_values(to_floats(truth), training.classes)
        )
    result = compare(profile, batch, workplace.spec.drift, importance=training.importance)
    folder.write_record("drift.json", result)
