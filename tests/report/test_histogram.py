"""Histograms: areas, open ends, logarithmic axes."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from include.retraining.report.distributions import draw_distribution
from include.retraining.report.histogram import is_skewed, prepare
from include.retraining.results.drift import Distribution
from tests.report.samples import column


def numeric(edges, reference, current=None):
    """A numeric distribution; now as then unless given."""
    return Distribution(kind="numeric", edges=edges, reference=reference, current=current or reference)


def heights(drawn, class_):
    """Heights of an outline above its base."""
    path = re.search(rf'd="M([^"]*?)Z?" class="{class_}"', str(drawn))[1]
    levels = [float(pair.split(",")[1]) for pair in path.split("L")]
    return [max(levels) - level for level in levels[1:-1:2]]


def lognormal(deviation, bars=40):
    """Shares of a log-normal column in bars of equal ratio, which hold all of it."""
    values = np.exp(np.random.default_rng(1).normal(0, deviation, 20_000))
    edges = np.geomspace(values.min(), values.max() * 1.001, bars)
    return numeric(tuple(edges), tuple(np.histogram(values, edges)[0] / len(values)))


def test_the_area_of_a_bar_is_its_share():
    """Bars of equal share and different width have different heights."""
    drawn = draw_distribution(column(numeric((0, 1, 2, 4, 5), (0.25, 0.25, 0.25, 0.25), (0.2, 0.3, 0.4, 0.1))))
    then, now = heights(drawn, "then-area"), heights(drawn, "now-line")
    assert then[1] == pytest.approx(2 * then[2], rel=0.02)
    assert now[1] / now[2] == pytest.approx(0.3 / (0.4 / 2), rel=0.02)


def test_bins_too_narrow_to_see_are_joined():
    """A point mass in a tiny bin is a bar of visible width; no share is lost."""
    found = numeric((-1, 0, 0.001, 1, 2, 3), (0.1, 0.6, 0.1, 0.1, 0.1), (0.1, 0.0, 0.3, 0.3, 0.3))
    bars = prepare(found)
    assert min(np.diff(bars.edges)) > (bars.edges[-1] - bars.edges[0]) / 41
    assert sum(bars.then) == pytest.approx(1)
    assert sum(bars.now) == pytest.approx(1)


def test_open_ends_are_marked():
    """Outermost bars of uneven ones say that they hold all that lies beyond, and where they begin."""
    found = numeric((-900, 1, 2.1, 3, 4, 5000), (0.1, 0.2, 0.4, 0.2, 0.1))
    bars, drawn = prepare(found), str(draw_distribution(column(found)))
    assert bars.ends == (1, 4)
    assert "&lt; 1<" in drawn
    assert "≥ 4<" in drawn
    assert drawn.count('class="end"') == 2
    assert bars.edges[-1] - bars.edges[-2] <= 2.2


def test_one_bar_for_each_value_has_no_open_end():
    """Hours of a day: the first and last bars, half as wide by their edges, are drawn like the others."""
    edges = (0.0, *(hour + 0.5 for hour in range(23)), 23.0)
    bars = prepare(numeric(edges, (1 / 24,) * 24))
    assert bars.ends == (None, None)
    assert np.diff(bars.edges) == pytest.approx(np.ones(24))


def test_tick_labels_do_not_touch():
    """Labels of open ends keep the others away, also where numbers are long."""
    found = numeric(
        (14_060, 189_300, 312_500, 614_800, 1_000_000, 1_789_000, 2_572_000, 2_603_000),
        (0.01, 0.09, 0.3, 0.3, 0.2, 0.09, 0.01),
    )
    spans = []
    for label in ET.fromstring(str(draw_distribution(column(found)))).iter("{http://www.w3.org/2000/svg}text"):
        if float(label.get("y")) > 150:
            width, at = 6.5 * len(label.text), float(label.get("x"))
            left = {"start": at, "middle": at - width / 2, "end": at - width}[label.get("text-anchor")]
            spans.append((left, left + width))
    spans.sort()
    assert len(spans) >= 2
    assert all(left >= right for (_, right), (left, _) in pairwise(spans))


def test_skewed_columns_get_a_logarithmic_axis():
    """Amounts over several powers of ten are readable, and bars of equal ratio equally wide."""
    found = lognormal(1.6)
    assert is_skewed(found)
    bars = prepare(found)
    assert bars.logarithmic
    assert np.diff(bars.edges)[5:-5] == pytest.approx(np.diff(bars.edges)[5])
    drawn = str(draw_distribution(column(found)))
    assert "logarithmic axis" in drawn
    assert all(f">{tick}<" in drawn for tick in ("0.1", "1", "10"))


@pytest.mark.parametrize(
    "found",
    [
        lognormal(0.6),
        numeric((-5, 1, 2, 10, 500), (0.5, 0.3, 0.15, 0.05)),
        numeric((0, 0.5, 1), (0.9, 0.1)),
        numeric((0, 1, 2, 3, 4), (0.25, 0.25, 0.25, 0.25)),
    ],
)
def test_other_columns_keep_a_plain_axis(found):
    """Hardly skewed columns, negative values and few bars."""
    assert not is_skewed(found)
    assert "logarithmic" not in str(draw_distribution(column(found)))


def test_zeros_of_a_skewed_column_lie_in_its_open_end():
    """A first bar that begins at 0 has no place on a logarithmic axis, but a width and its share."""
    bars = prepare(numeric((0, 0.1, 1, 10, 100, 1000), (0.2, 0.35, 0.3, 0.1, 0.05)))
    assert bars.logarithmic
    assert np.isfinite(bars.edges).all()
    assert bars.ends[0] == pytest.approx(0.1)
    assert bars.then[0] == 0.2
