"""How much a row counts, by its age."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd


def recency_weights(times: pd.Series, end: datetime, half_life: timedelta) -> np.ndarray:
    """Weights that halve with each half-life of age; 1 on average, so that penalties keep their strength.

    Parameters
    ----------
    times
        When each row happened.
    end
        From when age is counted back.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True))
    >>> weights = recency_weights(days, days[2].to_pydatetime(), timedelta(days=1))
    >>> [round(float(weight / weights[2]), 3) for weight in weights]
    [0.25, 0.5, 1.0]
    """
    age = (end - times).dt.total_seconds().to_numpy(dtype=float)
    weights = np.exp2(-age / half_life.total_seconds())
    return np.asarray(weights / weights.mean())
