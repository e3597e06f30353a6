"""The diagnosis in words."""

from typing import get_args

import pytest

from include.retraining.report.diagnosis_section import (
    diagnosis_section,
    kind_name,
    kind_tone,
    part,
    short_reasons,
    title,
)
from include.retraining.results.diagnosis import Diagnosis, DiagnosisKind
from tests.report import diagnosed, samples
from tests.report.diagnosed import harmful, healthy, local_concept, suspect_labels


@pytest.mark.parametrize("kind", get_args(DiagnosisKind))
@pytest.mark.parametrize("confidence", ["high", "medium", "low"])
def test_every_kind_has_words(kind, confidence):
    """A title, a name and a tone, whatever the confidence."""
    found = Diagnosis(kind=kind, confidence=confidence, text="Because.", advice="Look.")
    assert title(found)
    assert "_" not in kind_name(kind)
    assert kind_tone(kind) in ("good", "calm", "attention", "bad")


def test_local_drift_says_where_since_when_and_how_sure():
    """Part of the rows with its share, the change point with its interval, confidence, evidence and advice."""
    found = diagnosis_section(local_concept())
    assert found.title == "Concept drift in one part of the rows: origin = Ethiopia"
    assert found.where == "origin = Ethiopia: 18.2% of the recent labelled rows (73)"
    assert found.since == "about 2013-07-20 (95% sure: between 2013-07-18 and 2013-07-23)"
    assert found.sure == "High: the evidence is clear."
    assert found.advice.startswith("Retrain on rows since the change")
    assert any("0.52 to -0.31" in proof for proof in found.evidence)


def test_suspect_labels_name_source_and_count():
    """Which labels, how many of those examined, from when to when, and what speaks against it."""
    found = diagnosis_section(suspect_labels())
    assert found.title == "Labels that look wrong: station = 7"
    assert found.where == "labels of station = 7: 118 of 812 labels examined"
    assert found.since == "2013-07-20, last seen 2013-08-03"
    assert found.against == (
        "A model trained afresh on labels of station=7 learns 21% of the variance: they are not mere noise.",
    )
    assert "world itself may have changed" in diagnosis_section(suspect_labels(capped=True)).sure


def test_evidence_is_not_said_twice():
    """What is listed leaves the text; where the text would break off, the list gives way."""
    found = diagnosis_section(suspect_labels())
    assert found.text.endswith("while other sources kept it.")
    assert len(found.evidence) == 2
    broken = diagnosis_section(diagnosed.diagnosed(samples.rejected()))
    assert broken.text.startswith("The batch is damaged: distance")
    assert broken.evidence == ()


def test_doubtful_findings_have_careful_titles():
    """What was not measured is not claimed."""
    drifted = Diagnosis(kind="benign_data_drift", confidence="low", text="x", advice="y")
    assert title(drifted).endswith("what it costs is not known yet")
    assert "estimated" in title(drifted.model_copy(update={"confidence": "medium"}))
    unclear = samples.changed(samples.quiet(), performance=samples.performance())
    assert title(diagnosed.diagnosed(unclear).diagnosis) == "Performance dropped, and it is not clear why"
    assert title(healthy().diagnosis) == "Healthy: the inputs have not moved, and performance holds"
    assert title(harmful().diagnosis).endswith("performance suffers")


def test_too_little_evidence_is_nothing_to_be_sure_of():
    """No confidence is told where nothing was found."""
    unclear = Diagnosis(kind="not_enough_evidence", confidence="high", text="x", advice="y")
    assert diagnosis_section(samples.changed(samples.quiet(), diagnosis=unclear)).sure == ""
    assert diagnosis_section(samples.quiet()) is None


def test_reasons_name_the_diagnosis_instead_of_repeating_it():
    """Only the reason that restates the diagnosis is cut; an outcome without one keeps all."""
    first, drop, cooldown = short_reasons(harmful())
    assert first.text == "The diagnosis: harmful data drift, high confidence."
    assert (drop, cooldown) == harmful().decision.reasons[1:]
    assert short_reasons(samples.retrained()) == samples.retrained().decision.reasons


@pytest.mark.parametrize(
    ("segment", "written"),
    [
        ("station=7", "station = 7"),
        ("a = b", "a = b"),
        ("x <= 3", "x <= 3"),
        ("0.3 < x ≤ 1", "0.3 < x ≤ 1"),
        ("=", "="),
    ],
)
def test_parts_are_written_with_room(segment, written):
    """Only an equals sign after a name gets its spaces."""
    assert part(segment) == written
