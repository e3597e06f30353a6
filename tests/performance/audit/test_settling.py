"""Findings go on from interval to interval, until labels made again settle them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.audit.rows import AuditRows
from include.retraining.performance.audit.settling import MadeAgain, conclude, settle_findings
from include.retraining.results.audit import HeldLabels, LabelAudit, Settled

MOMENT = datetime(2025, 1, 1, tzinfo=UTC)
N = 60
OFF = 5.0  # how far the labels of a wrong finding are off, where residuals vary by 1


def rows(first=0, n=N, task="regression"):
    """Rows with keys from `first` on; their labels are 0, or class 1."""
    prediction = np.random.default_rng(0).normal(size=n) if task == "regression" else np.full(n, 0.5)
    y = np.zeros(n) if task == "regression" else np.ones(n, dtype=int)
    times = pd.date_range(MOMENT, periods=n, freq="h")
    return AuditRows(
        np.arange(first, first + n), times, pd.DataFrame(index=range(n)), pd.DataFrame(), y, prediction, task
    )


def finding(keys, since=MOMENT, **fields):
    """Labels that one finding holds."""
    return HeldLabels(
        reason="offset", source=None, since=since, until=MOMENT, keys=tuple(keys), evidence=(), text="They are off.",
        **fields,
    )  # fmt: skip


def judge(found, again, **options):
    """Settle findings on rows of keys 0 to 59."""
    return settle_findings(found, rows(**options), rows(n=400, **options), again, 1)


def new(keys, value=OFF):
    """Labels made again."""
    return dict.fromkeys(keys, value)


def test_nothing_made_again_is_asked_for():
    """Twenty, the same on each look."""
    (found,), waiting = judge([finding(range(40))], MadeAgain())
    assert (len(found.asked), found.settled, found.outcome, waiting) == (20, None, "undecided", ())
    (later,), _ = judge([finding(range(50))], MadeAgain(earlier=(found,)))
    assert later.asked == found.asked


def test_a_finding_keeps_the_labels_that_left_the_window():
    """As long as it shares labels with the earlier one; another finding does not take them over."""
    before = finding(range(-30, 10), since=MOMENT - timedelta(days=3))
    again = MadeAgain(recorded=dict.fromkeys(range(-30, 0), 0.0), earlier=(before,))
    (same, other), waiting = judge([finding(range(20)), finding(range(30, 50))], again)
    assert (same.keys, same.since) == (tuple(range(-30, 20)), before.since)
    assert (other.keys, other.since, waiting) == (tuple(range(30, 50)), MOMENT, ())


def test_labels_that_left_the_window_wait_and_are_settled_together():
    """Those still looked at are free when nothing is found; those gone wait, until they are settled and no longer."""
    before = finding(range(-30, 10))
    recorded = dict.fromkeys(range(-30, 0), 0.0)
    _, (waiting,) = judge([], MadeAgain(recorded=recorded, earlier=(before,)))
    assert waiting.keys == tuple(range(-30, 0))
    assert len(waiting.asked) == 20
    _, (settled,) = judge([], MadeAgain(new(waiting.asked), recorded, (waiting,)))
    assert (settled.outcome, settled.asked) == ("confirm", ())
    assert judge([], MadeAgain(recorded=recorded, earlier=(settled,))) == ((), ())


def test_what_is_wrong_is_remembered_until_the_contrary_is_measured():
    """Wrong labels take the new value where there is one; a later release frees those of its finding."""
    (found,), _ = judge([finding(range(40))], MadeAgain(new(range(20))))
    again = MadeAgain(new(range(20)), confirmed=frozenset({-1}))
    wrong = again.wrong([found])
    assert wrong == {-1, *range(40)}
    y = again.corrected(np.arange(60), np.zeros(60), wrong)
    assert y.tolist() == [OFF] * 20 + [0.0] * 40
    (cleared,), _ = judge([finding(range(40))], MadeAgain(new(range(20), 0.0)))
    assert MadeAgain(confirmed=wrong).wrong([cleared]) == {-1}


def test_classes_are_settled_by_how_many_differ():
    """Without any measure of repeatability."""
    for value, outcome in ((0.0, "confirm"), (1.0, "release")):
        (found,), _ = judge([finding(range(40))], MadeAgain(new(range(20), value)), task="binary_classification")
        assert found.outcome == outcome


@pytest.mark.parametrize(("outcomes", "verdict", "capped", "held"), [
    (("undecided",), "suspect", True, 1),
    (("confirm",), "suspect", False, 1),
    (("release",), "none", False, 0),
    (("release", "undecided"), "suspect", True, 1),
    (("release", "confirm"), "suspect", False, 1),
])  # fmt: skip
def test_what_is_measured_asks_no_person(outcomes, verdict, capped, held):
    """Settled findings need no decision; those still open do, and what was measured is said."""
    judged = [
        finding(
            [number],
            settled=Settled(outcome=outcome, compared=20, statistic=None, p_value=None, text=f"Measured: {outcome}."),
        )
        for number, outcome in enumerate(outcomes)
    ]
    audit = LabelAudit(verdict="suspect", capped=True, labels=N, held=tuple(judged), text="They are off. Ask a person.")
    found = conclude(audit, judged)
    assert (found.verdict, found.capped, len(found.held)) == (verdict, capped, held)
    assert len(found.released) == len(outcomes) - held
    decided = [outcome for outcome in outcomes if outcome != "undecided"]
    assert all(f"Measured: {outcome}." in found.text for outcome in decided)
    assert ("Ask a person." in found.text) is capped
