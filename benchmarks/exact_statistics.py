"""Statistics of drift from raw values, each in its textbook form: what the engine's, from counts, are held against.

Sources are named by the engine's methods; the figures here come from scipy, or from sorting the values.
"""

import math
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.spatial.distance import jensenshannon

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_GROUPS = 10
_SMOOTHING = 0.5
_FARTHEST = 6.0
_NAMED = 1_000
_EXPECTED = 5.0


def of_numbers(reference: Floats, current: Floats, limits: tuple[float, float], spread: float) -> dict[str, float]:
    """All statistics of a numeric column, by name.

    Parameters
    ----------
    reference, current
        Values, of shapes (n,) and (m,); NaN for nulls.
    limits, spread
        Where the Wasserstein distance cuts values off, and its unit; 0 for none.
    """
    found = {
        "null_rate": abs(float(np.isnan(current).mean() - np.isnan(reference).mean())),
        "infinite_rate": abs(float(np.isinf(current).mean() - np.isinf(reference).mean())),
    }
    before, now = (side[np.isfinite(side)] for side in (reference, current))
    if not len(before) or not len(now):
        return found
    found["kolmogorov_smirnov"] = float(stats.ks_2samp(before, now, method="asymp").statistic)
    found["rows moved"] = kuiper(before, now)
    if spread:
        cut = [np.clip(side, *limits) / spread for side in (before, now)]
        found["wasserstein"] = float(stats.wasserstein_distance(*cut))
    if len(np.unique(np.concatenate([before, now]))) > 1:
        found["anderson_darling"] = anderson_darling(before, now)
    if before.min() < before.max():
        found["van_der_waerden"], found["klotz"] = score_differences(before, now)
        found |= divergences(*decile_counts(before, now))
    return found


def of_names(reference: Sequence[str | None], current: Sequence[str | None]) -> dict[str, float]:
    """All statistics of a column of categories, by name; None is a null."""
    before, now = (Counter(name for name in side if name is not None) for side in (reference, current))
    null_rates = [sum(name is None for name in side) / len(side) for side in (reference, current)]
    found = {"null_rate": abs(null_rates[1] - null_rates[0])}
    if not before or not now:
        return found
    names = sorted({*before, *now})
    table = np.array([[side[name] for name in names] for side in (before, now)])
    if (stats.contingency.expected_freq(table) >= _EXPECTED).all() and len(names) > 1 and 1 not in table[0]:
        found["chi_squared, raw table"] = float(stats.chi2_contingency(table, correction=False).statistic)
    if len(before) <= _NAMED:
        found["unseen_categories"] = sum(rows for name, rows in now.items() if name not in before) / now.total()
    cells = grouped(before, now)
    if cells.shape[1] > 1:
        found["chi_squared"] = float(stats.chi2_contingency(cells, correction=False).statistic)
        found |= divergences(*cells)
    return found


def kuiper(reference: Floats, current: Floats) -> float:
    """Largest rise of one distribution function over the other, plus its largest fall."""
    rise = stats.ks_2samp(reference, current, alternative="less", method="asymp").statistic
    fall = stats.ks_2samp(reference, current, alternative="greater", method="asymp").statistic
    return float(rise + fall)


def anderson_darling(reference: Floats, current: Floats) -> float:
    """Root of scipy's statistic before its standardisation, freed of the sample sizes n and m.

    That is the mean, over the pooled rows, of the squared difference of distribution functions over its variance.
    """
    n, m = len(reference), len(current)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the p-value is beyond scipy's table
        standardised = float(stats.anderson_ksamp([reference, current], variant="midrank").statistic)
    square = standardised * math.sqrt(_anderson_variance(n, m)) + 1
    return math.sqrt(max(square, 0.0) * (n + m) / (n + m - 1) * (1 / n + 1 / m))


def _anderson_variance(n: int, m: int) -> float:
    """Variance of the statistic (F. W. Scholz and M. A. Stephens 1987, equation 4, for two samples)."""
    total, reciprocals = n + m, 1 / n + 1 / m
    h = float((1 / np.arange(1, total)).sum())
    g = float(((1 / np.arange(total - 1, 1, -1)).cumsum() / np.arange(2, total)).sum())
    a = 4 * g - 6 + (10 - 6 * g) * reciprocals
    b = 12 * g + 8 * h - 22 + (2 * g - 14 * h - 4) * reciprocals
    c = 36 * h + 4 + (2 * h - 6) * reciprocals
    powers = a * total**3 + b * total**2 + c * total + 24
    return powers / ((total - 1.0) * (total - 2.0) * (total - 3.0))


