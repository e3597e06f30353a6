"""Labels meet rows by key: each once, contradictions never, and the record adds up."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.retraining.data.labels import add_key, drop_repeated, join_labels, newest, replace_targets, take_own_labels
from include.retraining.errors import DataError
from include.retraining.spec.data import DataSpec

DATA = DataSpec.model_validate(
    {
        "features": {"use": "files", "uri": "features.csv"},
        "labels": {"use": "files", "uri": "labels.csv"},
        "key": "id",
        "time": "at",
        "target": "y",
        "label_time": "known_at",
    }
)
KEYLESS = DATA.model_copy(update={"key": None, "labels": None})
START = pd.Timestamp("2024-01-01", tz="UTC")


def features(ids):
    """Give feature rows an hour apart, newest first."""
    at = [START - pd.Timedelta(hours=n) for n in range(len(ids))]
    return pd.DataFrame({"id": ids, "at": pd.to_datetime(at, utc=True), "x": np.arange(float(len(ids)))})


def labels(pairs):
    """Give labels that arrive a minute apart."""
    known_at = [START + pd.Timedelta(minutes=n) for n in range(len(pairs))]
    ids, targets = zip(*pairs, strict=True) if pairs else ((), ())
    return pd.DataFrame({"id": list(ids), "y": list(targets), "known_at": pd.to_datetime(known_at, utc=True)})


def test_joins_by_key_in_time_order():
    """Rows with a label keep their features, gain target and label time, and come in time order."""
    joined, health = join_labels(features([1, 2, 3]), labels([(3, 1.0), (1, 0.0)]), DATA, 0.5)
    assert joined[["id", "x", "y"]].to_numpy().tolist() == [[3, 2.0, 1.0], [1, 0.0, 0.0]]
    assert joined.columns.tolist() == ["id", "at", "x", "y", "known_at"]
    assert (health.labels, health.matched, health.orphans, health.usable, health.rate) == (2, 2, 0, True, 1.0)
    assert health.note == "2 of 2 arrived labels found their row."


def test_repeated_contradicting_and_unmatched_labels_are_counted():
    """An equal repeat counts once, a contradiction drops its key, and a label without row is an orphan."""
    given_labels = labels([(1, 1), (1, 1), (2, 0), (2, 1), (2, 1), (9, 1), (3, None), (None, 1)])
    joined, health = join_labels(features([1, 2, 3]), given_labels, DATA, 0.8)
    assert joined["id"].tolist() == [1]
    assert joined["known_at"].tolist() == [START]
    counts = (health.labels, health.matched, health.duplicate_keys, health.conflicting_keys, health.orphans)
    assert counts == (4, 1, 1, 1, 2)
    assert not health.usable
    assert "1 of 4" in health.note
    assert "80%" in health.note


def test_join_rate_at_the_threshold_is_usable():
    """Exactly the minimum share is enough."""
    given_labels = labels([(n, 0) for n in range(5)])
    assert join_labels(features([0, 1, 2, 3]), given_labels, DATA, 0.8)[1].usable
    assert not join_labels(features([0, 1, 2]), given_labels, DATA, 0.8)[1].usable


def test_no_labels_are_no_failure():
    """Without labels there is nothing to mistrust, and the columns are complete."""
    joined, health = join_labels(features([1]), labels([]), DATA, 0.8)
    assert joined.columns.tolist() == ["id", "at", "x", "y", "known_at"]
    assert (len(joined), health.rate, health.usable) == (0, None, True)
    assert health.note == "No labels arrived in this interval."


def test_of_repeated_feature_rows_the_earliest_counts():
    """A key on two rows gives one labelled row, and shows among the repeated keys."""
    rows = features([1, 1])
    joined, health = join_labels(rows, labels([(1, 1)]), DATA, 0.8)
    assert joined["x"].tolist() == [1.0]
    assert (health.matched, health.duplicate_keys) == (1, 1)


@pytest.mark.parametrize(
    ("left", "right"),
    [([1, 2], ["1", "2"]), (["1", "2"], [1, 2]), ([1.0, None], ["1", "7"]), ([1, 2], [1.0, 5.0])],
)
def test_numbers_and_their_text_are_one_key(left, right):
    """Sources that write the same key as number and as text still meet."""
    joined, _ = join_labels(features(left), labels([(key, 1) for key in right]), DATA, 0.0)
    assert joined["x"].tolist()[-1] == 0.0


def test_targets_in_the_feature_rows_are_replaced():
    """Where labels have a source of their own, a target column among the features is not believed."""
    rows = features([1]).assign(y=0, known_at=START)
    assert join_labels(rows, labels([(1, 1)]), DATA, 0.8)[0]["y"].tolist() == [1]


def test_inputs_are_left_alone():
    """Neither frame is changed."""
    rows, given_labels = features([1, 2]), labels([(1, 1), (1, 0)])
    copies = rows.copy(), given_labels.copy()
    join_labels(rows, given_labels, DATA, 0.8)
    pd.testing.assert_frame_equal(rows, copies[0])
    pd.testing.assert_frame_equal(given_labels, copies[1])


@given(
    st.lists(st.integers(0, 8), max_size=8),
    st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 8)), st.integers(0, 1)), max_size=12),
)
def test_the_record_adds_up(ids, pairs):
    """Every distinct label is matched, an orphan, or in conflict; and rows follow the plain definition."""
    rows, given_labels = features(ids).astype({"id": float}), labels(pairs).astype({"id": float})
    joined, health = join_labels(rows, given_labels, DATA, 0.8)
    targets = {}
    for key, target in pairs:
        targets.setdefault(key, set()).add(target)
    keyless = sum(key is None for key, _ in pairs)
    targets.pop(None, None)
    sure = {key for key, values in targets.items() if len(values) == 1}
    assert health.labels == health.matched + health.orphans + health.conflicting_keys == len(targets) + keyless
    assert set(joined["id"]) == sure & set(ids)
    assert joined["id"].is_unique
    assert joined["at"].is_monotonic_increasing
    assert all(targets[key] == {target} for key, target in zip(joined["id"], joined["y"], strict=True))


def test_own_labels_are_all_matched():
    """Labels that stand in their rows cannot be orphans; repeats and contradictions still count."""
    rows = features([1, 1, 2, 2, None, None]).assign(y=[1, 1, 0, 1, 0, 1], known_at=START)
    kept, health = take_own_labels(rows, DATA)
    assert kept["x"].tolist() == [5.0, 4.0, 1.0]
    assert (health.labels, health.matched, health.orphans, health.usable) == (3, 3, 0, True)
    assert (health.duplicate_keys, health.conflicting_keys) == (1, 1)


def test_keyless_rows_get_time_and_ordinal():
    """Rows of equal time are numbered in source order, also across chunks; a row without a time gets no key."""
    chunks = [pa.table({"at": pa.array(at, pa.timestamp("us", "UTC"))}) for at in ([0, 0, 1], [0, None], [1])]
    keys = [key for table in add_key(chunks, KEYLESS) for key in table[KEYLESS.key_column].to_pylist()]
    zero, one = "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000001Z"
    assert keys == [f"{zero}#0", f"{zero}#1", f"{one}#0", f"{zero}#2", None, f"{one}#1"]


def test_declared_keys_are_left_alone():
    """A declared key needs no other."""
    table = pa.table({"id": [1]})
    assert list(add_key([table], DATA)) == [table]
    assert DATA.key_column == "id"


def test_dropping_repeats_keeps_rows_without_key():
    """Two rows without a key are not each other's repeats."""
    frame = pd.DataFrame({"id": [None, None, "a"], "y": [0, 1, 1]})
    assert len(drop_repeated(frame, "id", "y").frame) == 3


