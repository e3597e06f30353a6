"""What a trained model weighs and how long it takes to predict, measured once."""

import time

import numpy as np
import pandas as pd

from include.retraining.results.columns import Columns
from include.retraining.results.guardrails import Cost
from include.retraining.spec.model import Task
from include.retraining.training.predict import predict

# A batch that most services answer at once; small models take milliseconds for it, large ones still less than a second.
TIMED_ROWS = 1000
# The fastest of several tries is the one least disturbed by other processes: Python's documentation of `timeit.repeat`.
TRIES = 5


def measure_cost(estimator: object, size: int, rows: pd.DataFrame, columns: Columns, task: Task) -> Cost:
    """Time the prediction of 1,000 rows.

    Parameters
    ----------
    size
        Bytes of the stored estimator.
    rows
        Rows to predict, at least one; repeated where they are fewer.
    """
    timed = rows.iloc[np.arange(TIMED_ROWS) % len(rows)]
    predict(estimator, timed, columns, task)  # the first call also pays for what is made once
    seconds = []
    for _ in range(TRIES):
        started = time.perf_counter()
        predict(estimator, timed, columns, task)
        seconds.append(time.perf_counter() - started)
    return Cost(bytes=size, seconds=min(seconds), rows=TIMED_ROWS)
