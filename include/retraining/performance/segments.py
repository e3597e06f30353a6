"""The metric in each value of the declared segment columns, now and on the reference."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.retraining.errors import DataError
from include.retraining.metrics.bootstrap import bootstrap_estimate
from include.retraining.metrics.catalogue import Metric
from include.retraining.results.performance import Estimate, SegmentPerformance

# Below it an interval says nothing: at 50 rows a proportion's 95% interval is already ±0.14 wide.
MINIMUM_SEGMENT_ROWS = 50
# A column with thousands of values is an identifier; its largest segments are enough for a report.
MAXIMUM_SEGMENTS = 50
# Ample for the intervals of a table: Efron and Tibshirani (1993), chapter 6.
SEGMENT_RESAMPLES = 200
# How rows without a value are named.
MISSING = "(missing)"


@dataclass(frozen=True)
class Labelled:
    """Rows whose label is known: truth, prediction and segment columns, row by row.

    `y` holds class positions (-1: a class that the model does not know) or numbers; `prediction` is
    P(positive) or a number, shape (n,), or class probabilities, shape (n, k).
    """

    y: np.ndarray
    prediction: np.ndarray
    segments: pd.DataFrame

    def __len__(self) -> int:
        return len(self.y)

    def only(self, rows: np.ndarray) -> "Labelled":
        """Take the rows at which a mask is true."""
        return Labelled(self.y[rows], self.prediction[rows], self.segments[rows])


def segment_performance(
    metric: Metric, current: Labelled, reference: Labelled | None, *, confidence: float, seed: int
) -> tuple[SegmentPerformance, ...]:
    """Evaluate every segment with enough rows, largest first within each column.

    Segments on which the metric is not defined are left out. The intervals are not corrected for the
    number of segments: they point at where to look, and decide nothing.
    """
    found = []
    for column in current.segments.columns:
        then = dict(_split(reference, column)) if reference is not None and column in reference.segments else {}
        for value, rows in _split(current, column):
            realised = _estimate(metric, rows, confidence, seed)
            if realised is None:
                continue
            before = _estimate(metric, then[value], confidence, seed) if value in then else None
            found.append(
                SegmentPerformance(column=str(column), value=value, n=len(rows), realised=realised, reference=before)
            )
    return tuple(found)


def _split(rows: Labelled, column: str) -> Iterator[tuple[str, Labelled]]:
    """Yield the segments of a column that have enough rows, largest first."""
    values = rows.segments[column].astype("str").fillna(MISSING).to_numpy(dtype=object)
    sizes = pd.Series(values).value_counts()
    for value, size in sizes.head(MAXIMUM_SEGMENTS).items():
        if size >= MINIMUM_SEGMENT_ROWS:
            yield str(value), rows.only(values == value)


def _estimate(metric: Metric, rows: Labelled, confidence: float, seed: int) -> Estimate | None:
    try:
        return bootstrap_estimate(
            metric, rows.y, rows.prediction, confidence=confidence, seed=seed, resamples=SEGMENT_RESAMPLES
        )
    except DataError:  # one class only, for example: nothing to show for this segment
        return None
