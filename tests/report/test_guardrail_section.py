"""Guardrails in the report and in the question to the person who approves."""

from include.retraining.report.approval import approval_question
from include.retraining.report.guardrail_section import guardrail_section
from include.retraining.report.html import render_report
from include.retraining.report.words import headline
from include.retraining.results.guardrails import Guardrail
from tests.model_samples import make_spec
from tests.report import samples


def test_a_broken_guardrail_is_the_headline():
    """The page names segment, verdict and limit, and marks the veto."""
    page = render_report(samples.refused(), ())
    assert headline(samples.refused()) == "Challenger better on the whole, but it breaks a guardrail"
    for said in (
        "Does it break anything?",
        "In 1 of 3 segments it is worse beyond doubt",
        "origin = EWR (broken)",
        "promotion.segment_tolerance",
        "not judged",
        "speaks against",
    ):
        assert said in page


def test_guardrails_that_hold_are_told_too():
    """With size and prediction time, declared or not."""
    page = render_report(samples.retrained(), ())
    assert "In none of 3 segments is it worse" in page
    assert "1.23 MB stored, 12.3 ms to predict 1,000 rows" in page
    assert "It weighs 1.23 MB; no limit is declared." in page
    assert headline(samples.retrained()) == "Retrained: version 4 promoted"


def test_a_failed_gate_is_no_broken_guardrail():
    """Where the gain is not proven either, the headline stays with that."""
    outcome = samples.refused()
    doubt = outcome.comparison.reasons[0].model_copy(update={"veto": True})
    found = outcome.comparison.model_copy(update={"reasons": (doubt, *outcome.comparison.reasons[1:])})
    assert headline(samples.changed(outcome, comparison=found)) == "Challenger trained, champion kept"


def test_many_segments_are_cut_short():
    """The worst are shown; the record has the others."""
    many = tuple(samples.segments()[0].model_copy(update={"value": str(n)}) for n in range(20))
    section = guardrail_section(samples.comparison().model_copy(update={"segments": many}))
    assert section.left_out == 8
    assert guardrail_section(None) is None
    assert guardrail_section(samples.comparison().model_copy(update={"guardrails": ()})) is None


def question(comparison):
    """The question about a comparison."""
    outcome = samples.retrained()
    return approval_question(
        make_spec(),
        outcome.interval,
        decision=outcome.decision,
        training=outcome.training,
        comparison=comparison,
        versions=("3", "4"),
        links={},
    )["body"]


def test_who_approves_sees_the_segments_worst_first():
    """With rows, gain and interval; names from the data are no Markdown."""
    body = question(samples.comparison())
    assert "**What it does not break**" in body
    assert "- Segments: In none of 3 segments" in body
    assert "- Size: It weighs 1.23 MB" in body
    assert "not judged" not in body.lower()
    worst, best = body.index("| origin = EWR | 4,100 |"), body.index("| origin = LGA | 4,100 |")
    assert worst < best
    odd = samples.segments()[0].model_copy(update={"value": "A|B"})
    assert r"origin = A\|B" in question(samples.comparison().model_copy(update={"segments": (odd,)}))


def test_without_guardrails_nothing_is_said_of_them():
    """No champion, no limits."""
    silent = (Guardrail(name="size", verdict="not_judged", text="The size of this model was not measured."),)
    body = question(samples.comparison().model_copy(update={"guardrails": silent, "segments": ()}))
    assert "What it does not break" not in body
