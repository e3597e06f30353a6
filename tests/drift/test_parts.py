"""Time-ordered parts of the reference."""

from datetime import timedelta

import numpy as np

from include.retraining.drift.parts import MOST_PARTS, PARTS, time_parts, to_seconds

DAY = timedelta(days=1)


def test_rows_are_cut_into_equal_parts_in_time_order() -> None:
    """Without an interval the parts differ by one row at most, whatever the order of the rows."""
    times = np.random.default_rng(0).permutation(10_001).astype(float)
    parts = time_parts(len(times), times)
    assert len(parts) == PARTS
    assert {len(part) for part in parts} == {333, 334}
    assert np.concatenate([times[part] for part in parts]).tolist() == sorted(times)


def test_intervals_become_parts() -> None:
    """With an interval each part covers one of them; those with hardly any rows are left out."""
    times = np.repeat(np.arange(20) * 86_400.0, 150)[:-149]
    parts = time_parts(len(times), times, DAY)
    assert [len(part) for part in parts] == [150] * 19


def test_of_many_intervals_some_are_chosen_evenly() -> None:
    """A year of days keeps 60 whole days from first to last."""
    times = np.repeat(np.arange(365) * 86_400.0, 100)
    parts = time_parts(len(times), times, DAY)
    assert len(parts) == MOST_PARTS
    assert all(len(np.unique(times[part])) == 1 for part in parts)
    assert (times[parts[0]][0], times[parts[-1]][0]) == (times[0], times[-1])


def test_few_intervals_fall_back_to_equal_parts() -> None:
    """Three weeks say little about weeks: finer parts are cut."""
    times = np.arange(9_000) * 200.0
    assert len(time_parts(len(times), times, timedelta(days=7))) == PARTS


def test_few_rows_have_no_parts() -> None:
    """Below two parts' worth of rows there is nothing to compare."""
    assert time_parts(150) == []
    assert time_parts(0, np.empty(0), DAY) == []


def test_moments_become_seconds() -> None:
    """Any unit of datetime64 is read; a missing moment is NaN."""
    moments = np.array(["1970-01-01T00:00:02", "NaT"], "datetime64[ns]")
    np.testing.assert_array_equal(to_seconds(moments), [2.0, np.nan])
