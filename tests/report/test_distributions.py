"""A column then and now."""

from xml.etree import ElementTree as ET

import pytest

from include.retraining.report.distributions import draw_distribution
from include.retraining.results.drift import ColumnDrift, Distribution
from tests.report.samples import CARRIERS, categorical_column, column, numeric_column


def numeric(edges, reference, current):
    """A numeric column."""
    return column(Distribution(kind="numeric", edges=edges, reference=reference, current=current))


def categorical(**fields):
    """A categorical column."""
    return column(Distribution(kind="categorical", **fields))


def test_categories_are_paired_bars_with_their_shares():
    """Each category stands with both shares; the many small ones together."""
    drawn = draw_distribution(categorical_column("carrier", CARRIERS, drifted=True))
    assert "16.1% → 4.8%" in drawn
    assert "all others" in drawn
    assert drawn.count('class="now-area"') == 7


def test_what_has_no_name_is_one_bar_with_the_small_categories():
    """Forty categories, of which twelve are named: six bars and the rest, whose shares make up the whole."""
    shares = {f"category {rank}": (0.4 / 2**rank, 0.4 / 2**rank) for rank in range(12)}
    rest = 1 - sum(then for then, _ in shares.values())
    drawn = draw_distribution(categorical_column("c", {"other values": (rest, rest), **shares}, drifted=False))
    assert "other values" not in drawn
    others = 1 - 0.4 * sum(0.5**rank for rank in range(6))
    assert f"{others:.1%} → {others:.1%}" in drawn


def test_numbers_of_few_values_are_bars_with_their_shares():
    """Truth values and grades: a density would hide the shares."""
    drawn = draw_distribution(numeric((0, 0.5, 1), (0.8, 0.2), (0.6, 0.4)))
    assert "&lt; 0.5" in drawn
    assert "≥ 0.5" in drawn
    assert "20% → 40%" in drawn
    assert ">7<" in draw_distribution(numeric((7.0, 7.000000000000001), (1.0,), (1.0,)))


def test_category_names_are_escaped():
    """A category named like a script is text."""
    drawn = draw_distribution(categorical_column("c", {"<script>alert(1)</script>": (1.0, 1.0)}, drifted=False))
    assert "<script" not in drawn
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn


@pytest.mark.parametrize(
    "found",
    [
        numeric((-1.7e308, -1, 0, 1, 1.7e308), (0.25,) * 4, (0.25,) * 4),
        numeric((2.0, 2.0, 2.0, 2.0, 2.0), (0.25,) * 4, (0.25,) * 4),
        categorical(reference=(), current=()),
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
        numeric((0, 1, 2, 3, 4), (1.0, 0.0, 0.0, 0.0), (0.0,) * 4),
        numeric((-2e-12, -1e-12, 0, 1e-12, 2e-12), (0.25,) * 4, (0.7, 0.1, 0.1, 0.1)),
        numeric_column("temp", (48.0, 11.0), (77.0, 8.0), drifted=True),
        categorical(labels=("a",), reference=(0.0,), current=(0.0,)),
    ],
)
def test_drawings_are_sound(found):
    """Extreme columns give well-formed drawings without undefined coordinates."""
    drawn = draw_distribution(found)
    ET.fromstring(drawn)
    assert "nan" not in drawn
    assert "inf" not in drawn
