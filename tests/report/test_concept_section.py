"""What recent labels say, chosen for the page."""

from include.retraining.report.concept_section import concept_section
from include.retraining.results.concept import ConceptResult, ConceptTest
from tests.report.diagnosed import attribution, harmful, healthy, local_concept, local_part, suspect_labels


def test_parts_are_told_with_their_strongest_relation():
    """Region, where it comes from, what changed, and the correlation then and now with its interval."""
    first, second = concept_section(local_concept().concept).parts
    assert (first.region, first.origin) == ("origin = Ethiopia", "declared segment")
    assert first.evidence == "how the errors go with `temp`"
    assert first.relation == "`temp`: 0.52 → −0.310 (−0.530 to −0.090)"
    assert (second.evidence, second.relation) == ("size of the errors", "")


def test_many_parts_are_cut():
    """Ten are shown, the others counted."""
    result = local_concept().concept.model_copy(update={"local": tuple(local_part(f"x = {n}") for n in range(14))})
    found = concept_section(result)
    assert (len(found.parts), found.parts_left_out) == (10, 4)


def test_nothing_changed_is_one_sentence():
    """Without a change there is no chart of causes."""
    found = concept_section(healthy().concept)
    assert found.cause is None
    assert found.cause_note.endswith("no more than chance does.")
    assert found.test.endswith("That is no more than chance does.")


def test_poor_overlap_warns():
    """What was not comparable is said."""
    warning = concept_section(harmful().concept).cause.warning
    assert "uncertain: 31% of the current rows have values that the reference does not know." in warning
    assert concept_section(local_concept().concept).cause.warning == ""


def test_features_of_the_larger_part_come_first():
    """Five at most: by their move where inputs moved, by changed errors where the relation did."""
    by_move, by_errors = (concept_section(found.concept).cause.features for found in (harmful(), local_concept()))
    assert (by_move[0].feature, by_errors[0].feature) == ("temp", "origin")
    assert len(by_move) == len(by_errors) == 5
    assert concept_section(suspect_labels().concept).cause.features == ()


def test_held_labels_are_told_one_finding_a_row():
    """Source, reason in words, and how many."""
    (held,) = concept_section(suspect_labels().concept).held
    assert (held.source, held.count) == ("station = 7", 118)
    assert held.reason == "no longer go with the features, while labels of other sources do"


def test_missing_parts_are_empty():
    """Too few labels leave a text and nothing else."""
    found = concept_section(ConceptResult(labels=12, text="12 labels; 30 are needed."))
    assert (found.cause, found.cause_note, found.change, found.test, found.parts, found.held) == (
        None, "", "", "", (), (),
    )  # fmt: skip
    assert concept_section(None) is None


def test_what_cannot_be_told_is_said():
    """Reasons of the test and of the split are passed on."""
    unsplit = attribution(0.0, 0.0).model_copy(update={"verdict": "not_enough", "total": None, "text": "Too few rows."})
    result = ConceptResult(
        labels=40, text="x", attribution=unsplit, test=ConceptTest(p_value=None, rise=None, text="Not enough evidence.")
    )
    found = concept_section(result)
    assert found.test == "Not enough evidence."
    assert found.cause_note == "Why performance changed cannot be told. Too few rows."
