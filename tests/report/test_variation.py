"""A test's statistic over time."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from include.retraining.report.variation import INTERVALS, draw_variation, series
from tests.report import samples
from tests.report.samples import week


def check(value, *, threshold=0.1, name="x", test="van_der_waerden"):
    """A result with one column whose signed statistic is given."""
    found = samples.finding(name, 0.3, drifted=abs(value) > threshold, text="", test=test).model_copy(
        update={"statistic": abs(value), "threshold": threshold, "direction": "down" if value < 0 else "up"}
    )
    column = samples.numeric_column(name, (0.0, 1.0), (0.0, 1.0), drifted=found.drifted)
    column = column.model_copy(update={"findings": (found,)})
    return samples.drift().model_copy(update={"columns": (column,)})


def draw(values, past=None):
    """Draw a series that ends with this interval."""
    past = past if past is not None else [(week(number), check(value)) for number, value in enumerate(values[:-1])]
    column = check(values[-1]).columns[0]
    return draw_variation(column, column.findings[0], week(len(values) - 1), past)


def attributes(drawn, tag, class_):
    """Attributes of all elements of a class."""
    return [
        found.attrib
        for found in ET.fromstring(str(drawn)).iter()
        if found.tag.endswith(tag) and class_ in found.get("class", "")
    ]


def test_statistics_are_signed_and_alarms_marked():
    """Down is below zero, up above; red where an interval was an alarm."""
    drawn = draw((0.02, -0.05, 0.3, -0.4))
    zero = float(attributes(drawn, "line", "axis")[0]["y1"])
    heights = [zero - float(dot["cy"]) for dot in attributes(drawn, "circle", "dot")]
    assert [height > 0 for height in heights] == [True, False, True, False]
    assert heights[3] / heights[2] == pytest.approx(-4 / 3, rel=0.03)
    assert ["alarm" in dot["class"] for dot in attributes(drawn, "circle", "dot")] == [False, False, True, True]


def test_the_band_ends_at_the_threshold_of_each_interval():
    """Thresholds differ with the rows of an interval; on both sides of zero when a statistic fell."""
    past = [(week(0), check(0.01, threshold=0.1)), (week(1), check(0.01, threshold=0.2))]
    drawn = draw((0, 0, 0.4), past)
    heights = [float(band["height"]) for band in attributes(drawn, "rect", "usual")]
    assert heights == pytest.approx([heights[0], 2 * heights[0], heights[0]], abs=0.15)
    both = draw((-0.01, 0.4))
    zero = float(attributes(both, "line", "axis")[0]["y1"])
    band = attributes(both, "rect", "usual")[0]
    assert float(band["y"]) + float(band["height"]) / 2 == pytest.approx(zero, abs=0.11)


def test_intervals_lie_where_they_were():
    """An interval without a check leaves a gap."""
    past = [(week(0), check(0.01)), (week(1), check(0.01)), (week(4), check(0.01))]
    drawn = draw((0, 0, 0, 0, 0, 0.4), past)
    centres = [float(dot["cx"]) for dot in attributes(drawn, "circle", "dot")]
    steps = [right - left for left, right in pairwise(centres)]
    assert steps == pytest.approx([steps[0], 3 * steps[0], steps[0]], abs=0.2)


def test_only_the_same_test_of_the_same_column_is_followed():
    """Other columns and tests are no past; without one nothing is drawn."""
    column = check(0.4).columns[0]
    past = [(week(0), check(0.1, name="other")), (week(1), check(0.1, test="klotz"))]
    assert draw_variation(column, column.findings[0], week(2), past) is None
    past.append((week(2), check(0.05)))
    assert [point.value for point in series(column, column.findings[0], week(3), past)] == [0.05, 0.4]


def test_at_most_a_quarter_is_drawn():
    """The last twelve intervals and this one, which is labelled with its figure and its limit."""
    drawn = str(draw((*[0.01] * 20, 0.4)))
    assert drawn.count("<circle") == INTERVALS + 1
    assert "now 0.4<" in drawn
    assert "limit 0.1<" in drawn


@pytest.mark.parametrize("values", [(0.0, 0.0), (1e-12, 1e300), (0.09, 0.1), (-0.1, -0.1)])
def test_drawings_are_sound_and_labels_apart(values):
    """Extreme figures give well-formed drawings without undefined coordinates, inside the frame."""
    drawn = str(draw(values))
    ET.fromstring(drawn)
    assert "nan" not in drawn
    assert not re.search(r'"-?inf', drawn)
    now, limit = (float(re.search(rf'y="([\d.-]+)"[^>]*>{word} ', drawn)[1]) for word in ("now", "limit"))
    assert abs(now - limit) >= 12
    assert 0 < min(now, limit) < max(now, limit) < 104
