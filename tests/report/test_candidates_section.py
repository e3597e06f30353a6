"""Candidates and the search for parameters in the report."""

from datetime import UTC, datetime

from include.retraining.report.candidates_section import candidates_section, parameters
from include.retraining.report.html import render_report
from include.retraining.results.candidate import Candidate, Trial
from include.retraining.results.search import Attempt, Search
from tests.report import samples

ALL = Candidate(name="expanding", start=datetime(2013, 1, 1, tzinfo=UTC))
NEW = Candidate(name="since_change", start=datetime(2013, 6, 24, tzinfo=UTC))
OWN = Candidate(name="update", start=ALL.start, kind="update")


def trained(**fields):
    """A retraining with candidates."""
    training = samples.training().model_copy(update=fields)
    return samples.changed(samples.retrained(), training=training)


def trials(*candidates):
    """One figure each, the first the best."""
    return tuple(
        Trial(candidate=one, rows=9_000 - n, seconds=2.5, figure=samples.estimate(0.75 - 0.1 * n, 0.01, 500))
        for n, one in enumerate(candidates)
    )


def searched(*scores, stopped=False):
    """A search with these scores; None: it failed."""
    attempts = tuple(
        Attempt(params={"depth": n}, rows=3_000, score=score, error="`depth` <is> odd" if score is None else None)
        for n, score in enumerate(scores)
    )
    params = attempts[0].params if scores[0] is not None else {}
    return Search(params=params, attempts=attempts, rows=9_000, stopped=stopped, seconds=61.0)


def test_every_candidate_is_told_and_the_chosen_one_marked():
    """With its rows, its figure, and why others were not trained."""
    found = trained(trials=trials(NEW, ALL, OWN), learned=NEW, left_out={"sliding": "900 rows, fewer than 20,000"})
    section = candidates_section(found.training)
    assert [(row.name, row.chosen) for row in section.rows] == [
        ("since_change", True), ("expanding", False), ("update", False), ("sliding", False),
    ]  # fmt: skip
    page = render_report(found, ())
    for said in (
        "On which rows?",
        "since the relation changed: from 2013-06-24 on",
        "all history: from 2013-01-01 on",
        "the champion goes on learning",
        "not trained: 900 rows, fewer than 20,000",
        "8,999",
        "ROC AUC on the holdout",
    ):
        assert said in page, said
    assert "Which parameters?" not in page


def test_a_search_is_told_with_its_best_attempts():
    """Five of them; what failed says why, and nothing from it is taken for markup."""
    page = render_report(trained(search=searched(0.8, 0.7, 0.6, 0.5, None, 0.3)), ())
    assert "6 combinations were tried" in page
    assert "The first line was used." in page
    assert "depth: 3" in page
    assert "depth: 5" not in page
    assert "<code>depth</code> &lt;is&gt; odd" in page
    assert "On which rows?" not in page


def test_a_search_that_found_nothing_says_what_was_used():
    """Also when the time was up."""
    text = candidates_section(trained(search=searched(None, stopped=True)).training).search.text
    assert "The time was up" in text
    assert "the declared parameters were used" in text


def test_without_a_choice_there_is_no_section():
    """A single candidate is told by what it was trained on."""
    assert candidates_section(None) is None
    assert candidates_section(samples.training()) is None
    assert candidates_section(trained(trials=trials(ALL), learned=ALL).training) is None
    assert "On which rows?" not in render_report(samples.retrained(), ())
    assert "max_iter: 200, learning_rate: 0.08" in render_report(samples.retrained(), ())
    assert parameters({}) == "as the trainer has them"
