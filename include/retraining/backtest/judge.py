"""Policies on the same rows, judged by all labels that ever came: figures, and what each training brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from include.retraining.backtest.history import EVER
from include.retraining.backtest.replay import finished_point
from include.retraining.backtest.timeline import Predicted, Timeline, Trained
from include.retraining.columns import encode_target
from include.retraining.data.labels import replace_targets
from include.retraining.data.reading import read_labelled, read_relabels
from include.retraining.errors import DataError
from include.retraining.metrics.bootstrap import MINIMUM_RESAMPLES, bootstrap_gain, time_blocks, widen_for_blocks
from include.retraining.metrics.catalogue import Metric, get_metric
from include.retraining.results.backtest import PolicyResult, Retraining
from include.retraining.results.performance import Estimate
from include.retraining.results.run import Interval
from include.retraining.spec.data import DataSpec
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import HELD_FILE, Workplace
from include.retraining.training.predict import predict
from include.retraining.training.sides import in_classes
from include.retraining.training.windows import EARLIEST

# Fewest labelled rows of an interval that make a figure.
MINIMUM_ROWS = 10
# Rows that the gain of a training is measured on: of more, a sample at equal distances in time.
MOST_ROWS = 20_000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Told:
    """The labelled rows of one interval that every policy predicted; `y` is encoded by `classes`."""

    keys: np.ndarray
    times: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]

    def of(self, predicted: Predicted) -> np.ndarray:
        """Predictions of these rows, in these classes."""
        return in_classes(predicted.prediction[_find(self.keys, predicted.keys)], predicted.classes, self.classes)


@dataclass(frozen=True)
class Contest:
    """A promoted model and the one that it replaced, in the intervals that it predicted."""

    before: str
    after: str
    reign: tuple[Interval, ...]


@dataclass(frozen=True)
class Court:
    """What judges: the rows of each interval, and where their features lie."""

    place: Workplace
    told: Mapping[Interval, Told]

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return self.place.spec

    @property
    def metric(self) -> Metric:
        """What counts."""
        return get_metric(self.spec.metric, self.spec.task)

    def figure(self, interval: Interval, timeline: Timeline) -> float | None:
        """A policy's metric on the rows of an interval; None where there are too few, or it is not defined."""
        told = self.told.get(interval)
        if told is None or len(told.y) < MINIMUM_ROWS:
            return None
        value = self.metric(told.y, told.of(timeline.predicted[interval]))
        return float(value) if np.isfinite(value) else None

    def contest(self, trained: Trained, timeline: Timeline) -> Contest | None:
        """What tells how good a training was; None where its model never predicted."""
        reign = [interval for interval in self.told if timeline.predicted[interval].model_id == trained.model_id]
        reign = [interval for interval in reign if interval.start >= trained.interval.end]
        return Contest(trained.before, trained.model_id, tuple(reign)) if trained.promoted and reign else None

    def gain(self, contest: Contest, timeline: Timeline) -> Estimate | None:
        """How much better the promoted model was; None where the metric is not defined, or there are few rows."""
        columns, classes, estimator = timeline.load(contest.before)
        y, old, new, times = [], [], [], []
        for interval in contest.reign:
            told = self.told[interval]
            features = self._features(interval, told.keys)
            y.append(told.y)
            times.append(told.times)
            new.append(told.of(timeline.predicted[interval]))
            old.append(in_classes(predict(estimator, features, columns, self.spec.task), classes, told.classes))
        return self._compare(*(np.concatenate(parts) for parts in (y, old, new, times)))

    def _features(self, interval: Interval, keys: np.ndarray) -> pd.DataFrame:
        point = finished_point(self.place.folder, interval)
        assert point is not None  # noqa: S101 - rows of an interval that did not run are not told
        sound = self.place.folder.child(point.folder).read_frame("sound.parquet")
        return sound.iloc[_find(keys, sound[self.spec.data.key_column].to_numpy())]

    def _compare(self, y: np.ndarray, old: np.ndarray, new: np.ndarray, times: np.ndarray) -> Estimate | None:
        if len(y) < MINIMUM_ROWS:
            return None
        kept = np.linspace(0, len(y) - 1, min(len(y), MOST_ROWS)).astype(int)
        blocks = time_blocks(times[kept])
        try:
            found = bootstrap_gain(
                self.metric, y[kept], old[kept], new[kept],
                confidence=CONFIDENCE, seed=0, resamples=MINIMUM_RESAMPLES, blocks=blocks,
            )  # fmt: skip
        except DataError:  # the metric is not defined on these rows
            return None
        return widen_for_blocks(found, blocks)


