"""Figures with their intervals."""

from include.retraining.report.intervals import Row, draw_comparison, draw_intervals
from tests.report.samples import comparison, estimate, first


def test_champion_and_challenger_share_a_scale():
    """Both stand with figures; the gain stands against zero."""
    both, gain = draw_comparison(comparison())
    assert "champion" in both
    assert "0.749 (0.740 to 0.758)" in both
    assert "no difference" in gain
    assert "0.0477 (0.0396 to 0.0558)" in gain


def test_first_challenger_stands_alone():
    """Without a champion there is no gain to draw."""
    both, gain = draw_comparison(first().comparison)
    assert "challenger" in both
    assert ">champion<" not in both
    assert gain is None


def test_reference_is_marked_and_names_are_escaped():
    """A row may carry a mark to compare with; its label is text."""
    drawn = draw_intervals([Row("origin = <b>", estimate(0.7), reference=0.74), Row("JFK", estimate(0.7))], "by origin")
    assert drawn.count('class="mark"') == 1
    assert "origin = &lt;b&gt;" in drawn


def test_figures_without_spread_are_drawn():
    """Intervals of no width, even at zero, have a place."""
    assert "nan" not in draw_intervals([Row("a", estimate(0.0, half=0.0))], "a")
