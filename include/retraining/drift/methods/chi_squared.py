"""Chi-squared test of homogeneity: have the shares of the categories changed?"""

import numpy as np
from scipy.special import chdtrc, chdtri

from include.retraining.drift.arrow import Floats
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.measured import Measured

_EXPECTED = 5.0
"""Fewest expected rows of a cell; rarer categories are taken together (Cochran, Biometrics 10, 1954)."""


def measure(data: ColumnData, minimum: float) -> Measured | None:
    """Compare two sets of category shares; None when only one category is left to compare.

    The effect is the total variation distance: the share of rows that would have to change category.

    References
    ----------
    K. Pearson, "On the criterion ...", Philosophical Magazine 50 (1900); two samples: H. Cramér,
    "Mathematical Methods of Statistics" (1946), section 30.6.
    """
    pooled = lump(data.reference.bins.astype(float), data.current.bins.astype(float))
    if pooled.shape[1] < 2:
        return None
    n_reference, n_current = pooled.sum(axis=1)
    expected = np.outer(pooled.sum(axis=1), pooled.sum(axis=0)) / pooled.sum()
    statistic = float(((pooled - expected) ** 2 / expected).sum())
    freedom = pooled.shape[1] - 1
    change = data.current.bins / n_current - data.reference.bins / n_reference
    effect = float(np.abs(change).sum() / 2)
    names = [*data.layout.categories, "other values"]
    most = int(np.argmax(np.abs(change)))
    before, now = data.reference.bins[most] / n_reference, data.current.bins[most] / n_current
    return Measured(
        test="chi_squared",
        statistic=statistic,
        p_value=float(chdtrc(freedom, statistic)),
        threshold=lambda level: float(chdtri(freedom, level)),
        origin=f"sampling noise, {freedom} degrees of freedom",
        effect=effect,
        minimum_effect=minimum,
        direction="changed",
        n_reference=int(n_reference),
        n_current=int(n_current),
        text=f"{effect:.0%} of the rows changed category; most: {names[most]!r}, {before:.1%} before, {now:.1%} now",
    )


def lump(reference: Floats, current: Floats) -> Floats:
    """Take rare categories together until every cell expects enough rows.

    Returns
    -------
    ndarray of shape (2, categories left)
        Reference counts, then current ones.
    """
    table = np.stack([reference, current])
    total = table.sum(axis=0)
    expected = total * table.sum(axis=1).min() / table.sum()
    rare = expected < _EXPECTED
    kept, lumped = table[:, ~rare], table[:, rare].sum(axis=1, keepdims=True)
    if lumped.sum() * table.sum(axis=1).min() / table.sum() >= _EXPECTED or not kept.shape[1]:
        kept = np.hstack([kept, lumped])
    elif lumped.sum():
        smallest = int(np.argmin(kept.sum(axis=0)))
        kept[:, smallest] += lumped[:, 0]
    return kept
