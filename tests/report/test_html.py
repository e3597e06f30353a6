"""Whole pages."""

import re

import pytest

from include.retraining.report.html import drift_report, render_report
from include.retraining.results.audit import Settled
from include.retraining.results.concept import ConceptResult
from include.retraining.results.drift import DriftResult, Finding
from include.retraining.results.outcome import HistoryPoint
from include.retraining.results.performance import SegmentPerformance
from tests.report import diagnosed, samples, successions
from tests.report.page import Page
from tests.report.samples import categorical_column, changed, estimate, history, quiet, rejected, retrained, week

EVIL = "<script>alert('x')</script>"

PAGES = {
    "retrained": lambda: render_report(retrained(), history()),
    "refused by a guardrail": lambda: render_report(samples.refused(), history()),
    "quiet": lambda: render_report(quiet(), history()),
    "rejected": lambda: render_report(rejected(), history()),
    "first": lambda: render_report(samples.first(), ()),
    "nothing read": lambda: render_report(changed(rejected(), snapshot=None, champion_id=None), ()),
    "healthy": lambda: render_report(diagnosed.healthy(), diagnosed.past()),
    "harmful": lambda: render_report(diagnosed.harmful(), diagnosed.past()),
    "local": lambda: render_report(diagnosed.local_concept(), diagnosed.past()),
    "suspect": lambda: render_report(diagnosed.suspect_labels(), diagnosed.past()),
    "capped": lambda: render_report(diagnosed.suspect_labels(capped=True, held=False), ()),
    "rolled back": lambda: render_report(successions.rolled_back(), history(), ledger=successions.ledger()),
    "rejected by a person": lambda: render_report(successions.answered("rejected", "ann"), history()),
    "broken": lambda: render_report(diagnosed.diagnosed(rejected()), ()),
    "drift": lambda: drift_report(samples.drift(), title="July"),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_stand_alone(name):
    """Well-formed, and without scripts, styles, fonts or images from elsewhere."""
    html = PAGES[name]()
    page = Page(html)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert "url(" not in html
    assert "@import" not in html
    assert "None" not in page.text.replace("None of", "")
    assert "nan" not in re.sub(r"[a-z]{4,}", "", page.text.lower()).split()


def test_report_begins_with_verdict_and_reasons():
    """Model, interval, what was done, and why, vetoes marked, come before any figure."""
    text = Page(render_report(retrained(), history())).text
    places = [
        text.index(part) for part in ("flight_delay ·", "Retrained: version 4 promoted", "beyond the tolerance", "Rows")
    ]
    assert places == sorted(places)
    assert "0.0479 against 0.0371, 5% of the holdout's 0.742" in text
    assert "speaks against The champion is only 56 days old." in text


def test_report_shows_the_key_figures():
    """Rows, quarantine, join rate, drifted columns and the metric with its interval."""
    text = Page(render_report(retrained(), history())).text
    for figure in ("6,739", "68 quarantined (1%)", "98.9% found their row", "4 of 7", "0.675 to 0.713, holdout 0.742"):
        assert figure in text


def test_rejected_report_is_complete_and_honest():
    """A rejected batch shows its failed checks first and does not pretend to know the rest."""
    text = Page(render_report(rejected(), history())).text
    assert text.index("Is the data sound?") < text.index("Does the champion still perform?")
    assert text.index("every value lies above 6,000") < text.index("no duplicate")
    assert "rejected data says nothing about the champion" in text
    assert "rejected data raises no drift alarm" in text
    assert samples.SHA in text


def test_first_report_says_that_there_was_no_champion():
    """The first run compares with nothing and says so."""
    text = Page(render_report(samples.first(), ())).text
    assert "there was no champion to judge" in text
    assert "What was trained?" in text
    assert "Is the challenger better?" not in text


def test_history_ends_with_this_interval():
    """Points of this interval and of later ones, left by an earlier try, are not drawn."""
    later = tuple(HistoryPoint.of(changed(quiet(), interval=week(number)), folder="x") for number in (17, 18, 19))
    once, again = (render_report(retrained(), points) for points in (history(), (*later, *history())))
    assert once == again


def test_only_web_addresses_become_links():
    """An address that would run something is left out."""
    links = {"Airflow run": "https://airflow.example.org/dags/x?a=1&b=2", "Odd": "javascript:alert(1)", "None": ""}
    html = render_report(retrained(), (), links=links)
    found = [attributes["href"] for tag, attributes in Page(html).tags if tag == "a"]
    assert found == ["https://airflow.example.org/dags/x?a=1&b=2"]
    assert "javascript:" not in html


def test_everything_from_data_is_escaped():
    """Names of columns, categories, segments, files and models are text, wherever they stand."""
    finding: Finding = samples.finding(EVIL, 0.5, drifted=True, text=EVIL)
    bad = categorical_column(EVIL, {EVIL: (0.5, 0.9), "b": (0.5, 0.1)}, drifted=True)
    drift = samples.drift().model_copy(
        update={"columns": (bad.model_copy(update={"findings": (finding,)}),), "correction": EVIL}
    )
    performance = samples.performance().model_copy(
        update={
            "text": EVIL,
            "metrics": {EVIL: samples.estimate(0.5)},
            "segments": (SegmentPerformance(column=EVIL, value=EVIL, n=3, realised=estimate(0.7)),),
        }
    )
    check = samples.checks(damaged=True)[0].model_copy(update={"column": EVIL, "message": EVIL, "expectation": EVIL})
    validation = retrained().validation.model_copy(update={"checks": (check,), "reasons": (EVIL,)})
    outcome = changed(
        retrained(), model=EVIL, drift=drift, performance=performance, validation=validation, champion_version=EVIL
    )
    outcome = changed(outcome, launch=outcome.launch.model_copy(update={"run_id": EVIL}))
    point = history()[9].model_copy(update={"drifted_columns": (EVIL,), "champion_version": EVIL})
    pages = [
        render_report(outcome, (point,), links={EVIL: f"http://x/{EVIL}"}),
        drift_report(drift, title=EVIL),
    ]
    for html in pages:
        assert "<script" not in html
        assert "&lt;script&gt;" in html
        Page(html)


def test_segments_are_ranked_by_their_change():
    """The segment that lost most stands first, also where less is better."""
    html = render_report(retrained(), ())
    assert html.index("origin = EWR") < html.index("origin = JFK") < html.index("origin = LGA")
    turned = samples.performance().model_copy(update={"greater_is_better": False})
    html = render_report(changed(retrained(), performance=turned), ())
    assert html.index("origin = LGA") < html.index("origin = JFK") < html.index("origin = EWR")


def test_many_columns_stay_readable():
    """Hundreds of columns: a dozen drawn, steady ones folded, and the cut is said."""
    bad = [samples.numeric_column(f"bad_{n}", (0.0, 1.0), (2.0, 1.0), drifted=True) for n in range(20)]
    calm = [samples.numeric_column(f"calm_{n}", (0.0, 1.0), (0.0, 1.0), drifted=False) for n in range(300)]
    result: DriftResult = samples.drift().model_copy(update={"columns": (*bad, *calm)})
    page = Page(drift_report(result, title="wide"))
    assert sum(tag == "figure" for tag, _ in page.tags) == 12
    assert "20 of 320 columns drifted" in page.text
    assert "175 more steady columns" in page.text
    assert "120 columns with smaller changes are not listed" in page.text


def test_drift_report_without_drift_shows_the_largest_changes():
    """A calm check says so and still shows something to look at."""
    page = Page(drift_report(samples.drift(drifted=False), title="June against May"))
    assert "No change beyond chance" in page.text
    assert "Nothing drifted: none of 7 columns changed" in page.text
    assert sum(tag == "figure" for tag, _ in page.tags) == 3
    assert "wind_gust" in page.text


def with_relations(*relations):
    """The sample check with relations between columns beside its seven columns."""
    result = samples.drift()
    return result.model_copy(update={"columns": (*result.columns, *relations)})


def test_relations_have_a_place_of_their_own_and_are_no_columns():
    """Each is a sentence with its columns; neither the count of columns nor the table knows them."""
    turned = samples.finding("temp and humid", 0.6, drifted=True, text="rank correlation 0.70 before, 0.10 now")
    calm = samples.finding("all features together", 0.1, drifted=False, text="AUC", test="domain_classifier")
    result = with_relations(
        samples.relation("temp and humid", turned.model_copy(update={"test": "correlation", "role": "relation"})),
        samples.relation("all features together", calm.model_copy(update={"role": "relation"})),
    )
    report = changed(retrained(), drift=result)
    for html in (drift_report(result, title="July"), render_report(report, ())):
        page = Page(html)
        assert "4 of 7 columns drifted, and 1 relation between columns." in page.text
        between = page.text[page.text.index("Between columns") :]
        assert "their rank correlation fell from 0.7 to 0.1." in between
        assert "temp and humid" not in re.sub(
            "<code>|</code>", "", html[html.index("<table>", html.index("Between")) :]
        )
        assert sum(tag == "figure" for tag, _ in page.tags) == 4
    page = Page(render_report(report, ()))
    assert "Drifted columns 4 of 7" in page.text


def test_a_column_that_cannot_be_drawn_is_still_told():
    """All values gone: no distribution, but the sentence stands."""
    gone = samples.finding(
        "gust", 1.0, drifted=True, text="nulls: 0.0% of the rows before, 100.0% now", test="null_rate"
    )
    lost = samples.numeric_column("gust", (0.0, 1.0), (0.0, 1.0), drifted=True)
    lost = lost.model_copy(update={"findings": (gone,), "distribution": None})
    page = Page(drift_report(samples.drift().model_copy(update={"columns": (lost,)}), title="July"))
    assert "The share of missing values rose from 0% to 100%." in page.text
    assert sum(tag == "figure" for tag, _ in page.tags) == 1


def test_missing_values_are_shown_where_there_are_any():
    """Their share then and now stands below the drawing."""
    assert "missing: 0.4% → 1.2%" in Page(drift_report(samples.drift(), title="July")).text


def test_earlier_drift_is_drawn_beside_this_one_and_later_drift_is_not():
    """One small chart for each column; what came later, from an earlier try, is left out."""
    earlier = [(week(number), samples.drift(drifted=number > 14)) for number in range(12, 17)]
    later = [(week(number), samples.drift()) for number in (17, 18)]
    html = render_report(retrained(), (), past_drift=earlier)
    assert html == render_report(retrained(), (), past_drift=[*later, *reversed(earlier)])
    assert html.count("normal variation") == 4
    assert "over 6 intervals" in html
    assert "It has drifted in 3 intervals in a row, since 2013-07-15." in Page(html).text
    assert "normal variation" not in render_report(retrained(), ())


def test_drifted_columns_beyond_the_drawings_keep_their_sentence():
    """Thirty drifted columns: twelve drawn, eighteen told."""
    bad = [samples.numeric_column(f"bad_{n}", (0.0, 1.0), (2.0, 1.0), drifted=True) for n in range(30)]
    page = Page(drift_report(samples.drift().model_copy(update={"columns": tuple(bad)}), title="wide"))
    also = page.text[page.text.index("Also drifted") : page.text.index("p-value")]
    assert also.count("of its values lie elsewhere") == 18


def test_diagnosis_stands_under_the_headline():
    """What is the matter, where, since when and how sure come before any figure."""
    text = Page(render_report(diagnosed.local_concept(), ())).text
    parts = (
        "Watch: retraining is called for, but held back",
        "The diagnosis: local concept drift, high confidence.",
        "Concept drift in one part of the rows: origin = Ethiopia",
        "Since about 2013-07-20",
        "How sure High",
        "What to do Retrain on rows since the change",
        "Speaks for it",
        "Labels arrived",
        "Why did performance change?",
        "Where it changed",
        "Can the labels be trusted?",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_held_labels_can_be_released():
    """What is held, that it is kept out, and how to let it count again."""
    text = Page(render_report(diagnosed.suspect_labels(), ())).text
    assert "118 labels are held: they count neither towards the error nor for training, and none is deleted." in text
    assert "Release held labels" in text
    assert "6,188 98.9% found their row; 118 of the recent ones held" in text
    assert "A question to a person" not in text
    assert "do not look wrong any more" not in text
    over = diagnosed.suspect_labels()
    over = changed(over, concept=over.concept.model_copy(update={"ongoing": False}))
    assert "The newest labels do not look wrong any more." in Page(render_report(over, ())).text


def test_a_capped_finding_is_a_question():
    """So many suspects are proposed, not held."""
    text = Page(render_report(diagnosed.suspect_labels(capped=True, held=False), ())).text
    assert "A person has to decide: are these labels right?" in text
    assert "A question to a person: are these labels wrong, or did the world change?" in text
    assert "None of them is kept out of the error or of training so far." in text
    assert "Release held labels" not in text


def test_errors_that_nothing_explains_accuse_no_label():
    """Errors rose, and the audit finds no fault: title and headline ask what happened, not which labels are wrong."""
    asked = diagnosed.suspect_labels(capped=True, held=False)
    clean = asked.concept.audit.model_copy(update={"verdict": "none", "capped": False, "held": ()})
    text = Page(render_report(changed(asked, concept=asked.concept.model_copy(update={"audit": clean})), ())).text
    assert "A person has to decide: what made these errors rise?" in text
    assert "Errors that the features do not explain" in text
    assert "Labels that look wrong" not in text
    assert "are these labels right?" not in text


def test_samples_to_be_measured_again_are_named():
    """Their keys, and where the list lies; then what came of it, also for findings cleared or still waiting."""
    outcome = diagnosed.suspect_labels()
    (found,) = outcome.concept.audit.held

    def page(held=(), released=(), waiting=()):
        audit = outcome.concept.audit.model_copy(update={"held": held, "released": released})
        concept = outcome.concept.model_copy(update={"audit": audit, "waiting": waiting})
        return Page(render_report(changed(outcome, concept=concept), ())).text

    asked = found.model_copy(update={"asked": (3, EVIL, 17)})
    for text in (page(held=(asked,)), page(waiting=(asked,))):
        assert f"Please have these 3 samples measured again (station = 7): 3, {EVIL}, 17" in text
        assert "relabel.csv" in text
    assert "are not looked at any more" in text
    for outcome_of, place in (("confirm", "held"), ("release", "released"), ("confirm", "waiting")):
        answer = Settled(outcome=outcome_of, compared=20, statistic=3.1, p_value=1e-4, text="Of 20 labels made again …")
        text = page(**{place: (found.model_copy(update={"settled": answer}),)})
        assert "Of 20 labels made again …" in text
        assert "relabel.csv" not in text


def test_without_examination_there_are_no_empty_headings():
    """Outcomes of earlier versions have neither diagnosis nor estimate nor concept."""
    text = Page(render_report(quiet(), history())).text
    for heading in ("How sure", "labels are still missing?", "Why did performance", "Has the relation", "be trusted?"):
        assert heading not in text
    few = changed(quiet(), concept=ConceptResult(labels=12, text="12 labels; 30 are needed to examine them."))
    text = Page(render_report(few, ())).text
    assert "Can the labels be trusted? 12 labels; 30 are needed to examine them." in text
    assert "Has the relation" not in text


def test_findings_on_labels_are_escaped():
    """Regions, sources, features and sentences are text."""
    concept = diagnosed.suspect_labels().concept
    held = concept.audit.held[0].model_copy(update={"source": EVIL})
    local = diagnosed.local_part(EVIL)
    local = local.model_copy(
        update={"evidence": EVIL, "relations": (local.relations[0].model_copy(update={"feature": EVIL}),)}
    )
    cause = diagnosed.attribution(-0.01, -0.04)
    cause = cause.model_copy(update={"features": (cause.features[0].model_copy(update={"feature": EVIL}),)})
    concept = concept.model_copy(
        update={
            "audit": concept.audit.model_copy(update={"held": (held,)}),
            "local": (local,),
            "attribution": cause,
            "test": concept.test.model_copy(update={"text": EVIL}),
        }
    )
    found = diagnosed.local_concept().diagnosis.model_copy(
        update={"segment": EVIL, "text": EVIL, "evidence": (EVIL + "1",), "against": (EVIL,), "advice": EVIL}
    )
    unknown = diagnosed.estimated(0.7).model_copy(update={"assumption": EVIL})
    outcome = changed(
        diagnosed.local_concept(), concept=concept, diagnosis=found, performance=diagnosed.steady(estimated=unknown)
    )
    html = render_report(outcome, ())
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 9
    Page(html)


def test_means_are_shown_where_there_are_any():
    """Then and now, with the standard deviations."""
    found = samples.drift()
    column = next(column for column in found.columns if column.drifted and column.distribution)
    moments = {"mean_reference": 6.5, "mean_current": 7.25, "deviation_reference": 1.5, "deviation_current": 1.25}
    drawn = column.model_copy(update={"distribution": column.distribution.model_copy(update=moments)})
    page = Page(drift_report(found.model_copy(update={"columns": (drawn,)}), title="July"))
    assert "mean 6.5 → 7.25, standard deviation 1.5 → 1.25" in page.text