def score_differences(reference: Floats, current: Floats) -> tuple[float, float]:
    """Differences of the means of normal scores, and of their variances in deviations of a squared score."""
    before, now = normal_scores(reference, reference), normal_scores(reference, current)
    mean, deviation = before.mean(), before.std()
    before, now = (before - mean) / deviation, (now - mean) / deviation
    unit = float((before**2).std())
    return abs(float(now.mean())), abs(float(now.var()) - 1) / unit if unit > 1e-9 else 0.0


def normal_scores(reference: Floats, values: Floats) -> Floats:
    """Normal quantiles of the ranks in the reference, their mean over ties; beyond its range a line."""
    distinct, first, rows = np.unique(np.sort(reference), return_index=True, return_counts=True)
    quantiles = stats.norm.ppf(np.arange(1, len(reference) + 1) / (len(reference) + 1))
    known = np.add.reduceat(quantiles, first) / rows
    slope = (known[-1] - known[0]) / (distinct[-1] - distinct[0])
    outside = np.maximum(values - distinct[-1], 0) - np.maximum(distinct[0] - values, 0)
    return np.asarray(np.clip(np.interp(values, distinct, known) + slope * outside, -_FARTHEST, _FARTHEST))


def decile_counts(reference: Floats, current: Floats) -> tuple[Integers, Integers]:
    """Rows in the tenths of the reference; a value belongs where the middle of its ranks lies."""
    distinct, rows = np.unique(reference, return_counts=True)
    tenths = np.minimum((np.cumsum(rows) - rows / 2) / len(reference) * _GROUPS, _GROUPS - 1).astype(int)
    last = np.flatnonzero(np.diff(tenths))
    edges = distinct[last] / 2 + distinct[last + 1] / 2
    groups = [edges.searchsorted(side, "right") for side in (reference, current)]
    before, now = (np.bincount(places, minlength=len(edges) + 1) for places in groups)
    return before, now


def grouped(reference: Mapping[str, int], current: Mapping[str, int]) -> Integers:
    """Counts of both sides in cells, shape (2, cells): a common category each, rare ones together.

    Of more than 1,000 those are kept that are more frequent than the first one left out. A row of the reference
    counts where it would if the reference lacked it: in categories that only just are kept, and in those met once,
    among the others; so do all values that the reference lacks.
    """
    ordered = sorted(reference.values(), reverse=True)
    fewest = ordered[_NAMED] + 1 if len(ordered) > _NAMED else 1
    kept = sorted((name for name in reference if reference[name] >= fewest), key=lambda name: (-reference[name], name))
    if len(kept) < len(reference) and kept:
        fewest = min(reference[name] for name in kept)
    spared = {name: rows for name, rows in reference.items() if rows > fewest}
    known = np.array([[side.get(name, 0) for name in kept] for side in (spared, current)]).reshape(2, -1)
    others = np.array([sum(side.values()) for side in (reference, current)]) - known.sum(axis=1)
    table = np.column_stack([known, others])
    rows = table.sum(axis=1)
    expected = table.sum(axis=0) / rows.sum() * rows.min()
    common, rare = table[:, expected >= _EXPECTED], table[:, expected < _EXPECTED].sum(axis=1)
    if not rare.any():
        return common
    if expected[expected < _EXPECTED].sum() >= _EXPECTED or not common.shape[1]:
        return np.column_stack([common, rare])
    common[:, np.argmin(expected[expected >= _EXPECTED])] += rare
    return common


def divergences(reference: Integers, current: Integers) -> dict[str, float]:
    """Population stability index and Jensen-Shannon distance of two sets of counts; empty for a single group."""
    if len(reference) < 2:
        return {}
    p, q = ((side + _SMOOTHING) / (side + _SMOOTHING).sum() for side in (reference, current))
    return {
        "population_stability": float(((q - p) * np.log(q / p)).sum()),
        "jensen_shannon": float(jensenshannon(p, q, base=2)),
    }


def rank_correlation(reference: Sequence[Floats], rows: Sequence[Floats]) -> float:
    """Correlation, over some rows, of the ranks that the values of two columns have in the reference.

    For the rows of the reference itself it is Spearman's.
    """
    present = ~np.isnan(rows[0]) & ~np.isnan(rows[1])
    ranks = [middle_ranks(column, values[present]) for column, values in zip(reference, rows, strict=True)]
    return float(np.asarray(np.corrcoef(ranks))[0, 1])


def middle_ranks(reference: Floats, values: Floats) -> Floats:
    """Rows of the reference below each value, those equal to it counted half."""
    ordered = np.sort(reference[~np.isnan(reference)])
    return (ordered.searchsorted(values, "left") + ordered.searchsorted(values, "right")) / 2
