"""Local concept drift: in which part of the rows did the relation between features and target change?

Each part is tested by what it says of each row: the loss, the error with its sign, and this error times each feature.
Where a correlation turns, errors begin to depend on that feature long before the mean loss has visibly grown.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from include.retraining.performance.permutation import Change, change_of_means, differences, holm, weighted_mean
from include.retraining.performance.regions import (
    MINIMUM_SHARE,
    Region,
    all_rows,
    categorical_features,
    tree_regions,
    value_regions,
)
from include.retraining.performance.relations import changed_relations, numeric_features
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.concept import LocalDrift, Relation
from include.retraining.results.performance import Estimate
from include.retraining.spec.model import Task

# Chance that any region is named although nothing changed.
FALSE_ALARM_RATE = 0.05
# Fewest rows of a region, then and now: below, a permutation test finds only what is plain to see.
MINIMUM_ROWS = 15
# A region is local when it changed more than the other rows by at least so many standard errors.
STANDS_OUT = 2.0
# A range that a tree found must be so many times as clear as whatever changed in the other rows: measured, a change of
# one end of a feature gives 2 to 8, a slope that turned everywhere 0.7 to 1.9 at either end.
CLEARER = 1.75
# More features would drown each other, and the table.
MAXIMUM_FEATURES = 30
MAXIMUM_RELATIONS = 5
_LOSS, _LEVEL = "loss", "level of the errors"


@dataclass(frozen=True)
class _Side:
    """One time's rows, and what is said of each of them."""

    rows: LabelledRows
    losses: np.ndarray
    residuals: np.ndarray
    weights: np.ndarray

    @property
    def columns(self) -> np.ndarray:
        """Loss and signed errors, for the tree."""
        return np.column_stack([self.losses, self.residuals])


@dataclass(frozen=True)
class _Scores:
    """What is said of each row to be tested, shape (rows, columns), and the names of the columns."""

    then: np.ndarray
    now: np.ndarray
    weights: np.ndarray
    days: np.ndarray
    names: list[str]

    def test(self, seed: int) -> Change:
        return change_of_means(self.then, self.now, self.weights, blocks=self.days, seed=seed)

    def largest(self) -> float:
        """The largest studentised difference."""
        return float(np.abs(differences(self.then, self.now, self.weights)).max())

    def change(self, column: int) -> tuple[float, float]:
        """Change of a column's mean, and its standard error."""
        before, before_error = weighted_mean(self.then[:, column], self.weights)
        after, after_error = weighted_mean(self.now[:, column])
        return after - before, float(np.hypot(before_error, after_error))


@dataclass(frozen=True)
class _Found:
    region: Region
    change: Change
    p_adjusted: float