def convene(place: Workplace, timelines: Sequence[Timeline], intervals: Sequence[Interval]) -> Court:
    """Gather the rows that every policy predicted and whose label is known by now, and not held.

    Parameters
    ----------
    place
        Of the first policy, whose label audit counts.
    """
    spec = place.spec
    span = Interval(start=intervals[0].start, end=intervals[-1].end)
    rows, _ = read_labelled(spec, span, Interval(start=EARLIEST, end=EVER), _judging_columns(spec.data))
    if spec.data.relabels is not None:
        rows = replace_targets(rows, read_relabels(spec, spec.data.relabels, EVER), spec.data)
    key = spec.data.key_column
    rows = rows[~rows[key].isin(_held_at_the_end(place, intervals))]
    classes = _all_classes(timelines)
    truth = encode_target(rows[spec.data.target], classes)
    known = np.isfinite(truth) & ((truth >= 0) | (spec.task == "regression"))
    keys, times = (
        rows[key].to_numpy()[known],
        rows[spec.data.time].dt.tz_convert(None).to_numpy("datetime64[us]")[known],
    )
    truth = truth[known]
    told = {}
    for interval in intervals:
        if all(interval in timeline.predicted for timeline in timelines):
            at = np.flatnonzero(_within(times, interval))
            for timeline in timelines:
                at = at[_find(keys[at], timeline.predicted[interval].keys) >= 0]
            told[interval] = Told(keys[at], times[at], truth[at], classes)
    return Court(place, told)


def list_contests(court: Court, timelines: Sequence[Timeline]) -> list[list[Contest | None]]:
    """The contest of each training of each policy."""
    return [[court.contest(trained, one) for trained in one.trained] for one in timelines]


def share_out(contests: Sequence[Sequence[Contest | None]]) -> list[list[Contest]]:
    """Give each contest to the first policy that has it: rules that trained at the same times share many."""
    given: set[Contest] = set()
    shares = []
    for of_policy in contests:
        shares.append([one for one in dict.fromkeys(of_policy) if one is not None and one not in given])
        given.update(shares[-1])
    return shares


def gains(court: Court, timeline: Timeline, contests: Sequence[Contest]) -> list[Estimate | None]:
    """What the promoted model of each contest brought."""
    return [court.gain(contest, timeline) for contest in contests]


def judge(
    court: Court,
    timelines: Sequence[Timeline],
    intervals: Sequence[Interval],
    brought: Sequence[Sequence[Estimate | None]],
) -> list[PolicyResult]:
    """Give every policy its figures and trainings; how they compare is for `recommend`.

    Parameters
    ----------
    brought
        What each training of each timeline brought.
    """
    figures = {one.name: tuple(court.figure(interval, one) for interval in intervals) for one in timelines}
    ideal = [figures[one.name] for one in timelines if one.kind == "rule" and one.name.partition(":")[0] == "always"]
    found = []
    for one, gained in zip(timelines, brought, strict=True):
        champions = tuple(
            one.predicted[interval].model_id if interval in one.predicted else None for interval in intervals
        )
        retrainings = [_retraining(trained, gain) for trained, gain in zip(one.trained, gained, strict=True)]
        delayed = [
            entry.model_copy(update={"delay": _delay(entry, intervals, champions, figures[one.name], ideal, court)})
            for entry in retrainings
        ]
        told = [value for value in figures[one.name] if value is not None]
        found.append(
            PolicyResult(
                name=one.name,
                kind=one.kind,
                figures=figures[one.name],
                champions=champions,
                mean=float(np.mean(told)) if told else None,
                retrainings=tuple(delayed),
                rejected=one.rejected,
            )
        )
    return found


