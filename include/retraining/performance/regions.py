"""Parts of the rows in which the relation between features and target may have changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from include.retraining.performance.relations import numeric_features
from include.retraining.performance.segments import MISSING

Origin = Literal["all", "declared", "category", "tree"]
# Conditions: position in the design, whether above the limit, and the limit.
Path = tuple[tuple[int, bool, float], ...]

# A smaller part of the current rows is not worth a name of its own.
MINIMUM_SHARE = 0.05
# Where a tree says that more than this changed, it is rather the rest that is special.
MAXIMUM_SHARE = 0.75
# A column with more values is an identifier; the most frequent ones are looked at.
MAXIMUM_VALUES = 20
# Two conditions: more cannot be found with some hundred labels, nor read at a glance.
MAXIMUM_DEPTH = 2
# Significant digits of a limit in words.
DIGITS = 4


@dataclass(frozen=True)
class Region:
    """A part of the rows: in words, the columns that bound it, and masks of its rows then and now.

    `fresh_then` and `fresh_now` mark the rows that had no part in finding it: only they may test it.
    """

    words: str
    origin: Origin
    columns: tuple[str, ...]
    then: np.ndarray
    now: np.ndarray
    fresh_then: np.ndarray
    fresh_now: np.ndarray

    @property
    def share(self) -> float:
        """Share of the current rows."""
        return float(self.now.mean())

    def rest(self) -> "Region":
        """All other rows."""
        return replace(self, then=~self.then, now=~self.now)


def all_rows(then: int, now: int) -> Region:
    """The region that is no part but the whole."""
    rows_then, rows_now = np.ones(then, bool), np.ones(now, bool)
    return Region("all rows", "all", (), rows_then, rows_now, rows_then, rows_now)


def value_regions(then: pd.DataFrame, now: pd.DataFrame, origin: Origin) -> Iterator[Region]:
    """Yield the values of each column that are frequent enough."""
    for column in now.columns:
        if column not in then:
            continue
        texts_then, texts_now = as_text(then[column]), as_text(now[column])
        sizes = pd.Series(texts_now).value_counts()
        for value, size in sizes.head(MAXIMUM_VALUES).items():
            if size >= MINIMUM_SHARE * len(now):
                yield replace(
                    all_rows(len(then), len(now)),
                    words=f"{column} = {value}",
                    origin=origin,
                    columns=(str(column),),
                    then=texts_then == value,
                    now=texts_now == value,
                )


def as_text(values: pd.Series) -> np.ndarray:
    """Values as text, the missing ones named."""
    return values.astype("str").fillna(MISSING).to_numpy(dtype=object)


def categorical_features(frame: pd.DataFrame) -> list[str]:
    """Names of the columns that hold no numbers."""
    numeric = set(numeric_features(frame))
    return [str(name) for name in frame.columns if str(name) not in numeric]


def tree_regions(
    then: tuple[pd.DataFrame, np.ndarray], now: tuple[pd.DataFrame, np.ndarray], *, seed: int
) -> Iterator[Region]:
    """Let a shallow tree find where columns changed, on each half of the rows; its parts are to be tested on the other.

    The tree is fitted to each row's own estimate of the change there, the residual-on-residual form of X. Nie and
    S. Wager, "Quasi-oracle estimation of heterogeneous treatment effects", Biometrika 108 (2021).

    Parameters
    ----------
    then, now
        Features, and columns whose mean may have changed, shape (rows, columns).
    """
    generator = np.random.default_rng(seed)
    halves_then, halves_now = _halves(len(then[0]), generator), _halves(len(now[0]), generator)
    features = pd.concat([then[0], now[0]], ignore_index=True)
    design, names = _design(features)
    values = np.concatenate([then[1], now[1]])
    is_now = np.r_[np.zeros(len(then[0]), bool), np.ones(len(now[0]), bool)]
    for half in (True, False):
        fitted = np.r_[halves_then, halves_now] == half
        for words, columns, rows in _parts(_fit(design[fitted], values[fitted], is_now[fitted]), design, names):
            if not MINIMUM_SHARE <= rows[is_now].mean() <= MAXIMUM_SHARE:
                continue
            fresh = ~fitted[~is_now], ~fitted[is_now]
            yield Region(words, "tree", columns, rows[~is_now], rows[is_now], *fresh)


def _halves(rows: int, generator: np.random.Generator) -> np.ndarray:
    half: np.ndarray = generator.permutation(rows) % 2 == 0
    return half


def _design(features: pd.DataFrame) -> tuple[np.ndarray, list[tuple[str, str | None]]]:
    """Numbers as they are, frequent values of other columns as 0 and 1; with each, its column and value."""
    parts, names = [], list[tuple[str, str | None]]()
    for column in numeric_features(features):
        values = features[column].to_numpy(dtype=float, na_value=np.nan)
        parts.append(np.where(np.isfinite(values), values, np.nan))
        names.append((column, None))
    for column in categorical_features(features):
        texts = as_text(features[column])
        for value in pd.Series(texts).value_counts().head(MAXIMUM_VALUES).index:
            parts.append((texts == value).astype(float))
            names.append((column, str(value)))
    return np.column_stack(parts) if parts else np.empty((len(features), 0)), names


def _fit(design: np.ndarray, values: np.ndarray, is_now: np.ndarray) -> Any:
    """Fit the tree; None where there is nothing to fit."""
    if not design.shape[1] or is_now.all() or not is_now.any():
        return None
    spread = values[~is_now].std(axis=0)
    residuals = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    surplus = is_now - is_now.mean()
    tree = DecisionTreeRegressor(max_depth=MAXIMUM_DEPTH, min_weight_fraction_leaf=MINIMUM_SHARE, random_state=0)
    return tree.fit(design, residuals / surplus[:, None], sample_weight=surplus**2)


def _parts(
    fitted: Any, design: np.ndarray, names: list[tuple[str, str | None]]
) -> Iterator[tuple[str, tuple[str, ...], np.ndarray]]:
    """Yield every node below the root, and both sides of every limit: in words, the columns, and the rows.

    A tree cuts where the sides differ most; where the change grows from a limit on, the limit may be a lower cut.
    """
    for path in _paths(fitted) if fitted is not None else ():
        columns = tuple(dict.fromkeys(names[position][0] for position, _, _ in path))
        yield _words(path, names), columns, _rows(path, design)


def _paths(fitted: Any) -> list[Path]:
    """All different sets of conditions, from the root down."""
    tree = fitted.tree_
    limits = [round_limit(limit) for limit in tree.threshold]
    waiting: list[tuple[int, Path]] = [(0, ())]
    found: list[Path] = []
    while waiting:
        node, path = waiting.pop(0)
        found.append(path)
        if tree.children_left[node] >= 0:
            feature, limit = int(tree.feature[node]), limits[node]
            for child, above in ((tree.children_left[node], False), (tree.children_right[node], True)):
                waiting.append((int(child), (*path, (feature, above, limit))))
                found.append(((feature, above, limit),))
    return [path for path in dict.fromkeys(found) if path]


def _rows(path: Path, design: np.ndarray) -> np.ndarray:
    """Rows that meet all conditions; a missing number meets none."""
    rows = np.ones(len(design), bool)
    for feature, above, limit in path:
        rows &= design[:, feature] > limit if above else design[:, feature] <= limit
    return rows


def _words(path: Path, names: list[tuple[str, str | None]]) -> str:
    low: dict[int, float] = {}
    high: dict[int, float] = {}
    for feature, above, limit in path:
        side = low if above else high
        side[feature] = limit if feature not in side else (max if above else min)(side[feature], limit)
    return " and ".join(
        _condition(names[feature], low.get(feature), high.get(feature))
        for feature in dict.fromkeys(feature for feature, _, _ in path)
    )


def _condition(name: tuple[str, str | None], low: float | None, high: float | None) -> str:
    column, value = name
    if value is not None:
        return f"{column} {'=' if low is not None else '≠'} {value}"
    if low is not None and high is not None:
        return f"{_number(low)} < {column} ≤ {_number(high)}"
    return f"{column} > {_number(low)}" if low is not None else f"{column} ≤ {_number(high or 0.0)}"


def round_limit(limit: float) -> float:
    """Shorten a limit to what is said of it, so that words and rows agree.

    Examples
    --------
    >>> round_limit(6.59987)
    6.6
    """
    return float(_number(limit))


def _number(value: float) -> str:
    return np.format_float_positional(value, precision=DIGITS, fractional=False, trim="-")
