"""What a change of the metric is made of."""

import re
from xml.etree import ElementTree as ET

import pytest

from include.retraining.report.attribution_chart import attribution_sentence, draw_attribution, parts
from tests.report.diagnosed import attribution


def bars(drawn):
    """Class, left edge and width of every bar."""
    found = [node for node in ET.fromstring(drawn).iter() if "bar" in (node.get("class") or "").split()]
    return [(node.get("class").removeprefix("bar "), float(node.get("x")), float(node.get("width"))) for node in found]


def test_bars_reach_from_zero_and_keep_their_proportion():
    """Lengths are as the figures; what made it worse lies left where more is better."""
    found = bars(draw_attribution(attribution(-0.02, -0.04)))
    assert [kind for kind, _, _ in found] == ["lost", "lost", "by-chance", "lost"]
    assert found[1][2] / found[0][2] == pytest.approx(2, rel=0.02)
    assert {round(left + width) for _, left, width in found} == {round(found[0][1] + found[0][2])}


def test_sides_are_named_by_the_metric():
    """Where less is better, the right side is the worse one."""
    assert "worse →" not in draw_attribution(attribution(-0.02, 0.0))
    loss = attribution(0.02, 0.01).model_copy(update={"greater_is_better": False})
    assert "worse →" in draw_attribution(loss)
    assert [kind for kind, _, _ in bars(draw_attribution(loss))][:2] == ["lost", "lost"]


def test_labels_have_a_bar_only_where_some_are_suspect():
    """No suspect label, no part."""
    assert "labels" not in parts(attribution(-0.02, 0.0))
    assert "suspect labels" in draw_attribution(attribution(0.0, 0.0, labels=-0.03))


def test_nothing_told_apart_is_nothing_drawn():
    """Without enough rows there is only a text."""
    bare = attribution(0.0, 0.0).model_copy(
        update={"verdict": "not_enough", "total": None, "data": None, "concept": None, "labels": None, "noise": None}
    )
    assert draw_attribution(bare) is None
    assert attribution_sentence(bare) == ""


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (attribution(-0.002, -0.039), "Nearly all of it comes from a changed relation (−0.039)."),
        (attribution(-0.045, 0.0), "Nearly all of it comes from inputs that moved (−0.045)."),
        (attribution(0.01, -0.05), "All of it, and more, comes from a changed relation"),
        (attribution(-0.01, -0.02), "Most of it comes from a changed relation"),
        (attribution(-0.01, -0.01, labels=-0.01), "no single cause accounts for most of it."),
        (attribution(0.0, 0.0), "no more than chance does."),
    ],
)
def test_sentence_names_what_most_is_due_to(found, expected):
    """The largest part in the direction of the change, told as large as it is."""
    assert expected in attribution_sentence(found)


def test_figures_have_room():
    """No figure runs out of the drawing."""
    drawn = draw_attribution(attribution(-0.045, -0.012))
    width = float(re.search(r'viewBox="0 0 (\d+)', drawn).group(1))
    nodes = [node for node in ET.fromstring(drawn).iter() if node.tag.endswith("text")]
    figures = [node for node in nodes if node.get("text-anchor") == "start"]
    assert len(figures) == 5
    assert all(float(node.get("x")) + 6.8 * len(node.text) <= width for node in figures)
