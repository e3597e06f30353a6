"""The page of a backtest."""

import pytest

from include.retraining.report.backtest_page import TRAININGS_SHOWN, render_backtest
from include.retraining.results.backtest import Backtest, PolicyResult, Retraining
from include.retraining.results.performance import Estimate
from tests.report import diagnosed
from tests.report.page import Page
from tests.report.samples import changed, history, quiet, rejected, retrained, week

EVIL = "<script>alert('x')</script>"
WEEKS = tuple(week(number) for number in range(17))


def estimate(value, low, high):
    """A figure with its interval."""
    return Estimate(value=value, low=low, high=high, confidence=0.95, n=100)


def training(at, gain=None, **more):
    """One training at the end of a week."""
    made = {"promoted": gain is not None, "why": ("ROC AUC fell `far`.",), "rows": 98_210, "fits": 2, "seconds": 12.0}
    return Retraining(at=WEEKS[at].end, training_id=f"t{at}", gain=gain, **{**made, **more})


def policy(name, level, kind="policy", retrainings=(), **more):
    """A policy with the same figure in each week but the first."""
    figures = (None, *(level + 0.001 * number for number in range(16)))
    return PolicyResult(
        name=name, kind=kind, figures=figures, champions=("a",) * 17, mean=level + 0.0075,
        retrainings=tuple(retrainings), **more,
    )  # fmt: skip


def found(*policies, **more):
    """A backtest of these policies."""
    made = {"recommended": policies[0].name if policies else None, "text": "`declared`: enough is enough."}
    return Backtest(
        model="flight_delay", metric="roc_auc", greater_is_better=True, intervals=WEEKS, rows=(0, *[100] * 16),
        policies=policies, **{**made, **more},
    )  # fmt: skip


@pytest.fixture
def side_by_side():
    """Two policies and two rules."""
    gained, lost = estimate(0.03, 0.02, 0.04), estimate(0.001, -0.01, 0.012)
    return found(
        policy(
            "declared", 0.72, retrainings=[training(3, gained, delay=2), training(6), training(9, lost)],
            lead=estimate(0.0, 0.0, 0.0), captured=0.9,
        ),
        policy("default", 0.71, lead=estimate(-0.01, -0.02, -0.004), captured=0.5),
        policy("never", 0.69, "rule", lead=estimate(-0.03, -0.05, -0.01), captured=0.0),
        policy("always", 0.719, "rule", [training(n, lost) for n in range(16)], lead=estimate(-0.001, -0.01, 0.008)),
        budget=5,
    )  # fmt: skip


def test_the_recommendation_comes_first(side_by_side):
    """Then the figures of all policies: trainings, needless ones, how far behind, how late."""
    text = Page(render_backtest(side_by_side)).text
    assert text.index("Recommended: declared") < text.index("What each policy gained") < text.index("Behind the best")
    assert "Budget 5 trainings" in text
    row = text[text.index("declared recommended") :]
    assert row.startswith("declared recommended 0.727 best 90% 3 2 2 2 36 s")
    assert "−0.0100 −0.0200 to −0.0040 50% 0 0 0 – –" in text


def test_each_training_of_a_policy_is_told(side_by_side):
    """When, with what outcome, what it gained and why; those of rules are only counted."""
    text = Page(render_backtest(side_by_side)).text
    assert "Trainings of declared" in text
    assert "Trainings of always" not in text
    assert "promoted 0.0300 0.0200 to 0.0400 2 98,210 ROC AUC fell far ." in text
    assert "champion kept – – 98,210" in text


def test_the_chart_shows_lines_and_trainings(side_by_side):
    """A line for each policy but the base, and a triangle for each training by what came of it."""
    html = render_backtest(side_by_side)
    page = Page(html)
    lines = [found for tag, found in page.tags if tag == "path" and found["class"].startswith("policy ")]
    assert len(lines) == 3
    assert html.count('class="promoted"') == 1
    assert html.count('class="kept"') == 1
    assert html.count('class="unproven"') == 17


def test_an_error_is_drawn_with_less_as_a_gain():
    """The better policy's line rises, whichever way the metric points."""
    worse, better = policy("never", 0.5, "rule"), policy("declared", 0.3)
    html = render_backtest(
        found(worse, better).model_copy(update={"metric": "mae", "greater_is_better": False, "recommended": "declared"})
    )
    path = next(found["d"] for tag, found in Page(html).tags if tag == "path" and "policy" in found["class"])
    heights = [float(point.split(",")[1]) for point in path.removeprefix("M").split("L")]
    assert heights == sorted(heights, reverse=True)


def test_a_single_policy_is_told_interval_by_interval():
    """Without anything to compare with there is no chart, but each interval with decision and diagnosis."""
    outcomes = [
        changed(
            {"reject": rejected(), "retrain": retrained()}.get(point.action, quiet()),
            interval=point.interval, promoted=point.promoted,
            champion_id=point.champion_id, champion_version=point.champion_version,
        )
        for point in history()
    ]  # fmt: skip
    page = Page(render_backtest(found(policy("declared", 0.7)), outcomes))
    assert "What each policy gained" not in page.text
    assert page.text.count("Performance is steady and no column drifted.") == 13
    assert "2013-04-22 to 2013-04-29 reject version 1" in page.text
    text = Page(render_backtest(found(policy("declared", 0.7)), [diagnosed.healthy(), diagnosed.suspect_labels()])).text
    assert "none healthy" in text
    assert "hold labels suspect labels" in text


def test_many_trainings_do_not_hide_the_page():
    """The page lists the first ones and says how many more there are."""
    many = [training(n % 17, seconds=60.0) for n in range(TRAININGS_SHOWN + 7)]
    text = Page(render_backtest(found(policy("declared", 0.7, retrainings=many), policy("never", 0.6)))).text
    assert "7 more stand in the JSON file." in text
    assert "67.0 min" in text


def test_nothing_judged_is_said():
    """No figure, no line, no recommendation."""
    empty = PolicyResult(name="declared", kind="policy", figures=(None,) * 17, champions=(None,) * 17, mean=None)
    other = empty.model_copy(update={"name": "other"})
    text = Page(render_backtest(found(empty, other, recommended=None, text="No labels."))).text
    assert "No policy can be recommended" in text
    assert "No labels." in text


def test_names_and_reasons_are_escaped():
    """A policy file may be called anything."""
    bad = training(3, estimate(0.1, 0.0, 0.2), why=(EVIL,))
    html = render_backtest(found(policy(EVIL, 0.7, retrainings=[bad]), policy("never", 0.6), text=EVIL))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4
    Page(html)
