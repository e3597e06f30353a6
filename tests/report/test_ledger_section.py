"""Who reigned when, who approved, and how a new champion did beside the one before."""

import pytest

from include.retraining.report.html import render_report, render_rollback
from include.retraining.report.ledger_section import SHOWN, ledger_rows, rollback_headline
from include.retraining.report.words import headline, tone
from include.retraining.results.succession import Ruling
from tests.report import successions
from tests.report.samples import changed, history, retrained
from tests.report.successions import answered, entry, ledger, watch
from tests.report.test_html import EVIL, Page

LATEST = ledger()[-1]


def test_the_ledger_is_a_table_newest_first():
    """From whom to whom, by whom and when; the entry in force is marked, and only the last ones are shown."""
    rows = ledger_rows(ledger())
    assert [row.number for row in rows] == [17, 9, 1]
    assert [row.change for row in rows] == ["version 3 → version 1", "version 1 → version 3", "version 1, the first"]
    assert (rows[1].by, rows[1].decided) == ("ann", "2013-06-10 02:00 UTC")
    assert [row.reigns for row in rows] == [True, False, False]
    many = [entry(number, f"t{number}", f"t{number - 1}") for number in range(1, 30)]
    assert len(ledger_rows(many)) == SHOWN
    assert ledger_rows(()) == []


def test_a_rollback_is_told_at_the_top_and_proven_below():
    """The headline, the figures of both models, the mark in the timeline and the ledger."""
    outcome = successions.rolled_back()
    html = render_report(outcome, history(), ledger=ledger())
    text = Page(html).text
    assert text.index("Rolled back: version 1 reigns again") < text.index("Is the new champion better")
    assert "On the same 5,800 rows the champion lost" in text
    assert "−0.0300 (−0.0500 to −0.0100)" in text
    assert 'class="fallen"' in html
    assert text.index("Who reigned when?") < text.index("Provenance")
    assert tone(outcome) == "attention"
    assert "another change came first" in headline(successions.outrun())


def test_a_champion_that_holds_is_shown_too():
    """The watch has a section of its own, without a headline."""
    text = Page(render_report(changed(retrained(), watch=watch(lost=False)), ())).text
    assert "On the same 5,800 rows the champion holds" in text
    assert "Who reigned when?" not in text


@pytest.mark.parametrize(
    ("outcome", "said", "below"),
    [
        (answered("approved", "ann"), "Retrained: version 4 promoted", "Approved by ann, 2013-08-05 00:00 UTC: “seen”"),
        (answered("rejected", "ann"), "Challenger better, but rejected by ann", "Rejected by ann"),
        (answered("timed_out", None), "Challenger better, but nobody approved it in time", "Nobody answered in time"),
        (
            changed(retrained(), promoted=False, ruling=successions.superseded()),
            "Challenger better, but the champion changed meanwhile",
            "Somebody else reigns by now.",
        ),
    ],
)
def test_why_a_better_challenger_was_promoted_or_not(outcome, said, below):
    """Approval, rejection, time-out and a change that came first are told apart."""
    text = Page(render_report(outcome, ())).text
    assert said in text
    assert below in text


@pytest.mark.parametrize(
    ("ruling", "said"),
    [
        (Ruling(entry=LATEST), "Rolled back to version 1"),
        (None, "Dry run: it would roll back to version 1"),
        (successions.superseded(), "Not rolled back: the champion changed meanwhile"),
    ],
)
def test_a_rollback_by_hand_has_a_page(ruling, said):
    """What came of it, who asked, and the ledger; text from people is escaped."""
    asked = LATEST.model_copy(update={"decided_by": EVIL, "run_id": EVIL})
    html = render_rollback("flights", asked, ruling, ledger=ledger(), links={"Airflow run": "http://x/"})
    page = Page(html)
    assert "<script" not in html
    assert said in page.text
    assert rollback_headline(asked, ruling) == said
    assert "version 1 → version 3" in page.text
