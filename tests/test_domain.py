"""Telling two samples apart."""

from functools import cache

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from include.retraining.domain import MINIMUM_ROWS, Apart, null_variance, rank_columns, tell_apart
from include.retraining.errors import DataError


def normal(rows: int, columns: int, seed: int) -> np.ndarray:
    """Independent normal columns."""
    return np.random.default_rng(seed).normal(size=(rows, columns))


def numeric(reference: np.ndarray, current: np.ndarray) -> Apart:
    """Tell samples of numeric columns apart."""
    return tell_apart(reference, current, categorical=[False] * reference.shape[1])


@cache
def null_aucs() -> np.ndarray:
    """AUCs of sixty pairs of samples of the same source."""
    return np.array([numeric(normal(300, 4, seed), normal(150, 4, 1_000 + seed)).auc for seed in range(60)])


def test_the_auc_is_that_of_scikit_learn() -> None:
    """Ties, which coarse probabilities are full of, count half."""
    rng = np.random.default_rng(0)
    reference, current = rng.integers(0, 8, 200) / 10, rng.integers(1, 10, 90) / 10
    truth = np.repeat([0, 1], [200, 90])
    expected = roc_auc_score(truth, np.concatenate([reference, current]))
    assert Apart(reference, current).auc == pytest.approx(expected)


def test_the_variance_is_that_of_the_pairs() -> None:
    """DeLong's variance, written out over all pairs of rows."""
    reference, current = np.random.default_rng(1).random((2, 40))
    kernel = (current[:, None] > reference[None, :]).astype(float)
    expected = kernel.mean(axis=0).var(ddof=1) / 40 + kernel.mean(axis=1).var(ddof=1) / 40
    assert Apart(reference, current).variance == pytest.approx(expected)


def test_samples_of_one_source_cannot_be_told_apart() -> None:
    """The AUC is 1/2 on average, and its spread stays within that of `null_variance`."""
    aucs = null_aucs()
    assert aucs.mean() == pytest.approx(0.5, abs=0.015)
    assert aucs.std() < np.sqrt(null_variance(300, 150))


def test_the_spread_without_difference_exceeds_that_of_independent_rows() -> None:
    """The halves repeat each other: without a factor for it the variance would be too small."""
    z = (null_aucs() - 0.5) / np.sqrt((300 + 150 + 1) / (12 * 300 * 150))
    assert z.std() > 1.05


def test_intervals_cover_what_the_classifier_can_do() -> None:
    """Of forty intervals at most five miss the mean AUC of all."""
    found = []
    for seed in range(40):
        current = normal(300, 4, 500 + seed)
        current[:, 0] += 0.8
        found.append(numeric(normal(300, 4, seed), current))
    mean = np.mean([apart.auc for apart in found])
    assert sum(not low <= mean <= high for low, high in (apart.interval for apart in found)) <= 5


def test_a_shift_is_told_nearly_as_well_as_it_can_be() -> None:
    """Two normal laws one standard deviation apart have an AUC of 0.76."""
    current = normal(2_000, 3, 1)
    current[:, 1] += 1
    apart = numeric(normal(2_000, 3, 2), current)
    assert apart.auc == pytest.approx(stats.norm.cdf(1 / np.sqrt(2)), abs=0.03)
    assert rank_columns(apart)[0][0] == 1


def test_a_relation_of_three_columns_is_found_and_named() -> None:
    """No column and no pair of columns shows that the product of three lost its negative values."""
    current = normal(2_000, 5, 3)
    current[:, 0] *= np.sign(current[:, 0] * current[:, 2] * current[:, 4])
    apart = numeric(normal(2_000, 5, 4), current)
    assert apart.auc > 0.65
    assert {column for column, _ in rank_columns(apart)} == {0, 2, 4}


