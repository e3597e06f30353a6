"""Performance over time."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from include.retraining.report.timeline import Tolerance, timeline
from include.retraining.results.outcome import HistoryPoint
from tests.report import diagnosed
from tests.report.samples import estimate, history

TOLERANCE = Tolerance(estimate(0.742), 0.037, greater_is_better=True)


def texts(drawn):
    """All text of a drawing, titles included."""
    return [node.text or "" for node in ET.fromstring(drawn).iter() if node.tag.endswith(("text", "title"))]


def count(drawn, class_):
    """How many elements of a kind are drawn."""
    return len(re.findall(rf'class="{class_}"', drawn))


def test_line_breaks_where_there_is_no_figure():
    """Weeks without labels are gaps, not straight lines across."""
    drawn = timeline(history(), "roc_auc")
    assert count(drawn, "line") == 3
    assert count(drawn, "dot") == 14


def test_events_stand_in_their_lanes():
    """Promotions, kept champions, rejected weeks and drifted columns are marked."""
    drawn = timeline(history(), "roc_auc")
    assert (count(drawn, "promoted"), count(drawn, "kept"), count(drawn, "rejected")) == (2, 1, 1)
    assert {"v1", "v3", "champion", "retrained", "rejected", "drifted columns"} <= set(texts(drawn))
    assert "2013-04-22 to 2013-04-29: rejected" in texts(drawn)


def test_lanes_without_marks_are_left_out():
    """A calm history has no empty rows."""
    calm = [point for point in history() if point.action == "none" and not point.drifted_columns]
    assert not {"retrained", "rejected", "drifted columns"} & set(texts(timeline(calm, "roc_auc")))


def test_limit_is_drawn_for_its_champion_only():
    """The tolerance of the reigning champion is named at the right, with the last figure."""
    drawn = timeline(history(), "roc_auc", {"training-3": TOLERANCE})
    assert (count(drawn, "reference"), count(drawn, "limit")) == (1, 1)
    assert {"holdout 0.742", "limit 0.705", "now 0.712"} <= set(texts(drawn))


def test_labels_at_the_right_do_not_touch():
    """Where figure, holdout and limit are close, their names move apart."""
    close = Tolerance(estimate(0.7125), 0.0001, greater_is_better=True)
    nodes = ET.fromstring(timeline(history(), "roc_auc", {"training-3": close})).iter()
    heights = sorted(
        float(node.get("y"))
        for node in nodes
        if (node.text or "").startswith(("now ", "holdout ", "limit ")) and node.tag.endswith("text")
    )
    assert len(heights) == 3
    assert all(right - left >= 12.8 for left, right in pairwise(heights))


def test_limit_lies_on_the_bad_side():
    """Below the holdout where more is better, above it where less is."""
    assert TOLERANCE.limit == pytest.approx(0.705)
    assert Tolerance(estimate(4.0), 0.5, greater_is_better=False).limit == 4.5


def test_one_point_is_drawn():
    """The first judged interval has a whisker instead of a band."""
    drawn = timeline(history()[1:2], "roc_auc")
    assert count(drawn, "whisker") == 1
    assert "nan" not in drawn


def test_nothing_judged_is_nothing_drawn():
    """Without any figure there is no chart."""
    assert timeline(history(1), "roc_auc") is None
    assert timeline([], "roc_auc") is None


def test_long_history_has_no_dots():
    """Hundreds of points are a line with a last dot."""
    points = [point for point in history() if point.realised] * 10
    assert count(timeline(points, "roc_auc"), "dot") == 1


def test_short_intervals_show_hours():
    """Hourly intervals are told apart by their time."""
    points = [
        point.model_copy(
            update={"interval": point.interval.model_copy(update={"end": point.interval.start.replace(hour=1)})}
        )
        for point in history()[1:2]
    ]
    assert "04-08 01:00" in texts(timeline(points, "roc_auc"))


def test_estimates_are_hollow_marks_on_a_dashed_line():
    """Each interval's own estimate beside the measured figures; the last is named at the right."""
    points = [*diagnosed.past(), HistoryPoint.of(diagnosed.healthy(), "x")]
    drawn = timeline(points, "roc_auc")
    assert count(drawn, "dot estimated") == sum(point.estimated_value is not None for point in points)
    assert count(drawn, "line estimated") == 1
    assert "est. 0.736" in texts(drawn)
    assert "estimated" not in timeline(history(), "roc_auc")


def test_estimates_alone_are_drawn():
    """Before any label has arrived there is something to see."""
    points = [point.model_copy(update={"realised": None}) for point in diagnosed.past()]
    drawn = timeline(points, "roc_auc")
    assert count(drawn, "dot estimated") == 15
    assert count(drawn, "dot") == 0


def test_diagnoses_and_held_labels_have_lanes():
    """A spell is one bar with its name; what calls for nobody has none."""
    found = texts(timeline(diagnosed.past(), "roc_auc"))
    assert {"diagnosis", "labels held", "local concept drift", "41"} <= set(found)
    assert "2013-05-13 to 2013-06-10: local concept drift" in found
    assert not any("healthy" in text for text in found)