def test_who_made_a_label_comes_with_it():
    """From the labels, not from a column of that name beside the features."""
    data = DATA.model_copy(update={"label_sources": ("station",)})
    rows = features([1, 2, 3]).assign(station="of the row")
    joined, health = join_labels(rows, labels([(3, 1.0), (1, 0.0)]).assign(station=["B", "A"]), data, 0.5)
    assert joined["station"].tolist() == ["B", "A"]
    assert joined.columns.tolist() == ["id", "at", "x", "y", "known_at", "station"]
    assert health.matched == 2


def test_of_labels_made_again_the_newest_counts():
    """Whatever the order in which they lie there; without a key or a value there is none."""
    again = labels([(1, 0.2), (2, 0.5), (1, 0.3), (3, None), (None, 1.0)])
    assert newest(again.iloc[::-1], DATA).set_index("id")["y"].to_dict() == {2: 0.5, 1: 0.3}


def test_targets_are_replaced_in_place():
    """Where they were made again; whole numbers stay whole unless a new one is not, and keys may be text."""
    rows = features([4, 5, 6]).assign(y=[1, 0, 1])
    assert replace_targets(rows, labels([(5, 1), (9, 0)]), DATA)["y"].tolist() == [1, 1, 1]
    assert replace_targets(rows, labels([("5", 1)]), DATA)["y"].dtype == rows["y"].dtype
    assert replace_targets(rows, labels([(4, 0.25)]), DATA)["y"].tolist() == [0.25, 0.0, 1.0]
    assert replace_targets(rows, labels([(9, 0)]), DATA) is rows
    names = rows.assign(y=["1", "0", "1"])
    assert replace_targets(names, labels([(5, 1)]), DATA)["y"].tolist() == ["1", "1", "1"]
    assert rows["y"].tolist() == [1, 0, 1]


@pytest.mark.parametrize(("old", "new"), [([1.0, 2.0], "wet"), ([True, False], "no")])
def test_targets_of_another_type_are_refused(old, new):
    """Nothing is guessed."""
    with pytest.raises(DataError, match="in those made again; give both one type"):
        replace_targets(features([1, 2]).assign(y=old), labels([(1, new)]), DATA)
