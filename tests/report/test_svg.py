"""The small SVG writer."""

import math
from itertools import pairwise

import pytest

from include.retraining.report.svg import Scale, drawing, element, polygon, polyline, shorten, text, ticks


def test_scale_maps_ends_to_ends():
    """The lowest value lies at the start, the highest at the end; a scale without width maps to its middle."""
    scale = Scale(10, 20, 100, 0)
    assert (scale(10), scale(15), scale(20)) == (100, 50, 0)
    assert Scale(3, 3, 0, 80)(3) == 40


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12.9), (1e-9, 3e-9), (0, 7e12), (-0.02, 0.0001)])
def test_ticks_are_few_round_and_inside(low, high):
    """Ticks lie inside the range, evenly, and neither too few nor too many."""
    found = ticks(low, high, 4)
    assert 2 <= len(found) <= 6
    assert low - 1e-9 * (high - low) <= found[0]
    assert found[-1] <= high * (1 + 1e-9)
    steps = [right - left for left, right in pairwise(found)]
    assert steps == pytest.approx([steps[0]] * len(steps))


def test_tick_of_no_range_is_the_value():
    """A range without width has one tick."""
    assert ticks(5, 5, 4) == [5]


def test_element_escapes_content_and_attributes():
    """What comes from data cannot leave its place."""
    written = element("text", "<b>&", class_='"><script>', stroke_width=1.25, title=None)
    assert written == '<text class="&#34;&gt;&lt;script&gt;" stroke-width="1.2">&lt;b&gt;&amp;</text>'


def test_element_nests_elements():
    """Drawn elements are not escaped again."""
    assert element("g", text((1, 2), "a<b")) == '<g><text x="1" y="2" text-anchor="start">a&lt;b</text></g>'


def test_paths_join_points():
    """A polyline stays open, a polygon closes."""
    points = [(0, 0), (10.04, math.pi)]
    assert polyline(points, "line") == '<path d="M0.0,0.0L10.0,3.1" class="line"></path>'
    assert polygon(points, "band") == '<path d="M0.0,0.0L10.0,3.1Z" class="band"></path>'


def test_drawing_can_be_read_out():
    """A drawing has a label for screen readers and no fixed size."""
    drawn = drawing(300, 100, "share of <EV>", [])
    assert 'viewBox="0 0 300 100"' in drawn
    assert 'aria-label="share of &lt;EV&gt;"' in drawn
    assert "width=" not in drawn


def test_long_names_are_cut_visibly():
    """A cut name ends in an ellipsis and is exactly as long as allowed."""
    assert shorten("carrier", 10) == "carrier"
    assert shorten("Republic Airways", 10) == "Republic …"
