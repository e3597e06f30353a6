"""How features and target move together, then and now."""

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from include.retraining.results.concept import Relation
from include.retraining.results.performance import Estimate

# Fewest rows for a correlation: its interval is ±0.6 wide there.
MINIMUM_ROWS = 10
# Variance of Fisher's transform of a rank correlation, times (n - 3): Fieller, Hartley and Pearson (1957).
FIELLER = 1.06
# Keeps the transform finite at perfect correlation.
LARGEST = 0.999999


def changed_relations(
    then: tuple[pd.DataFrame, np.ndarray], now: tuple[pd.DataFrame, np.ndarray], *, confidence: float, most: int
) -> tuple[Relation, ...]:
    """Compare Spearman's correlation of each numeric feature with the target; those that changed most come first.

    Parameters
    ----------
    then, now
        Features and target.
    """
    found = []
    for feature in numeric_features(now[0]):
        pair = (rank_correlation(part[0][feature], part[1], confidence=confidence) for part in (then, now))
        before, after = pair
        if before is not None and after is not None:
            found.append(Relation(feature=feature, then=before, now=after))
    return tuple(sorted(found, key=_size, reverse=True)[:most])


def rank_correlation(feature: pd.Series, target: np.ndarray, *, confidence: float) -> Estimate | None:
    """Estimate Spearman's correlation with Fisher's interval; None where it is not defined or rows are too few."""
    values = feature.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(values) & np.isfinite(target)
    rows = int(known.sum())
    if rows < MINIMUM_ROWS or np.ptp(values[known]) == 0 or np.ptp(target[known]) == 0:
        return None
    value = float(np.corrcoef(rankdata(values[known]), rankdata(target[known]))[0, 1])
    centre = np.arctanh(np.clip(value, -LARGEST, LARGEST))
    margin = float(ndtri((1 + confidence) / 2)) * np.sqrt(FIELLER / (rows - 3))
    low, high = float(np.tanh(centre - margin)), float(np.tanh(centre + margin))
    return Estimate(value=value, low=min(low, value), high=max(high, value), confidence=confidence, n=rows)


def numeric_features(frame: pd.DataFrame) -> list[str]:
    """Names of the columns that hold numbers or booleans."""
    return [str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name].dtype)]


def _size(relation: Relation) -> float:
    """Change of Fisher's transform in its own standard errors."""
    then, now = (np.arctanh(np.clip(part.value, -LARGEST, LARGEST)) for part in (relation.then, relation.now))
    return float(abs(now - then) / np.sqrt(FIELLER / (relation.then.n - 3) + FIELLER / (relation.now.n - 3)))