def find_local(
    reference: LabelledRows,
    current: LabelledRows,
    task: Task,
    *,
    weights: np.ndarray | None = None,
    false_alarm_rate: float = FALSE_ALARM_RATE,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[LocalDrift, ...]:
    """Name the parts of the rows in which the relation changed, clearest first; none when rows are too few.

    Looked at are all values of the declared segments, all categories of the features, and the ranges that a tree finds
    on one half of the rows, tested on the other half. A part is named when it changed, after Holm's correction over all
    parts, more than the other rows, and also in the rows that no clearer part has named; all rows come last.

    Parameters
    ----------
    weights
        Density ratio of each row of the reference, where the features moved; all 1 when left out.
    """
    then, now = _side(reference, task, weights), _side(current, task, None)
    if min(len(then.rows), len(now.rows)) < MINIMUM_ROWS:
        return ()
    regions = [region for region in _regions(then, now, seed) if _enough(region)]
    changes = [_scores(region, then, now).test(seed) for region in regions]
    adjusted = holm([change.p_value for change in changes])
    found = [
        _Found(region, change, p_adjusted)
        for region, change, p_adjusted in zip(regions, changes, adjusted, strict=True)
        if p_adjusted <= false_alarm_rate and _stands_out(region, change, then, now)
    ]
    found.sort(key=lambda entry: (entry.region.origin == "all", entry.p_adjusted, -abs(entry.change.statistic)))
    named: list[_Found] = []
    for entry in found:
        if _is_news(entry.region, [other.region for other in named], then, now, false_alarm_rate, seed):
            named.append(entry)
    return tuple(_describe(entry, then, now, task, confidence) for entry in named)


def _side(rows: LabelledRows, task: Task, weights: np.ndarray | None) -> _Side:
    usable = rows.usable(task)
    kept = rows.only(usable)
    share = np.ones(len(kept)) if weights is None else weights[usable]
    return _Side(kept, kept.losses(task), kept.residuals(task), share)


def _regions(then: _Side, now: _Side, seed: int) -> list[Region]:
    """Everything, declared values, categories, and what the tree finds."""
    features_then, features_now = then.rows.features, now.rows.features
    categories = [name for name in categorical_features(features_now) if name not in now.rows.segments]
    return [
        all_rows(len(then.rows), len(now.rows)),
        *value_regions(then.rows.segments, now.rows.segments, "declared"),
        *value_regions(features_then, features_now[categories], "category"),
        *tree_regions((features_then, then.columns), (features_now, now.columns), seed=seed),
    ]


def _enough(region: Region) -> bool:
    tested = (region.then & region.fresh_then).sum(), (region.now & region.fresh_now).sum()
    return min(tested) >= MINIMUM_ROWS and region.share >= MINIMUM_SHARE


def _scores(region: Region, then: _Side, now: _Side) -> _Scores:
    """What is said of each row to be tested: loss, signed errors, and these times each feature's ranks, -1 to 1."""
    rows_then, rows_now = region.then & region.fresh_then, region.now & region.fresh_now
    columns = np.concatenate([then.columns[rows_then], now.columns[rows_now]])
    parts, errors = [columns], columns[:, 1:]
    names = [_LOSS, *[_LEVEL] * errors.shape[1]]
    features = pd.concat([then.rows.features[rows_then], now.rows.features[rows_now]])
    for name in numeric_features(features)[:MAXIMUM_FEATURES]:
        parts.append(errors * _ranks(features[name])[:, None])
        names += [name] * errors.shape[1]
    values = np.concatenate(parts, axis=1)
    size = int(rows_then.sum())
    return _Scores(values[:size], values[size:], then.weights[rows_then], then.rows.days[rows_then], names)


def _ranks(feature: pd.Series) -> np.ndarray:
    """Ranks from -1 to 1; 0 where the value is missing, or all are alike."""
    values = feature.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(values)
    ranks = np.zeros(len(values))
    ranks[known] = (2 * rankdata(values[known]) - 1) / max(known.sum(), 1) - 1
    return ranks


def _stands_out(region: Region, change: Change, then: _Side, now: _Side) -> bool:
    """Whether the region changed more than the other rows in the column by which it was found.

    What a tree found must also be clearer than whatever changed in the other rows: a slope that turned everywhere
    moves the errors at both ends, and neither end is its place.
    """
    others = region.rest()
    if region.origin == "all" or not _enough(others):
        return True
    here, rest = _scores(region, then, now), _scores(others, then, now)
    if region.origin == "tree" and abs(change.statistic) <= CLEARER * rest.largest():
        return False
    inside, outside = here.change(change.column), rest.change(change.column)
    return abs(inside[0] - outside[0]) >= STANDS_OUT * float(np.hypot(inside[1], outside[1]))


def _is_news(region: Region, named: list[Region], then: _Side, now: _Side, rate: float, seed: int) -> bool:
    """Whether a region changed also in the rows that no clearer region has named."""
    if not named:
        return True
    told_then, told_now = (np.any([getattr(other, side) for other in named], axis=0) for side in ("then", "now"))
    left = replace(region, then=region.then & ~told_then, now=region.now & ~told_now)
    return _enough(left) and _scores(left, then, now).test(seed).p_value <= rate


def _describe(found: _Found, then: _Side, now: _Side, task: Task, confidence: float) -> LocalDrift:
    region, here, others = found.region, _scores(found.region, then, now), found.region.rest()
    relations: tuple[Relation, ...] = ()
    if task != "multiclass_classification":
        pairs = [
            (side.rows.features[mask], side.rows.y[mask].astype(float))
            for side, mask in ((then, region.then), (now, region.now))
        ]
        relations = changed_relations(pairs[0], pairs[1], confidence=confidence, most=MAXIMUM_RELATIONS)
    elsewhere = None
    if _enough(others):
        outside = _scores(others, then, now)
        elsewhere = _estimate(*outside.change(0), confidence, len(outside.now))
    return LocalDrift(
        region=region.words,
        origin=region.origin,
        columns=region.columns,
        rows=int(region.now.sum()),
        share=region.share,
        then=_estimate(*weighted_mean(here.then[:, 0], here.weights), confidence, len(here.then)),
        now=_estimate(*weighted_mean(here.now[:, 0]), confidence, len(here.now)),
        elsewhere=elsewhere,
        p_value=found.change.p_value,
        p_adjusted=found.p_adjusted,
        evidence=here.names[found.change.column],
        relations=relations,
    )


def _estimate(value: float, error: float, confidence: float, rows: int) -> Estimate:
    margin = float(ndtri((1 + confidence) / 2)) * error
    return Estimate(value=value, low=value - margin, high=value + margin, confidence=confidence, n=rows)
