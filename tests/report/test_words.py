"""Plain words and figures."""

import pytest

from include.retraining.report import words
from include.retraining.results.performance import Estimate
from include.retraining.results.training import Decision, Reason
from tests.report.samples import changed, first, quiet, rejected, retrained


def acting(action):
    """A decision for an action."""
    return Decision(action=action, reasons=(Reason(code="made_up", text="Because."),))


KEPT = changed(retrained(), promoted=False)
DRY = {"launch": retrained().launch.model_copy(update={"dry_run": True}), "promoted": False}


@pytest.mark.parametrize(
    ("outcome", "expected", "tone"),
    [
        (retrained(), "Retrained: version 4 promoted", "good"),
        (changed(retrained(), challenger_version=None), "Retrained: the challenger promoted", "good"),
        (changed(retrained(), decision=acting("update")), "Updated: version 4 promoted", "good"),
        (first(), "First model trained: version 1 promoted", "good"),
        (changed(first(), promoted=False), "First model trained, not promoted", "attention"),
        (KEPT, "Challenger trained, champion kept", "attention"),
        (changed(KEPT, training=None), "Retraining was decided, but no challenger was trained", "attention"),
        (changed(retrained(), **DRY), "Dry run: challenger trained, not promoted", "attention"),
        (changed(retrained(), **DRY, training=None), "Dry run: it would retrain", "attention"),
        (quiet(), "Nothing to do", "calm"),
        (rejected(), "Rejected: the data is damaged", "bad"),
        (changed(quiet(), decision=acting("watch")), "Watch: something moved, no reason to retrain yet", "attention"),
        (changed(quiet(), decision=acting("hold_labels")), "Labels held until someone looks at them", "attention"),
        (changed(quiet(), decision=acting("ask")), "A person has to decide", "attention"),
    ],
)
def test_headline_says_what_was_decided_and_done(outcome, expected, tone):
    """Each path of a run has its own line and its own urgency."""
    assert words.headline(outcome) == expected
    assert words.tone(outcome) == tone


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (0.7, "0.7"),
        (0.69412, "0.694"),
        (0.0479, "0.0479"),
        (1.0, "1"),
        (12.3456, "12.35"),
        (-999.96, "−1,000"),
        (123456.7, "123,457"),
        (3.2e11, "3.2e+11"),
        (-0.00001234, "−1.23e-05"),
        (None, "–"),
    ],
)
def test_number_keeps_the_digits_that_count(value, expected):
    """Neither false precision nor lost digits, at any size."""
    assert words.number(value) == expected


def test_numbers_of_one_scale_share_their_decimals():
    """Ticks line up; very small ones stay as they are."""
    assert words.numbers([0.0, 0.25, 0.5]) == ["0.00", "0.25", "0.50"]
    assert words.numbers([1000.0, 2000.0]) == ["1,000", "2,000"]
    assert words.numbers([0.0, 1e-6]) == ["0", "1e-06"]
    assert words.numbers([]) == []


def test_estimate_shows_its_interval():
    """Figure and bounds share their decimals; a missing one is a dash."""
    assert words.estimate(Estimate(value=12.0, low=11.5, high=12.5, confidence=0.9, n=3)) == "12.00 (11.50 to 12.50)"
    near_zero = Estimate(value=0.0029, low=-0.0172, high=0.023, confidence=0.95, n=3)
    assert words.estimate(near_zero) == "0.0029 (−0.0172 to 0.0230)"
    assert words.estimate(None) == "–"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0%"), (1.0, "100%"), (0.0001, "<0.1%"), (0.9999, ">99.9%"), (0.989, "98.9%"), (0.05, "5%"), (None, "–")],
)
def test_share_never_rounds_to_none_or_all(value, expected):
    """A few rows are not shown as no row, nor almost all as all."""
    assert words.share(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.0, "<0.0001"), (0.04321, "0.043"), (1.0, "1"), (None, "–")])
def test_p_value_has_no_false_precision(value, expected):
    """Tiny p-values are bounded, others have two digits."""
    assert words.p_value(value) == expected


def test_names_are_written_as_people_write_them():
    """Metrics, columns, expectations and champions have readable names."""
    assert words.metric_name("roc_auc") == "ROC AUC"
    assert words.metric_name("my_profit") == "my profit"
    assert words.column_name("__prediction") == "prediction"
    assert words.expectation_name("expect_column_values_to_be_unique") == "values to be unique"
    assert words.champion_name("3", "20130805T000000Z_4d") == "version 3"
    assert words.champion_name(None, "20130805T000000Z_4d") == "20130805"
    assert words.champion_name(None, None) == "none"
