"""Sentences about what changed."""

import pytest

from include.retraining.report.drift_words import column_sentence, lead, relation_sentence, tally
from include.retraining.results.drift import DriftResult
from tests.report import samples
from tests.report.samples import week


def drifted(name, effect=0.3, *, role="feature", importance=None, text="median -2 before, 4 now", is_drifted=True):
    """A column with one finding."""
    found = samples.finding(name, effect, drifted=is_drifted, text=text, test="van_der_waerden")
    column = samples.numeric_column(name, (0.0, 1.0), (1.0, 1.0), drifted=is_drifted)
    return column.model_copy(update={"findings": (found,), "role": role, "importance": importance})


def result(*columns) -> DriftResult:
    """A check of these columns."""
    return samples.drift().model_copy(update={"columns": columns, "drifted": any(c.drifted for c in columns)})


def related(test, text, *, name="x and y", is_drifted=True, **fields):
    """A relation between columns."""
    found = samples.finding(name, 0.5, drifted=is_drifted, text=text, test=test)
    return samples.relation(name, found.model_copy(update={"role": "relation", "effect_unit": "of its own", **fields}))


def test_the_likeliest_cause_comes_with_figures_and_reason():
    """First-ranked column, then and now, and how much the champion relies on it."""
    said = lead(result(drifted("dep_delay", importance=3.1), drifted("temp", 0.5, importance=0.2)))
    assert said == (
        "Most likely to matter: `dep_delay`. Its median rose from −2 to 4 and 30% of its values lie elsewhere. "
        "It ranks first because the champion relies on it 3.1 times as much as on an average feature, and its change "
        "is 3 times the smallest that counts."
    )


@pytest.mark.parametrize(
    ("importance", "expected"),
    [
        (None, "It ranks first by its size: its change is 3 times the smallest that counts."),
        (1.0, "the champion relies on it as on an average feature."),
        (0.4, "though the champion relies on it only 0.4 times as much as on an average feature."),
        (0.0, "the champion hardly relies on it."),
    ],
)
def test_the_reason_is_what_ranked_it(importance, expected):
    """Size where importance is unknown or says nothing; importance where it decides."""
    assert lead(result(drifted("a", importance=importance), drifted("b"))).endswith(expected)


def test_a_feature_is_a_likelier_cause_than_what_follows_from_it():
    """Predictions move because features do; alone they are named."""
    prediction, feature = drifted("__prediction", 0.9, role="prediction"), drifted("a", 0.2)
    assert "`a`" in lead(result(prediction, feature))
    assert "`prediction`" in lead(result(prediction, drifted("b", is_drifted=False)))


def test_relations_alone_are_named_as_such():
    """No column by itself, but how they go together."""
    turned = related("correlation", "rank correlation 0.84 before, -0.43 now")
    said = lead(result(turned, drifted("a", is_drifted=False)))
    assert said.startswith("No column drifted by itself, but how columns go together did: `x` and `y`")


def test_calm_says_what_was_compared_and_what_an_alarm_would_have_taken():
    """Columns, rows, false-alarm rate, and the smallest shift, which is the share of values where that is tested."""
    calm = samples.numeric_column("temp", (0.0, 1.0), (0.0, 1.0), drifted=False)
    wild = calm.findings[0].model_copy(update={"threshold": 0.31})
    said = lead(result(calm, calm.model_copy(update={"column": "wild", "findings": (wild,)})))
    assert "Nothing drifted: none of 2 columns changed beyond what the reference varies by itself." in said
    assert "6,671 rows were compared with 52,340, with a chance of 1% of any false alarm." in said
    assert said.endswith(
        "A shift of 10% (`temp`) to 31% (`wild`) of a numeric column's values would have raised an alarm."
    )
    blind = wild.model_copy(update={"threshold": 1.2})
    said = lead(result(calm, calm.model_copy(update={"column": "wild", "findings": (blind,)})))
    assert said.endswith("In the reference itself `wild` varied so much that hardly any shift stands out.")


def test_columns_and_relations_are_counted_apart():
    """A relation is no column."""
    turned = related("correlation", "rank correlation 0.84 before, -0.43 now")
    steady = drifted("b", is_drifted=False)
    assert tally(result(drifted("a"), steady)) == "1 of 2 columns drifted."
    assert tally(result(drifted("a"), steady, turned)) == "1 of 2 columns drifted, and 1 relation between columns."
    assert tally(result(steady, turned, turned)) == "None of 1 columns drifted, and 2 relations between columns."


def test_a_sentence_says_what_where_since_when_and_how_sure():
    """All in plain words."""
    past = [(week(number), result(drifted("a", is_drifted=number > 2))) for number in range(5)]
    said = column_sentence(drifted("a"), past)
    assert said.startswith("Its median rose from −2 to 4 and 30% of its values lie elsewhere: ")
    assert "or more now" in said
    assert "It has drifted in 3 intervals in a row, since 2013-04-22." in said
    assert said.endswith("Chance alone does this less than once in a million batches.")


def test_since_when_is_honest_about_what_is_not_known():
    """New after a calm interval; or earlier when all known intervals drifted; nothing without a past."""
    calm, moved = result(drifted("a", is_drifted=False)), result(drifted("a"))
    assert "New: it had not drifted in the interval before." in column_sentence(drifted("a"), [(week(0), calm)])
    said = column_sentence(drifted("a"), [(week(0), moved), (week(1), moved)])
    assert "in 3 intervals in a row, since 2013-04-01 or earlier." in said
    said = column_sentence(drifted("a"), [(week(0), result(drifted("b"))), (week(1), moved)])
    assert "in 2 intervals in a row, since 2013-04-08." in said
    assert "interval" not in column_sentence(drifted("a"), [])


def test_a_steady_column_claims_nothing():
    """Its largest change is called what it is."""
    assert column_sentence(drifted("a", is_drifted=False), []).endswith(
        "Not beyond what the reference varies by itself."
    )


def test_relations_are_one_sentence_with_columns_and_interval():
    """Correlation, classifier, reconstruction, and what may come."""
    assert relation_sentence(related("correlation", "rank correlation 0.84 before, -0.43 now")) == (
        "`x` and `y`: their rank correlation fell from 0.84 to −0.43. "
        "Chance alone does this less than once in a million batches."
    )
    classifier = related(
        "domain_classifier", "AUC 0.81", name="all features together",
        statistic=0.812, interval=(0.79, 0.834), involved=("dep_delay", "temp"),
    )  # fmt: skip
    assert relation_sentence(classifier).startswith(
        "a classifier can tell these rows from the reference, most by `dep_delay` and `temp`: its AUC is 0.812 "
        "(95% interval 0.79 to 0.834); 0.5 is guessing, 1 certainty."
    )
    error = related(
        "reconstruction_error", "off by 0.72", name="numeric features together", is_drifted=False, involved=("x", "y")
    )
    assert relation_sentence(error) == "numeric features together: off by 0.72, most by `x` and `y`."
