"""Arrow arrays become numpy arrays without pandas."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from include.retraining.drift.arrow import objects_to_codes, to_codes, to_floats
from include.retraining.errors import DataError


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([1, None, 3], pa.int8()), [1, np.nan, 3]),
        (pa.array([2**60, 5], pa.int64()), [2.0**60, 5]),
        (pa.array([True, False, None]), [1, 0, np.nan]),
        (pa.array([0.5, float("nan"), float("inf")]), [0.5, np.nan, np.inf]),
        (pa.array([0.5], pa.float16()), [0.5]),
        (pa.array([Decimal("1.25"), None]), [1.25, np.nan]),
        (pa.array(["1.5", "2"]), [1.5, 2]),
        (pa.array([7, 7, None]).dictionary_encode(), [7, 7, np.nan]),
        (pa.array([date(1970, 1, 2)]), [86_400]),
        (pa.array([datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None], pa.timestamp("ns", "UTC")), [1, np.nan]),
        (pa.array([timedelta(minutes=2)], pa.duration("s")), [120]),
        (pa.nulls(2), [np.nan, np.nan]),
        (pa.array([], pa.float64()), []),
    ],
    ids=str,
)
def test_every_type_with_an_axis_becomes_floats(array: pa.Array, expected: list[float]) -> None:
    """Numbers, booleans and times become floats, nulls NaN."""
    np.testing.assert_array_equal(to_floats(array), np.array(expected, float))


def test_a_slice_is_read_from_its_own_rows() -> None:
    """An offset into the buffers, of values and of null bits, is respected."""
    array = pa.array([1.0, None, 3.0, 4.0, None])
    np.testing.assert_array_equal(to_floats(array.slice(1, 3)), [np.nan, 3.0, 4.0])
    codes, found = to_codes(pa.array(["a", None, "b", "a"]).slice(1, 3))
    assert [found[code] if code >= 0 else None for code in codes] == [None, "b", "a"]


def test_text_that_is_no_number_is_named() -> None:
    """The error says which type, and why."""
    with pytest.raises(DataError, match=r"string are no numbers.*abc"):
        to_floats(pa.array(["abc"]))
    with pytest.raises(DataError, match="list"):
        to_codes(pa.array([[1], [2]]))


def test_whole_numbers_keep_their_category_when_a_null_turns_them_into_floats() -> None:
    """1 and 1.0 are the same category; NaN is a null."""
    assert to_codes(pa.array([1, 2]))[1] == ["1", "2"]
    codes, found = to_codes(pa.array([1.0, float("nan"), None, 2.0]))
    assert found == ["1", "2"]
    assert codes.tolist() == [0, -1, -1, 1]


def test_a_dictionary_with_a_null_in_it_has_a_null() -> None:
    """A null among the dictionary's values counts like a null among the rows."""
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None], pa.int8()), pa.array(["a", None, "b"]))
    codes, found = to_codes(array)
    assert (codes.tolist(), found) == ([0, -1, 1, -1], ["a", "b"])


def test_names_in_a_numpy_array_are_encoded_alike() -> None:
    """None and NaN become -1, all else is taken by its text."""
    codes, found = objects_to_codes(np.array(["x", None, "y", float("nan"), "x"], object))
    assert (codes.tolist(), found) == ([0, -1, 1, -1, 0], ["x", "y"])


SAME = [
    np.array([1.0, np.nan, 0.0]),
    np.array([1.0, np.nan, -0.0], np.float32),
    np.array([1.0, None, False], object),
    np.array(["1", None, 0], object),
    np.array([Decimal("1.00"), None, Decimal("-0.0")]),
    pa.array([1, None, 0], pa.int8()),
    pa.array([1.0, float("nan"), -0.0]),
    pa.array([1.0, None, 0.0], pa.float16()),
    pa.array([True, None, False]),
    pa.array([Decimal("1.00"), None, Decimal("0.00")]),
    pa.array(["1", None, "0"]),
    pa.array([1.0, None, 0.0]).dictionary_encode(),
]


@pytest.mark.parametrize("values", SAME, ids=str)
def test_equal_values_are_called_the_same_in_every_type(values: object) -> None:
    """Integers, floats, decimals, truth values and digits."""
    codes, found = objects_to_codes(values) if isinstance(values, np.ndarray) else to_codes(values)
    assert [found[code] if code >= 0 else None for code in codes] == ["1", None, "0"]


def test_long_numbers_keep_all_their_digits() -> None:
    """Identifiers stored as floats are those stored as integers."""
    for kind in (pa.int64(), pa.float64(), pa.decimal128(30, 2)):
        assert to_codes(pa.array([12_345_678_901]).cast(kind))[1] == ["12345678901"]
    assert to_codes(pa.array([0.1], pa.float32()))[1] == to_codes(pa.array([0.1]))[1] == ["0.1"]
    assert objects_to_codes(np.array([1e300, 0.5, np.inf]))[1] == ["0.5", "1e+300", "inf"]


def test_values_of_one_name_are_one_category() -> None:
    """Also where a dictionary lists them twice."""
    codes, found = to_codes(pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["a", "b", "a"])))
    assert (codes.tolist(), found) == ([0, 1, 0], ["a", "b"])
