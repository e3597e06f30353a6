"""Reconstruction error."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.decomposition import PCA

from include.retraining.drift.batch import count_batch
from include.retraining.drift.pairs import sum_pairs
from include.retraining.drift.profile import Profile
from include.retraining.drift.reconstruction import measure, project
from tests.drift.samples import p_value, profile_of

LOADINGS = np.random.default_rng(9).normal(size=(2, 6))


def rows(count: int, seed: int, *, broken: int | None = None) -> dict[str, np.ndarray]:
    """Six columns that follow two hidden ones; a broken column keeps its distribution but follows nothing."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(count, 2)) @ LOADINGS + 0.3 * rng.normal(size=(count, 6))
    if broken is not None:
        rng.shuffle(table[:, broken])
    return {f"x{number}": table[:, number] for number in range(6)}


@pytest.fixture(scope="module")
def profile() -> Profile:
    """Six thousand rows in which nothing is broken."""
    return profile_of(rows(6_000, 0))


def p_of(profile: Profile, batch: dict[str, np.ndarray]) -> tuple[float, tuple[str, ...]]:
    """P-value of a batch and the columns named."""
    counted = count_batch(profile, pa.table(batch))
    assert profile.reconstruction is not None
    assert counted.errors is not None
    assert counted.pairs is not None
    measured = measure(profile.reconstruction, counted.errors, counted.pairs, 0.05)
    assert measured is not None
    return p_value(measured), measured.involved


def test_a_column_that_follows_the_others_no_longer_is_found_and_named(profile: Profile) -> None:
    """Though its own distribution has not changed."""
    p, involved = p_of(profile, rows(1_000, 1, broken=3))
    assert p < 1e-6
    assert involved[0] == "x3"


def test_unchanged_batches_are_rarely_unlikely(profile: Profile) -> None:
    """Of fifty none at 0.1%."""
    assert min(p_of(profile, rows(700, 100 + seed))[0] for seed in range(50)) > 0.001


def test_components_fitted_to_the_reference_are_no_drift() -> None:
    """Rows lie nearer to components that were fitted to them: with many columns that alone would raise alarms."""
    rng = np.random.default_rng(5)

    def independent(count: int) -> dict[str, np.ndarray]:
        return {f"x{number}": column for number, column in enumerate(rng.normal(size=(20, count)))}

    profile = profile_of(independent(6_000))
    p_values = [p_of(profile, independent(600))[0] for _ in range(100)]
    assert sum(p <= 0.05 for p in p_values) <= 10  # the 99% quantile of that many at 5%


def test_the_error_is_that_of_principal_components() -> None:
    """As an independent implementation has it, to within a twenty-fifth of a standard deviation."""
    rng = np.random.default_rng(2)
    loadings = LOADINGS[:, :5] / np.linalg.norm(LOADINGS[:, :5], axis=0)
    places = np.clip(np.rint(rng.normal(size=(5_000, 2)) @ loadings * 4), -16, 16).astype(np.int8).T
    sums = sum_pairs(places, {})
    projection = project(sums)
    assert projection is not None
    standard = (places.T - places.mean(axis=1)) / places.std(axis=1)
    kept = 1 + int(np.searchsorted(np.cumsum(PCA().fit(standard).explained_variance_ratio_), 0.65))
    components = PCA(n_components=kept).fit(standard)
    rest = standard - components.inverse_transform(components.transform(standard))
    expected = np.sqrt((rest**2).sum(axis=1))
    assert np.sqrt(projection.errors(places)) / 512 == pytest.approx(expected, abs=1 / 25)
    assert projection.column_errors(sums) == pytest.approx((rest**2).mean(axis=0), abs=0.01)


def test_two_columns_have_no_error() -> None:
    """Their correlation says all; so do columns that hardly vary."""
    assert profile_of({"a": np.arange(500.0), "b": np.arange(500.0)}).reconstruction is None
    assert profile_of({name: np.ones(500) for name in "abcd"}).reconstruction is None


def test_a_missing_column_and_nulls_give_a_figure(profile: Profile) -> None:
    """Absent values count as average ones."""
    batch = rows(500, 3)
    del batch["x2"]
    batch["x1"][:50] = np.nan
    p, _ = p_of(profile, batch)
    assert 0 <= p <= 1
