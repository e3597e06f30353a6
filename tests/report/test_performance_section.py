"""Measured beside estimated performance."""

from datetime import UTC, datetime

import pytest

from include.retraining.report.performance_section import estimate_section, gap_sentence, maturity_sentence
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.run import Delays, LabelMaturity
from tests.report.diagnosed import estimated, gap, healthy, steady
from tests.report.samples import changed, quiet


def test_estimate_is_marked_as_estimated():
    """A hollow mark with its assumption, beside holdout and measured figure."""
    found = estimate_section(healthy().performance)
    for part in ("holdout", "measured, on labels", "estimated, no labels", "dot estimated", "0.736 (0.711 to 0.761)"):
        assert part in found.drawing
    assert found.assumption.startswith("no concept drift")
    assert found.outside == "1.2% of the 6,671 rows lie where the reference has none"


@pytest.mark.parametrize("verdict", ["outside_reference", "not_estimable"])
def test_unreliable_estimate_is_a_sentence(verdict):
    """Only an estimate that may be relied on is drawn or kept for later charts."""
    outside = estimated(0.7, outside=0.4).model_copy(update={"verdict": verdict, "text": "Cannot be estimated."})
    found = estimate_section(steady(estimated=outside))
    assert (found.drawing, found.figure, found.text) == (None, None, "Cannot be estimated.")
    assert HistoryPoint.of(changed(quiet(), performance=steady(estimated=outside)), "x").estimated_value is None
    assert HistoryPoint.of(healthy(), "x").estimated_value == 0.7362


def test_no_estimate_leaves_nothing():
    """Neither heading nor drawing."""
    assert estimate_section(None) is None
    assert estimate_section(quiet().performance) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (gap(-0.041, 0.0011), "the relation between features and target changed, or labels are wrong"),
        (gap(0.041, 0.0011), "better than such rows explain"),
        (gap(-0.004, 0.7), "is what such rows let one expect"),
    ],
)
def test_gap_says_what_it_means(found, expected):
    """Only a gap for the worse and beyond chance points at concept or labels."""
    assert expected in gap_sentence(found)


def test_where_predictions_stand_is_one_sentence_without_empty_states():
    """Counts, share of those of age, and delays in days."""
    found = LabelMaturity(
        since=datetime(2025, 8, 1, tzinfo=UTC), pending=1050, joined=420, matured=1680, orphaned=0, excluded=3,
        delays=Delays(median=7.02, most=7.08, longest=21.0),
    )  # fmt: skip
    text = maturity_sentence(found)
    assert text.startswith("Of 3,153 predictions since 2025-08-01, 420 have their label, 1,050 are too young")
    assert "so old" not in text
    assert "Of those of age 20% are labelled." in text
    assert text.endswith("took 7.02 days (median), nine of ten 7.08, the longest 21.")
    young = found.model_copy(update={"joined": 0, "matured": 0, "delays": None})
    assert "of age" not in maturity_sentence(young)
    assert maturity_sentence(None) == ""
