"""The reference profile."""

import json

import numpy as np
import pyarrow as pa
import pytest

from include.retraining.drift.build import CATEGORIES, build_profile
from include.retraining.drift.profile import FORMAT, Profile
from include.retraining.errors import DataError
from include.retraining.results.columns import Columns
from tests.drift.samples import profile_of

RNG = np.random.default_rng(0)
TABLE = {"x": RNG.normal(size=1_000), "y": RNG.integers(0, 5, 1_000), "c": [*"abcd"] * 250}


def profile() -> Profile:
    """A small profile with a prediction and class names as target."""
    return profile_of(
        TABLE, ("c",), predictions={"prediction": RNG.random(1_000)}, target=np.array([*"uv"] * 500, object)
    )


def test_json_gives_back_the_same_profile() -> None:
    """What is read is what was written, to the last digit."""
    written = profile().to_json()
    assert Profile.from_json(written).to_json() == written


def test_columns_have_their_roles_and_kinds() -> None:
    """Features, predictions and the target are profiled alike."""
    found = [(column.role, column.name, column.kind) for column in profile().columns]
    assert found == [
        ("feature", "x", "numeric"),
        ("feature", "y", "numeric"),
        ("feature", "c", "categorical"),
        ("prediction", "prediction", "numeric"),
        ("target", "target", "categorical"),
    ]


def test_chunks_add_up_to_the_reference() -> None:
    """No row is lost between the parts."""
    for column in profile().columns:
        assert len(column.chunks.bins) == 10
        assert column.chunks.bins.sum(axis=0).tolist() == column.counts.bins.tolist()
        assert column.chunks.nulls.sum() == column.counts.nulls
        assert column.chunks.rows.sum() == column.counts.rows == 1_000


def test_numbers_have_moments() -> None:
    """Mean and standard deviation of the reference, read back from JSON."""
    column = Profile.from_json(profile().to_json()).columns[0]
    grid, counts = column.layout.grid, column.counts
    assert grid.mean(counts.moments, counts.valid) == pytest.approx(TABLE["x"].mean(), abs=1e-3)
    assert grid.deviation(counts.moments, counts.valid) == pytest.approx(TABLE["x"].std(), rel=1e-3)


def test_the_most_frequent_of_many_categories_are_kept() -> None:
    """The table is bounded, and says that it is not complete."""
    column = profile_of({"c": [f"{i % 1_500}" for i in range(4_000)]}, ("c",)).columns[0]
    assert len(column.layout.categories) == CATEGORIES
    assert not column.layout.complete
    assert column.counts.bins[-1] > 0


def test_columns_that_cannot_be_profiled_are_named() -> None:
    """Text declared as a number does not stop the others."""
    found = profile_of({"x": [*"ab"] * 100, "y": np.arange(200.0)})
    assert [name for name, _ in found.unusable] == ["x"]
    assert [column.name for column in found.columns] == ["y"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 1}', '{"format": 0, "rows": 1}'])
def test_other_text_is_no_profile(text: str) -> None:
    """The error says what to do."""
    with pytest.raises(DataError, match="retrain to write a new one"):
        Profile.from_json(text)


def test_the_format_before_is_read() -> None:
    """It held moments of the chunks besides; a profile is replaced only by the next training."""
    text = profile().to_json()
    document = json.loads(text)
    for entry in document["columns"]:
        entry["chunks"]["moments"] = [[0, 0]] * len(entry["chunks"]["nulls"])
    read = Profile.from_json(json.dumps(document | {"format": 4}))
    assert read.to_json() == text


def test_the_format_is_versioned() -> None:
    """A profile of another version is refused, not misread."""
    document = json.loads(profile().to_json())
    assert document["format"] == FORMAT


def test_a_missing_feature_is_an_error() -> None:
    """The message names it and what there is."""
    with pytest.raises(DataError, match="lacks the features z; it has x"):
        build_profile(pa.table({"x": [1.0]}), Columns(numeric=("x", "z"), categorical=()))


def test_a_target_of_another_length_is_an_error() -> None:
    """Rows and labels must belong together."""
    with pytest.raises(DataError, match="3 values for 1000"):
        profile_of(TABLE, ("c",), target=np.zeros(3))


def test_the_classifiers_part_can_be_left_out() -> None:
    """It takes seconds; a check without a classifier needs no more than the rest."""
    short = profile_of(TABLE, ("c",), classifier=False)
    assert short.classifier is None
    assert profile_of(TABLE, ("c",)).classifier is not None
    assert Profile.from_json(short.to_json()).to_json() == short.to_json()
