"""Which rows a challenger is trained on, and which are kept to judge it. Split by time, never at random."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as day_time

import pandas as pd

from include.retraining.errors import TrainingError
from include.retraining.results.run import Interval
from include.retraining.spec.duration import format_duration
from include.retraining.spec.model import ModelSpec

# Start of an unbounded window: before any record that a production system holds, and within every database's range.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
# Holdout when the model file names none: two intervals, so that weekly patterns appear twice in a weekly model.
HOLDOUT_INTERVALS = 2
# Resolution of times in the store; turns "up to and including the newest row" into a half-open interval.
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Split:
    """Labelled rows cut in two by event time: everything in `train` is older than everything in `holdout`."""

    train_rows: pd.DataFrame
    holdout_rows: pd.DataFrame
    train: Interval
    holdout: Interval


def choose_window(spec: ModelSpec, interval: Interval) -> Interval:
    """Choose the event times to read for a training that sees the world as of `interval.end`.

    Rows whose label is not known by then are for the reader to leave out. A sliding window is counted back
    from the newest event whose label can be expected.

    Raises
    ------
    TrainingError
        When `retrain.window.start` lies after the interval.
    """
    window = spec.retrain.window
    start = EARLIEST if window.start is None else datetime.combine(window.start, day_time(), UTC)
    if window.maximum is not None:
        start = max(start, interval.end - spec.labels.expected_delay - window.maximum)
    if start >= interval.end:
        message = f"`retrain.window.start` {start:%Y-%m-%d} is not before the end of interval {interval}; move it back"
        raise TrainingError(message)
    return Interval(start=start, end=interval.end)


def holdout_length(spec: ModelSpec, interval: Interval, newest: datetime, since: datetime | None) -> timedelta:
    """How much of the newest labelled time is kept for comparison.

    Two intervals unless declared. After a recent change at most half of what is known since, and at least one interval,
    so that a model of the rows since the change has rows to learn from too.
    """
    length = interval.end - interval.start
    if spec.retrain.window.holdout is not None:
        return spec.retrain.window.holdout
    if since is None or since >= newest:
        return HOLDOUT_INTERVALS * length
    since_change = round((newest - since) / length)
    return min(max(since_change // 2, 1), HOLDOUT_INTERVALS) * length


def sliding_length(spec: ModelSpec, length: timedelta | None) -> timedelta | None:
    """Length of the sliding window: declared, or that of the first champion's history."""
    window = spec.retrain.window
    return window.maximum if window.use == "sliding" else window.length or length


def split_rows(rows: pd.DataFrame, spec: ModelSpec, interval: Interval, *, holdout: timedelta | None = None) -> Split:
    """Keep the newest labelled rows as holdout and train on everything before.

    Parameters
    ----------
    rows
        Labelled rows, in any order.
    holdout
        Length of the holdout; left out: as declared, or two intervals.

    Raises
    ------
    TrainingError
        When too few rows are left on either side.
    """
    window = spec.retrain.window
    times = rows[spec.data.time]
    if not len(rows):
        message = f"no labelled rows before {interval.end:%Y-%m-%d %H:%M}; has the label source any label that early?"
        raise TrainingError(message)
    end = times.max().to_pydatetime() + TICK
    length = holdout or holdout_length(spec, interval, end, None)
    cut = end - length
    # by key within a moment, so that the order in which a source delivers rows does not matter
    order = [name for name in (spec.data.time, spec.data.key) if name is not None and name in rows]
    ordered = rows.sort_values(order, kind="stable")
    older = ordered[spec.data.time] < cut
    train_rows, holdout_rows = ordered[older], ordered[~older]
    if len(train_rows) < window.minimum_rows:
        message = (
            f"{len(train_rows):,} labelled rows before the holdout of {format_duration(length)} "
            f"({cut:%Y-%m-%d} to {end:%Y-%m-%d}); `retrain.window.minimum_rows` asks for {window.minimum_rows:,}: "
            "wait for more labels, lower it, or shorten `retrain.window.holdout`"
        )
        raise TrainingError(message)
    first = times.min().to_pydatetime()
    return Split(train_rows, holdout_rows, Interval(start=first, end=cut), Interval(start=cut, end=end))


def narrow(split: Split, time: str, start: datetime) -> Split:
    """The same holdout, with training rows from `start` on."""
    kept = split.train_rows[split.train_rows[time] >= start]
    return Split(kept, split.holdout_rows, Interval(start=start, end=split.train.end), split.holdout)


def with_holdout(split: Split, time: str, start: datetime) -> Split:
    """All rows from `start` on as training rows, the holdout included, for the refit."""
    rows = pd.concat([split.train_rows, split.holdout_rows])
    kept = rows[rows[time] >= start]
    return Split(kept, split.holdout_rows, Interval(start=start, end=split.holdout.end), split.holdout)
