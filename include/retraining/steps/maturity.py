"""The label-maturity ledger: where every prediction of the last intervals stands."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from include.retraining.data.labels import find_keys, label_time_name
from include.retraining.data.snapshot import BATCH
from include.retraining.results.run import Delays, LabelMaturity, Run
from include.retraining.spec.data import DataSpec
from include.retraining.steps.workplace import LABELLED_FILE, Workplace

DAY = 86_400  # seconds
MOST = 0.9  # of the labels


def label_maturity(workplace: Workplace, run: Run, held: Collection[Any]) -> LabelMaturity:
    """Count the predictions to which a label could come in this interval, and those made in it.

    Parameters
    ----------
    held
        Keys of all labels that are kept out.
    """
    data, labels, interval = workplace.spec.data, workplace.spec.labels, run.interval
    reach = labels.reach(interval.end - interval.start)
    since = interval.start - reach
    past = {point.interval: point.folder for point in workplace.history(interval.start) if point.interval.end > since}
    folders = [workplace.folder.child(name) for name in (*past.values(), run.folder)]
    scored = [folder for folder in folders if folder.exists(LABELLED_FILE)]
    rows = pd.concat([folder.read_frame(BATCH, [data.key_column, data.time]) for folder in scored])
    labelled = pd.concat([folder.read_frame(LABELLED_FILE, [data.key_column])[data.key_column] for folder in scored])
    counts = count_states(
        rows[rows[data.time] >= pd.Timestamp(since)],
        data,
        labelled=labelled.drop_duplicates(),
        excluded=pd.Series([*held, *workplace.quarantined_keys(run)]).drop_duplicates(),
        of_age=interval.end - labels.age,
        gone=interval.end - reach,
    )
    delays = _delays(workplace.of(run).read_frame(LABELLED_FILE), data)
    return LabelMaturity(since=since, delays=delays, **counts)


def count_states(
    rows: pd.DataFrame,
    data: DataSpec,
    *,
    labelled: pd.Series,
    excluded: pd.Series,
    of_age: datetime,
    gone: datetime,
) -> dict[str, int]:
    """Count predictions by state.

    Parameters
    ----------
    rows
        Key and time of each prediction.
    labelled, excluded
        Keys, each once.
    of_age
        Rows from before this moment are of age.
    gone
        Rows from before this moment are not looked up any more.
    """
    keys, times = rows[data.key_column], rows[data.time]
    states = {
        "excluded": find_keys(keys, excluded) >= 0,
        "joined": find_keys(keys, labelled) >= 0,
        "orphaned": (times < pd.Timestamp(gone)).to_numpy(dtype=bool),
        "matured": (times < pd.Timestamp(of_age)).to_numpy(dtype=bool),
    }
    first = np.select([*states.values()], range(len(states)), len(states))
    return {name: int((first == number).sum()) for number, name in enumerate([*states, "pending"])}


def _delays(labelled: pd.DataFrame, data: DataSpec) -> Delays | None:
    if data.label_time is None or labelled.empty:
        return None
    days = (labelled[label_time_name(data)] - labelled[data.time]).dt.total_seconds() / DAY
    return Delays(median=float(days.median()), most=float(days.quantile(MOST)), longest=float(days.max()))
