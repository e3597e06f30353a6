"""Windows and splits follow time."""

from datetime import UTC, datetime, timedelta

import pytest

from include.retraining.errors import TrainingError
from include.retraining.training.windows import (
    EARLIEST,
    choose_window,
    holdout_length,
    split_rows,
)
from tests.model_samples import START, WEEK, make_rows, make_spec, week


def windowed(labels=None, **window):
    """Declare a model with this window."""
    return make_spec(retrain={"window": {"minimum_rows": 10, **window}}, labels={"minimum": 50, **(labels or {})})


def test_expanding_window_takes_all_history():
    """Up to the end of the interval."""
    window = choose_window(windowed(), week(9))
    assert (window.start, window.end) == (EARLIEST, week(9).end)


def test_sliding_window_counts_back_from_the_newest_expected_label():
    """Labels that are a week late shift it back by a week."""
    spec = windowed(use="sliding", maximum="28d", labels={"expected_delay": "7d"})
    assert choose_window(spec, week(9)).start == week(9).end - 5 * WEEK


def test_nothing_before_the_declared_start_is_used():
    """Whichever is later."""
    assert choose_window(windowed(start="2024-02-01"), week(9)).start == datetime(2024, 2, 1, tzinfo=UTC)
    spec = windowed(use="sliding", maximum="7d", start="2024-01-02")
    assert choose_window(spec, week(9)).start == week(9).start


def test_a_start_after_the_interval_is_an_error():
    """There would be nothing to train on."""
    with pytest.raises(TrainingError, match=r"`retrain\.window\.start` 2024-06-01 is not before"):
        choose_window(windowed(start="2024-06-01"), week(3))


def test_holdout_is_the_newest_part_by_time():
    """Two intervals by default; every training row is older than every holdout row."""
    rows = make_rows(1000, weeks=10)
    split = split_rows(rows.sample(frac=1, random_state=0), windowed(), week(9))
    assert len(split.train_rows) + len(split.holdout_rows) == 1000
    assert split.train_rows["at"].max() < split.holdout_rows["at"].min()
    assert split.holdout.end - split.holdout.start == 2 * WEEK
    assert len(split.holdout_rows) == pytest.approx(200, abs=1)
    assert split.train.end == split.holdout.start
    assert split.train.start == START
    assert split.holdout_rows["at"].max() < split.holdout.end


def test_holdout_is_measured_from_the_newest_label_not_from_the_interval():
    """With late labels the newest weeks hold none."""
    rows = make_rows(1000, weeks=10)
    split = split_rows(rows, windowed(holdout="7d"), week(13))
    assert split.holdout.end - rows["at"].max() == timedelta(microseconds=1)
    assert len(split.holdout_rows) == pytest.approx(100, abs=1)


def test_too_few_rows_say_what_to_change():
    """The message names rows, holdout and the ways out."""
    with pytest.raises(TrainingError, match=r"before the holdout of 2w .*asks for 500.*shorten"):
        split_rows(make_rows(400, weeks=3), make_spec(), week(2))


def test_no_rows_at_all_is_an_error():
    """Before any label arrived."""
    with pytest.raises(TrainingError, match="no labelled rows before"):
        split_rows(make_rows(400, weeks=3).head(0), make_spec(), week(2))


def test_after_a_recent_change_the_holdout_leaves_rows_to_learn_from():
    """Half of the intervals since, between one and two; declared lengths stand."""
    newest = week(10).start
    since = {weeks: holdout_length(windowed(), week(9), newest, newest - weeks * WEEK) for weeks in (1, 2, 3, 4, 8)}
    assert since == {1: WEEK, 2: WEEK, 3: WEEK, 4: 2 * WEEK, 8: 2 * WEEK}
    assert holdout_length(windowed(), week(9), newest, None) == 2 * WEEK
    assert holdout_length(windowed(holdout="3d"), week(9), newest, newest - WEEK) == timedelta(days=3)
