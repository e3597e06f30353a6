"""What each feature has to do with a change of the metric."""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from include.retraining.metrics.catalogue import Metric
from include.retraining.performance.permutation import holm
from include.retraining.performance.regions import as_text
from include.retraining.performance.relations import numeric_features
from include.retraining.performance.rows import LabelledRows
from include.retraining.results.concept import FeatureCause
from include.retraining.spec.model import Task

# Parts into which a feature is cut: fine enough for a bend, coarse enough for thirty rows each of a few hundred.
BINS = 5
# Bins with fewer rows on either side are not compared.
MINIMUM_ROWS = 5
# Added to each bin's rows, so that an empty one is rare and not impossible.
PRIOR_ROWS = 0.5
MISSING = -1


def feature_causes(
    reference: LabelledRows, current: LabelledRows, metric: Metric, task: Task
) -> tuple[FeatureCause, ...]:
    """Weigh the reference by one feature at a time, and see along which feature the errors changed.

    All rows must be usable. Effects of features that move together overlap, so the figures do not add up.
    Those with the most to do with the concept come first.
    """
    evaluate = metric.evaluator(reference.y, reference.prediction)
    plain = evaluate(np.ones(len(reference)))
    errors_then, errors_now = _errors(reference, task), _errors(current, task)
    names, data, variances, p_values = [], [], [], []
    for name in reference.features.columns:
        then, now, bins = _bins(reference.features[name], current.features[name])
        effect = evaluate(_ratios(then, now, bins)[then]) - plain
        variance, p_value = _heterogeneity(errors_then, errors_now, then, now, bins)
        names.append(str(name))
        data.append(float(effect) if np.isfinite(effect) else None)
        variances.append(variance)
        p_values.append(p_value)
    whole = sum(variances)
    found = [
        FeatureCause(feature=name, data=effect, concept=variance / whole if whole > 0 else 0.0, p_value=p_value)
        for name, effect, variance, p_value in zip(names, data, variances, holm(p_values), strict=True)
    ]
    return tuple(sorted(found, key=lambda cause: (-cause.concept, -abs(cause.data or 0.0))))


def _errors(rows: LabelledRows, task: Task) -> np.ndarray:
    """Errors with their sign, by which a turned relation shows most; losses where there are several classes."""
    return rows.losses(task) if task == "multiclass_classification" else rows.residuals(task)[:, 0]


def _bins(then: pd.Series, now: pd.Series) -> tuple[np.ndarray, np.ndarray, int]:
    """Number the bins of each row: quantiles of both samples, or the most frequent categories, and one for missing."""
    if numeric_features(then.to_frame()) and numeric_features(now.to_frame()):
        values = np.r_[then.to_numpy(dtype=float, na_value=np.nan), now.to_numpy(dtype=float, na_value=np.nan)]
        known = np.isfinite(values)
        edges = np.unique(np.quantile(values[known], np.arange(1, BINS) / BINS)) if known.any() else np.empty(0)
        positions = np.where(known, np.searchsorted(edges, values, side="left"), BINS)
    else:
        texts = pd.Series(np.r_[as_text(then), as_text(now)])
        frequent = {value: position for position, value in enumerate(texts.value_counts().index[:BINS])}
        positions = texts.map(frequent).fillna(BINS).to_numpy(dtype=int)
    return positions[: len(then)], positions[len(then) :], BINS + 1


def _ratios(then: np.ndarray, now: np.ndarray, bins: int) -> np.ndarray:
    """Share of the current rows over that of the reference rows, bin by bin."""
    rows_then = np.bincount(then, minlength=bins) + PRIOR_ROWS
    rows_now = np.bincount(now, minlength=bins) + PRIOR_ROWS
    ratios: np.ndarray = (rows_now / rows_now.sum()) / (rows_then / rows_then.sum())
    return ratios


def _heterogeneity(
    errors_then: np.ndarray, errors_now: np.ndarray, then: np.ndarray, now: np.ndarray, bins: int
) -> tuple[float, float]:
    """Variance between bins of the change of the mean error, beyond its sampling error, and the p-value that it is 0.

    W. G. Cochran, "The combination of estimates from different experiments", Biometrics 10 (1954).
    """
    compared = np.minimum(np.bincount(then, minlength=bins), np.bincount(now, minlength=bins)) >= MINIMUM_ROWS
    chosen = np.flatnonzero(compared)
    if len(chosen) < 2:
        return 0.0, 1.0
    pairs = [(errors_then[then == position], errors_now[now == position]) for position in chosen]
    changes = np.array([after.mean() - before.mean() for before, after in pairs])
    squares = np.array([before.var(ddof=1) / len(before) + after.var(ddof=1) / len(after) for before, after in pairs])
    if not (squares > 0).all():
        return 0.0, 1.0
    weights = 1 / squares
    statistic = float((weights * (changes - (weights * changes).sum() / weights.sum()) ** 2).sum())
    shares = np.array([len(after) for _, after in pairs]) / len(now)
    spread = float((shares * ((changes - (shares * changes).sum() / shares.sum()) ** 2 - squares)).sum())
    return max(spread, 0.0), float(chi2.sf(statistic, len(chosen) - 1))