def test_names_are_few_and_the_most_telling_come_first() -> None:
    """Columns that moved twice as far count for more; those that did not move are left out."""
    current = normal(1_500, 8, 5)
    current[:, 6] += 1.0
    current[:, 3] += 0.5
    ranked = rank_columns(numeric(normal(1_500, 8, 6), current))
    assert [column for column, _ in ranked] == [6, 3]
    assert ranked[0][1] > ranked[1][1] > 0
    assert len(rank_columns(numeric(normal(1_500, 8, 6), current), top=1)) == 1


def test_weights_turn_the_reference_into_the_batch() -> None:
    """The weighted mean of the reference is near that of the current rows, though these are fewer."""
    reference, current = normal(4_000, 2, 7), normal(1_000, 2, 8)
    current[:, 0] += 0.7
    apart = numeric(reference, current)
    weights = apart.weights_reference
    assert weights.mean() == pytest.approx(1)
    assert np.average(reference[:, 0], weights=weights) == pytest.approx(0.7, abs=0.12)
    assert 1_000 < apart.effective_rows < 4_000


def test_rows_without_difference_weigh_alike() -> None:
    """Most is kept by weights where there is nothing to weight for, however unequal the samples."""
    apart = numeric(normal(3_000, 3, 9), normal(500, 3, 10))
    assert apart.effective_rows > 0.65 * 3_000
    assert apart.probability_reference.mean() == pytest.approx(0.5, abs=0.05)


def test_missing_values_tell_samples_apart() -> None:
    """Also where nothing else differs; a column without any value is no obstacle."""
    reference, current = normal(500, 3, 11), normal(500, 3, 12)
    current[:150, 2] = np.nan
    reference[:, 0] = current[:, 0] = np.nan
    apart = numeric(reference, current)
    assert apart.auc > 0.6
    assert rank_columns(apart)[0][0] == 2


def test_infinite_values_are_taken() -> None:
    """They count as the largest and the smallest of all."""
    reference, current = normal(300, 2, 13), normal(300, 2, 14)
    current[:150, 1], reference[:150, 1] = np.inf, -np.inf
    assert numeric(reference, current).auc > 0.8


def test_categories_need_no_order_and_no_bound() -> None:
    """A thousand categories, of which the batch prefers every other one of the frequent ones."""
    rng = np.random.default_rng(15)
    reference = rng.geometric(0.05, size=(1_500, 1)).astype(float)
    current = reference.copy()
    current[(current[:, 0] % 2 == 1) & (rng.random(1_500) < 0.7)] += 1
    reference[:500], current[:500] = rng.integers(0, 1_000, size=(2, 500, 1))
    assert tell_apart(reference, current, categorical=[True]).auc > 0.6


def test_the_same_seed_gives_the_same_figures() -> None:
    """Nothing depends on chance that is not seeded; another seed cuts other halves."""
    samples = normal(200, 3, 16), normal(200, 3, 17)
    first, again = (tell_apart(*samples, categorical=[False] * 3, seed=5) for _ in range(2))
    other = tell_apart(*samples, categorical=[False] * 3, seed=6)
    assert (first.probability_current == again.probability_current).all()
    assert first.auc != other.auc


def test_inputs_stay_as_they_are() -> None:
    """Neither categories nor infinite values are written over."""
    reference = np.column_stack([np.arange(100.0), np.full(100, np.inf)])
    before = reference.copy()
    tell_apart(reference, reference[::-1], categorical=[True, False])
    assert (reference == before).all()


def test_columns_without_values_leave_a_guess() -> None:
    """With nothing to go by the AUC is exactly 1/2, and no column is named."""
    nothing = np.full((60, 2), np.nan)
    apart = tell_apart(nothing, nothing, categorical=[False, True])
    assert apart.auc == 0.5
    assert rank_columns(apart) == ()


@pytest.mark.parametrize(("rows", "columns", "message"), [(MINIMUM_ROWS - 1, 2, "3 rows"), (10, 3, "3 columns")])
def test_useless_samples_are_refused(rows: int, columns: int, message: str) -> None:
    """The error names the sample and what is wrong with it."""
    with pytest.raises(DataError, match=f"current sample has {message}"):
        tell_apart(normal(10, 2, 0), normal(rows, columns, 0), categorical=[False, False])
