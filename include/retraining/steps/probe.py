"""Part of step 6: would a fresh model do better? Asked of the labels that earlier runs left."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from include.retraining.results.probe import Probe
from include.retraining.results.run import Run
from include.retraining.results.succession import Promotion
from include.retraining.steps.predictions import from_columns
from include.retraining.steps.relabels import with_new_truth
from include.retraining.steps.workplace import HOLDOUT_FILE, LABELLED_FILE, TRUTH, Workplace
from include.retraining.training.probe import probe as compare
from include.retraining.training.probe import probe_rows

PROBE_FILE = "probe.json"


def probe(workplace: Workplace, run: Run, champion: Promotion) -> Probe:
    """Probe the champion and keep the record."""
    folder, spec, training = workplace.of(run), workplace.spec, workplace.training(champion.training_id)
    newest = _trusted(workplace, run, folder.read_frame(LABELLED_FILE), training.classes)
    fresh = newest[newest[spec.data.time] >= training.train.end]  # what the champion has not learned
    known = _known(workplace, run, champion, probe_rows(training))
    found = compare(
        spec,
        training,
        known=known,
        known_y=known[TRUTH].to_numpy(),
        newest=fresh,
        newest_y=fresh[TRUTH].to_numpy(),
        prediction=from_columns(fresh),
    )
    folder.write_record(PROBE_FILE, found)
    return found


def _known(workplace: Workplace, run: Run, champion: Promotion, rows: int) -> pd.DataFrame:
    """The newest labelled rows before this interval's, from the champion's holdout and the runs since the first one."""
    spec, training = workplace.spec, workplace.training(champion.training_id)
    frames, count = [], 0
    for point in reversed(workplace.all_history(run.interval.start)):
        folder = workplace.folder.child(point.folder)
        if count >= rows or not folder.exists(LABELLED_FILE):
            continue
        if point.champion_id is None or workplace.training(point.champion_id).classes != training.classes:
            continue  # truth is encoded by the classes of the champion of its time
        frames.append(folder.read_frame(LABELLED_FILE))
        count += len(frames[-1])
    if count < rows:
        frames.append(workplace.trained(champion.training_id).read_frame(HOLDOUT_FILE))
    key, time = spec.data.key_column, spec.data.time
    known = pd.concat(frames).drop_duplicates(key).sort_values(time, kind="stable", ignore_index=True)
    newest = workplace.of(run).read_frame(LABELLED_FILE, [key])[key]
    return _trusted(workplace, run, known[~known[key].isin(newest)], training.classes)


def _trusted(workplace: Workplace, run: Run, rows: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Rows whose label is not held, those made again with their new one, in time order."""
    rows = with_new_truth(workplace, run, rows, classes)
    held = np.asarray(rows[workplace.spec.data.key_column].isin(workplace.held_keys(run)))
    return rows[~held].sort_values(workplace.spec.data.time, kind="stable", ignore_index=True)
