"""What the audit reads, and the numbers that it decides by."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.retraining.results.audit import Key
from include.retraining.spec.model import Task


@dataclass(frozen=True)
class AuditRows:
    """Labelled rows with the champion's predictions, row by row.

    Parameters
    ----------
    times
        When the label was made, if that is known, else the time of the row: faults come and go with the making.
    features
        The features of the model.
    sources
        Columns that say who made the label (station, labeller, source); may have no column. A column that the
        world itself may depend on (a line, an origin) does not belong here, unless it is a feature too.
    y, prediction
        As in `columns.encode_target` and `training.predict`: class positions (-1: missing or unknown) with
        P(positive), shape (n,), or probabilities, shape (n, k); or numbers.
    """

    keys: np.ndarray
    times: pd.DatetimeIndex
    features: pd.DataFrame
    sources: pd.DataFrame
    y: np.ndarray
    prediction: np.ndarray
    task: Task

    def __len__(self) -> int:
        return len(self.y)

    def only(self, rows: np.ndarray) -> "AuditRows":
        """Take the rows of a mask, or of positions."""
        return AuditRows(
            keys=self.keys[rows],
            times=self.times[rows],
            features=self.features.iloc[_positions(rows)],
            sources=self.sources.iloc[_positions(rows)],
            y=self.y[rows],
            prediction=self.prediction[rows],
            task=self.task,
        )

    def in_time_order(self) -> "AuditRows":
        """Sort by time; rows of equal time keep their order."""
        return self.only(np.argsort(self.times.to_numpy(), kind="stable"))

    @property
    def days(self) -> np.ndarray:
        """Number of the UTC day of each row."""
        return self.times.tz_localize(None).to_numpy().astype("datetime64[D]").astype(int)


def _positions(rows: np.ndarray) -> np.ndarray:
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def plain_keys(keys: np.ndarray) -> tuple[Key, ...]:
    """Make keys of any type ones that JSON knows."""
    plain = keys.tolist()
    return tuple(key if isinstance(key, (str, int, float)) else str(key) for key in plain)


@dataclass(frozen=True)
class AuditSettings:
    """How strict the audit is. The defaults are for looks at each new day, see `level`.

    Parameters
    ----------
    level
        A finding's p-value must not exceed it, after correction for all spans, sources and signals looked at.
        Thirty daily looks at overlapping windows then give a false finding in fewer than 1 of 300 streams.
    minimum_rows
        A span with fewer labels is not judged, except for single values that are invalid.
    minimum_offset
        Smallest constant offset that is held, in standard deviations of the champion's residual: at 1 it doubles
        the mean squared error.
    minimum_rise
        Smallest mean rise of the loss that is looked at, in standard deviations of its normal score.
        0.5 is a medium effect (J. Cohen, Statistical Power Analysis, 1988).
    source_skill, common_skill
        Labels are noise when a fresh model learns less than this part of what it would learn from as many rows of
        the reference; for one source, and for all labels alike. The second is stricter: without sources that stay
        sound, nothing but the missing relation speaks against the labels.
    maximum_share
        Of the audited window. More is never held silently: a change of the world would be hidden.
        A fault of all labels is held for 12 days of a window of 30.
    maximum_days
        A fault that lasts longer is never held silently: someone must have had time to look.
    """

    level: float = 1e-4
    minimum_rows: int = 30
    minimum_offset: float = 1.0
    minimum_rise: float = 0.5
    source_skill: float = 0.5
    common_skill: float = 0.2
    maximum_share: float = 0.4
    maximum_days: int = 21
