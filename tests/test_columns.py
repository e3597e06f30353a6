"""Feature columns inferred from the types of a frame."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from include.retraining.columns import feature_columns
from include.retraining.errors import DataError
from tests.model_samples import make_spec

OBJECTS = {
    "decimals": ([None, Decimal("1.5")], "numeric"),
    "truth and gaps": ([True, None], "numeric"),
    "integers and gaps": ([1, None], "numeric"),
    "texts": (["a", None], "categorical"),
    "texts and numbers": (["a", 1], "categorical"),
    "bytes": ([b"a", None], "categorical"),
    "no values": ([None, None], "categorical"),
    "dates": ([None, date(2024, 1, 1)], None),
    "moments": ([datetime(2024, 1, 1, tzinfo=UTC), None], None),
    "times of day": ([time(1), None], None),
    "durations": ([timedelta(1), None], None),
    "lists": ([None, [1.0]], None),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_are_what_they_hold(name: str) -> None:
    """Numbers stay numbers, texts are names, times and lists are left out, wherever a gap is."""
    values, kind = OBJECTS[name]
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object), "other": [0, 1]})
    columns = feature_columns(frame, make_spec().data)
    assert (columns.numeric, columns.categorical) == (
        ("x", "other") if kind == "numeric" else ("other",),
        ("x",) if kind == "categorical" else (),
    )


@pytest.mark.parametrize(
    ("dtype", "value", "numeric"), [("Int64", 1, True), ("boolean", True, True), ("category", "a", False)]
)
def test_types_of_pandas_itself(dtype: str, value: object, *, numeric: bool) -> None:
    """Nullable numbers are numeric, categories are names."""
    columns = feature_columns(pd.DataFrame({"x": pd.array([value, None], dtype=dtype)}), make_spec().data)
    assert columns.numeric == (("x",) if numeric else ())
    assert columns.features == ["x"]


def test_nothing_left_is_an_error() -> None:
    """It names what there is."""
    with pytest.raises(DataError, match="no feature column is left among day"):
        feature_columns(pd.DataFrame({"day": [date(2024, 1, 1)]}), make_spec().data)
