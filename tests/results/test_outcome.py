"""What is kept of an outcome."""

from include.retraining.results.outcome import HistoryPoint
from tests.report.samples import rejected, retrained


def test_history_point_keeps_what_later_intervals_need():
    """Decision, figures and champion of the interval survive."""
    point = HistoryPoint.of(retrained(), "intervals/a/b")
    assert (point.action, point.promoted, point.rows, point.quarantined) == ("retrain", True, 6739, 68)
    assert point.drifted_columns == ("temp", "carrier", "humid", "__prediction")
    assert point.realised == retrained().performance.realised
    assert (point.champion_version, point.folder) == ("3", "intervals/a/b")


def test_history_point_of_a_rejected_interval_has_no_figures():
    """What was not examined is absent, not zero."""
    point = HistoryPoint.of(rejected(), "intervals/a/b")
    assert point.drifted_columns == ()
    assert point.realised is None
