"""Counting a batch."""

import numpy as np
import pyarrow as pa

from include.retraining.drift.batch import BatchProfile, count_batch
from tests.drift.samples import profile_of

PROFILE = profile_of({"x": np.arange(200.0), "y": np.arange(200.0), "c": [*"ab"] * 100}, ("c",))


def test_record_batches_and_a_table_are_counted_alike() -> None:
    """Other columns are ignored, rows are counted once."""
    table = pa.table({"other": range(50), "c": ["a"] * 50, "x": np.arange(50.0), "y": np.arange(50.0)})
    whole, streamed = count_batch(PROFILE, table), count_batch(PROFILE, table.to_batches(max_chunksize=7))
    assert whole.rows == streamed.rows == 50
    assert set(whole.counts) == {("feature", "x"), ("feature", "y"), ("feature", "c")}
    for key, counts in whole.counts.items():
        assert counts.bins.tolist() == streamed.counts[key].bins.tolist()
    assert whole.pairs is not None
    assert streamed.pairs is not None
    assert (whole.pairs.products == streamed.pairs.products).all()


def test_a_column_of_another_type_is_a_failure_not_an_error() -> None:
    """The others are counted."""
    found = count_batch(PROFILE, pa.table({"x": ["text"], "y": [1.0], "c": ["a"]}))
    assert "no numbers" in found.failures["feature", "x"]
    assert ("feature", "y") in found.counts


def test_an_empty_profile_adds_nothing() -> None:
    """Sums may start from it."""
    found = count_batch(PROFILE, pa.table({"x": [1.0], "y": [1.0], "c": ["a"]}))
    summed = BatchProfile() + found
    assert (summed.rows, summed.counts, summed.pairs) == (found.rows, found.counts, found.pairs)
    assert count_batch(PROFILE, []).rows == 0


def test_predictions_and_labels_need_not_be_known_to_the_profile() -> None:
    """What the reference did not have is left out."""
    found = count_batch(PROFILE, [], predictions={"prediction": np.ones(3)}, target=np.ones(3))
    assert found.counts == {}
