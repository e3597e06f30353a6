"""What reference rows must agree in with current rows, once weighted: the moments that weighting balances."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

from include.retraining.performance.regions import MAXIMUM_VALUES, as_text, categorical_features
from include.retraining.performance.relations import numeric_features
from include.retraining.performance.rows import LabelledRows

# So many reference rows for each moment: with fewer, weights would follow chance.
ROWS_PER_MOMENT = 15
# A rarer category cannot be balanced.
MINIMUM_SHARE = 0.02
# A standardised value counts as at most this: one wild value must not decide the weights.
LARGEST = 5.0
FOLDS = 3
_TREES, _DEPTH, _LEAF_ROWS = 40, 3, 20


@dataclass(frozen=True)
class Coded:
    """Features as numbers: categories are numbered, missing values NaN."""

    reference: np.ndarray
    current: np.ndarray
    categorical: tuple[bool, ...]


def code(reference: pd.DataFrame, current: pd.DataFrame) -> Coded:
    """Code the features that both samples have."""
    features = pd.concat([reference, current[list(reference.columns)]], ignore_index=True)
    columns, categorical = [], []
    for name in features.columns:
        if numbers := name in numeric_features(features[[name]]):
            values = features[name].to_numpy(dtype=float, na_value=np.nan)
        else:
            codes, _ = pd.factorize(features[name], sort=True)
            values = np.where(codes < 0, np.nan, codes.astype(float))
        columns.append(np.where(np.isfinite(values), values, np.nan))
        categorical.append(not numbers)
    coded = np.column_stack(columns) if columns else np.empty((len(features), 0))
    return Coded(coded[: len(reference)], coded[len(reference) :], tuple(categorical))


def expected_losses(coded: Coded, losses: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Loss to expect of each row, reference and current, while the relation holds.

    Learned from the reference alone; each of its rows by a model that has not seen it.
    """
    folds = np.random.default_rng(seed).permutation(len(losses)) % FOLDS
    of_reference, of_current = np.empty(len(losses)), np.zeros(len(coded.current))
    if not coded.reference.shape[1]:
        return np.full(len(losses), losses.mean()), of_current + losses.mean()
    for fold in range(FOLDS):
        model = HistGradientBoostingRegressor(
            max_iter=_TREES, max_depth=_DEPTH, min_samples_leaf=_LEAF_ROWS, early_stopping=False, random_state=0
        )
        seen = folds != fold
        model.fit(filled(coded.reference[seen]), losses[seen])
        of_reference[~seen] = model.predict(coded.reference[~seen])
        of_current += model.predict(coded.current) / FOLDS
    return of_reference, of_current


def moments(
    reference: LabelledRows, current: LabelledRows, expected: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Standardise what is to be balanced: expected loss, predictions, features, squares, and frequent categories.

    Returns
    -------
    two ndarrays of shape (rows, moments)
        Reference and current. The most important come first; what the rows cannot carry is left out.
    """
    rows = len(reference)
    predictions = np.atleast_2d(np.concatenate([reference.prediction, current.prediction]).T)
    features = pd.concat([reference.features, current.features[list(reference.features.columns)]], ignore_index=True)
    columns = [np.concatenate(expected), *predictions]
    numeric = [features[name].to_numpy(dtype=float, na_value=np.nan) for name in numeric_features(features)]
    columns += [*numeric, *(np.isnan(values).astype(float) for values in numeric)]
    for name in categorical_features(features):
        texts = as_text(features[name])
        shares = pd.Series(texts[:rows]).value_counts(normalize=True)
        frequent = shares[shares >= MINIMUM_SHARE].head(MAXIMUM_VALUES).index
        columns += [(texts == value).astype(float) for value in frequent]
    columns += [_standardised(values, rows) ** 2 for values in (*predictions, *numeric)]
    balanced = [_standardised(values, rows) for values in columns]
    varied = [values for values in balanced if np.ptp(values[:rows]) > 0]
    kept = np.column_stack(varied[: max(1, rows // ROWS_PER_MOMENT)]) if varied else np.zeros((len(features), 1))
    return kept[:rows], kept[rows:]


def _standardised(values: np.ndarray, rows: int) -> np.ndarray:
    """In standard deviations of the reference; 0 where missing, or where the reference does not vary."""
    known = values[:rows][np.isfinite(values[:rows])]
    spread = float(known.std()) if len(known) else 0.0
    if not spread > 0:
        return np.zeros(len(values))
    scaled = np.clip((values - known.mean()) / spread, -LARGEST, LARGEST)
    return np.where(np.isfinite(scaled), scaled, 0.0)


def filled(rows: np.ndarray) -> np.ndarray:
    """Fill columns without any value, which the trees do not take."""
    return np.where(np.isnan(rows).all(axis=0), 0.0, rows)
