"""A column then and now."""

import re
from xml.etree import ElementTree as ET

import pytest

from include.retraining.report.distributions import _widened, draw_distribution
from include.retraining.results import ColumnDrift, Distribution
from tests.report.samples import CARRIERS, categorical_column, numeric_column


def column(**fields):
    """A column with a distribution."""
    found = Distribution(**fields)
    return ColumnDrift(column="x", role="feature", kind=found.kind, findings=(), distribution=found)


def numeric(edges, reference, current):
    """A numeric column."""
    return column(kind="numeric", edges=edges, reference=reference, current=current)


def heights(drawn, class_):
    """Distinct heights of an outline above its base."""
    path = re.search(rf'd="M([^"]*?)Z?" class="{class_}"', drawn)[1]
    levels = [float(pair.split(",")[1]) for pair in path.split("L")]
    return [max(levels) - level for level in levels[1:-1:2]]


def test_numbers_are_stepped_densities():
    """Bars of equal share and different width have different heights: the area is the share."""
    drawn = draw_distribution(numeric((0, 1, 3), (0.5, 0.5), (0.2, 0.8)))
    narrow, wide = heights(drawn, "then-area")
    assert narrow == pytest.approx(2 * wide, rel=0.01)
    assert heights(drawn, "now-line")[0] == pytest.approx(0.4 * narrow, rel=0.02)


def test_bins_too_narrow_to_see_are_joined():
    """A point mass in a tiny bin is a bar of visible width; no share is lost."""
    found = Distribution(
        kind="numeric", edges=(0, 1e-9, 1, 2, 2.00001), reference=(0.7, 0.1, 0.1, 0.1), current=(0.1, 0.3, 0.3, 0.3)
    )
    edges, then, now = _widened(found)
    assert edges == [0, 1, 2.00001]
    assert then == pytest.approx([0.8, 0.2])
    assert now == pytest.approx([0.4, 0.6])


def test_categories_are_paired_bars_with_their_shares():
    """Each category stands with both shares; the many small ones together."""
    drawn = draw_distribution(categorical_column("carrier", CARRIERS, drifted=True))
    assert "16.1% → 4.8%" in drawn
    assert "7 others" in drawn
    assert drawn.count('class="now-area"') == 7


def test_category_names_are_escaped():
    """A category named like a script is text."""
    drawn = draw_distribution(categorical_column("c", {"<script>alert(1)</script>": (1.0, 1.0)}, drifted=False))
    assert "<script" not in drawn
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn


@pytest.mark.parametrize(
    "found",
    [
        numeric((-1.7e308, 0, 1.7e308), (0.5, 0.5), (0.5, 0.5)),
        numeric((2.0, 2.0), (1.0,), (1.0,)),
        column(kind="categorical", reference=(), current=()),
        ColumnDrift(column="x", role="feature", kind="numeric", findings=()),
    ],
)
def test_what_cannot_be_drawn_is_left_out(found):
    """Ranges beyond floats, bins without width and empty columns have no drawing, and no error."""
    assert draw_distribution(found) is None


@pytest.mark.parametrize(
    "found",
    [
        numeric((5.0, 5.1), (1.0,), (1.0,)),
        numeric((0, 1, 2), (1.0, 0.0), (0.0, 0.0)),
        numeric((-1e-12, 0, 1e-12), (0.5, 0.5), (0.9, 0.1)),
        numeric_column("temp", (48.0, 11.0), (77.0, 8.0), drifted=True),
        column(kind="categorical", labels=("a",), reference=(0.0,), current=(0.0,)),
    ],
)
def test_drawings_are_sound(found):
    """Extreme columns give well-formed drawings without undefined coordinates."""
    drawn = draw_distribution(found)
    ET.fromstring(drawn)
    assert "nan" not in drawn
    assert "inf" not in drawn