def mean_difference(differences: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """Mean of differences of successive intervals with its interval, correlation in time taken into account.

    The test of F. X. Diebold and R. S. Mariano, "Comparing predictive accuracy", Journal of Business and Economic
    Statistics 13 (1995), with Bartlett weights (W. K. Newey and K. D. West, Econometrica 55 (1987)) up to the cube root
    of the number of intervals, and Student's t (D. Harvey, S. Leybourne and P. Newbold, International Journal of
    Forecasting 13 (1997)).

    Parameters
    ----------
    differences
        Shape (n,); of fewer than two the interval is all numbers up to the largest difference.
    """
    count, mean = len(differences), float(differences.mean())
    if count < 2:
        return Estimate(value=mean, low=min(mean, -abs(mean)), high=abs(mean), confidence=confidence, n=count)
    centred, lags = differences - mean, int(np.floor(count ** (1 / 3)))
    variance = float(centred @ centred) / count
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(centred[lag:] @ centred[:-lag]) / count
    error = float(np.sqrt(max(variance, 0.0) / (count - 1)))
    reach = float(stdtrit(count - 1, (1 + confidence) / 2)) * error
    return Estimate(value=mean, low=mean - reach, high=mean + reach, confidence=confidence, n=count)


def _retraining(trained: Trained, gain: Estimate | None) -> Retraining:
    return Retraining(
        at=trained.interval.end,
        training_id=trained.model_id,
        why=trained.why,
        rows=trained.rows,
        fits=trained.fits,
        seconds=trained.seconds,
        promoted=trained.promoted,
        gain=gain,
    )


def _delay(
    entry: Retraining,
    intervals: Sequence[Interval],
    champions: Sequence[str | None],
    own: Sequence[float | None],
    ideal: Sequence[Sequence[float | None]],
    court: Court,
) -> int | None:
    """Count intervals up to a proven training in which a model trained every time was ahead by half of its gain."""
    if not ideal or entry.gain is None or entry.needless:
        return None
    at = next(number for number, interval in enumerate(intervals) if interval.end == entry.at)
    count, reigning = 0, champions[at]
    for number in range(at, -1, -1):
        figure, best = own[number], [values[number] for values in ideal]
        known = [value for value in best if value is not None]
        if champions[number] != reigning or figure is None or not known:
            break
        if max(court.metric.gain(figure, value) for value in known) < entry.gain.value / 2:
            break
        count += 1
    return count


def _held_at_the_end(place: Workplace, intervals: Sequence[Interval]) -> set[object]:
    """Keys of the labels that the last examination held."""
    key = place.spec.data.key_column
    for interval in reversed(intervals):
        point = finished_point(place.folder, interval)
        if point is not None and place.folder.child(point.folder).exists(HELD_FILE):
            return set(place.folder.child(point.folder).read_frame(HELD_FILE, [key])[key])
    return set()


def _judging_columns(data: DataSpec) -> list[str] | None:
    """Columns of the feature rows that name a row and tell its label; None: all, as they make up the key."""
    if data.key is None:
        return None
    own = [data.target, data.label_time] if data.labels is None else []
    return [name for name in dict.fromkeys([data.key, *own]) if name is not None]


def _all_classes(timelines: Sequence[Timeline]) -> tuple[str, ...]:
    """All classes that any model knows, those of the first one first."""
    found = [name for one in timelines for predicted in one.predicted.values() for name in predicted.classes]
    return tuple(dict.fromkeys(found))


def _within(times: np.ndarray, interval: Interval) -> np.ndarray:
    start, end = (np.datetime64(moment.replace(tzinfo=None), "us") for moment in (interval.start, interval.end))
    inside: np.ndarray = (times >= start) & (times < end)
    return inside


def _find(wanted: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Positions of wanted keys, -1 of those that are not there."""
    found: np.ndarray = pd.Index(keys).get_indexer(pd.Index(wanted))
    return found
