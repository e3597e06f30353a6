"""Whether the loss changed, and when."""

import numpy as np
import pytest
from river.drift.page_hinkley import PageHinkley

from include.retraining.performance.change_point import date_step, find_change
from include.retraining.performance.detectors import page_hinkley

START = np.datetime64("2025-01-01", "us")


def stream(seed, before, after, factor):
    """Absolute errors whose spread is multiplied from one row on; one an hour."""
    generator = np.random.default_rng(seed)
    losses = np.abs(generator.normal(size=before + after))
    losses[before:] *= factor
    return losses, START + np.arange(before + after) * np.timedelta64(1, "h")


def reference(seed, rows=500):
    """Losses of a holdout."""
    return np.abs(np.random.default_rng(seed + 10_000).normal(size=rows))


def test_a_doubled_loss_is_found_and_its_date_lies_in_the_interval():
    """The date is near the truth, the interval covers it, and both means are told."""
    losses, times = stream(1, 400, 150, 2.0)
    found = find_change(losses, times, reference(1))
    assert found.low <= times[400].item().replace(tzinfo=found.low.tzinfo) <= found.high
    assert abs((found.date.replace(tzinfo=None) - times[400].item()).total_seconds()) < 24 * 3600
    assert found.worse
    assert found.before.value == pytest.approx(0.8, abs=0.1)
    assert found.after.value > 1.3
    assert set(found.detectors) <= {"ADWIN", "Page-Hinkley"}


def test_a_rerun_agrees_and_the_order_of_rows_does_not_matter():
    """The same losses in another order give the same record."""
    losses, times = stream(2, 300, 100, 2.0)
    order = np.random.default_rng(0).permutation(len(losses))
    assert find_change(losses, times, reference(2)) == find_change(losses[order], times[order], reference(2))


def test_a_steady_stream_rarely_alarms():
    """Streams of 2,000 rows without a change: at most 1 of 15 alarms where 1% are allowed (chance of more: 1%)."""
    alarms = sum(find_change(*stream(seed, 2_000, 0, 1.0), reference(seed)) is not None for seed in range(15))
    assert alarms <= 1


def test_the_interval_covers_the_date():
    """A step of the mean by two thirds: the 95% interval covers the true row in at least 85 of 100 streams."""
    covered = 0
    for seed in range(100):
        losses, _ = stream(seed, 300, 200, 1.6)
        _, low, high = date_step(losses, first=100, confidence=0.95)
        covered += low <= 300 <= high
    assert covered >= 85


def test_the_latest_of_two_changes_is_told():
    """After a change for the worse and one for the better, the latter is reported."""
    losses, times = stream(3, 300, 700, 2.5)
    losses[700:] /= 2.5
    found = find_change(losses, times, reference(3))
    assert not found.worse
    assert abs((found.date.replace(tzinfo=None) - times[700].item()).total_seconds()) < 48 * 3600


def test_long_streams_are_averaged_and_still_dated():
    """Twenty thousand rows: the change is found, and dated by the row."""
    losses, times = stream(4, 15_000, 5_000, 1.2)
    found = find_change(losses, times, reference(4, 2_000))
    assert abs((found.date.replace(tzinfo=None) - times[15_000].item()).total_seconds()) < 500 * 3600


@pytest.mark.parametrize(
    "losses", [np.empty(0), np.full(20, 1.0), np.full(200, np.nan), np.zeros(200)], ids=["none", "few", "nan", "zeros"]
)
def test_without_evidence_there_is_no_change(losses):
    """No rows, too few, no losses, or losses that never vary: None."""
    times = START + np.arange(len(losses)) * np.timedelta64(1, "h")
    assert find_change(losses, times, np.zeros(100)) is None
    assert find_change(losses, times, np.empty(0)) is None


def test_losses_that_were_all_zero_and_are_not_are_a_change():
    """A champion without any error begins to err."""
    losses, times = stream(5, 100, 0, 1.0)
    assert find_change(losses, times, np.zeros(200)).worse


def test_page_hinkley_in_bulk_is_that_of_river():
    """The statistic passes a threshold at the row at which river's detector alarms."""
    losses, _ = stream(6, 200, 200, 2.0)
    page = PageHinkley(min_instances=1, delta=0.05, threshold=20.0, alpha=1.0)
    alarm = next(row for row, loss in enumerate(losses) if page.update(loss) or page.drift_detected)
    assert int(np.argmax(page_hinkley(losses[None, :], 0.05)[0] > 20.0)) == alarm
