"""Which labels the audit holds, on streams whose truth is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.audit.label_audit import audit_labels
from include.retraining.performance.audit.rows import AuditSettings
from include.retraining.results.audit import LabelAudit
from include.retraining.results.run import JoinHealth
from tests.performance.audit.stream import make

SEEDS = (0, 1, 2)


def look(scenario, seed, day, **options):
    """Audit one day of a stream; gives the audit, the mask of held labels and that of wrong ones."""
    stream = make(scenario, seed, **options)
    current, wrong = stream.window(day)
    audit = audit_labels(current, stream.reference)
    keys = {key for group in audit.held for key in group.keys}
    return audit, np.isin(current.keys, list(keys)), wrong


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("scenario", "reason", "source"),
    [
        ("offset", "offset", None),
        ("station_offset", "offset", "station=B"),
        ("station_mix", "mix_up", "station=B"),
        ("decimal", "invalid", None),
    ],
)
def test_wrong_labels_are_held(scenario, reason, source, seed):
    """Nine in ten of the wrong ones, and nine in ten of the held ones are wrong, a week after the fault began."""
    audit, held, wrong = look(scenario, seed, 28)
    assert audit.verdict == "suspect"
    assert [(group.reason, group.source) for group in audit.held] == [(reason, source)]
    assert (held & wrong).sum() >= 0.9 * wrong.sum()
    assert (held & wrong).sum() >= 0.9 * held.sum()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", ["steady", "covariate", "seasonal", "flip", "flip_one_origin", "gradual", "noise"])
@pytest.mark.parametrize("day", [23, 36])
def test_good_labels_are_left_alone(scenario, seed, day):
    """Neither new inputs, nor a changed concept, nor more noise makes labels wrong."""
    _, held, _ = look(scenario, seed, day)
    assert held.mean() <= 0.02


def test_a_healthy_stream_is_quiet_every_day():
    """Thirty looks at overlapping windows hold nothing, and watch nothing."""
    stream = make("steady", 5)
    audits = [audit_labels(stream.window(day)[0], stream.reference) for day in range(10, 40)]
    assert {audit.verdict for audit in audits} == {"none"}
    assert audits[0].text == "Nothing speaks against the 330 labels."


@pytest.mark.parametrize("seed", SEEDS)
def test_flipped_classes_of_some_days_are_held(seed):
    """Labels turned round with probability 0.45 for eight days are noise once the days are over."""
    audit, held, wrong = look("label_noise", seed, 35, task="binary_classification")
    assert [group.reason for group in audit.held] == ["noise"]
    assert (held & wrong).sum() >= 0.9 * max(wrong.sum(), held.sum() * 0.95)


def test_a_flip_of_classes_is_a_concept():
    """A fresh model learns the new relation, so the labels stay."""
    audit, held, _ = look("flip", 0, 35, task="binary_classification")
    assert not held.any()
    assert audit.verdict == "watch"
    assert any(piece.test == "unlearnable" and not piece.found for piece in audit.evidence)


def test_probabilities_of_several_classes_are_understood():
    """A station that mixes up three classes is held."""
    stream = make("steady", 1)
    generator = np.random.default_rng(0)
    edges = np.quantile(stream.reference.y, [1 / 3, 2 / 3])

    def classes(rows):
        distance = np.abs(rows.prediction[:, None] - np.array([edges[0] - 0.6, edges.mean(), edges[1] + 0.6]))
        weight = np.exp(-3 * distance)
        return dataclasses.replace(
            rows,
            y=np.digitize(rows.y, edges),
            prediction=weight / weight.sum(axis=1, keepdims=True),
            task="multiclass_classification",
        )

    current, reference = classes(stream.window(39)[0]), classes(stream.reference)
    assert audit_labels(current, reference).verdict == "none"
    mixed = np.flatnonzero((current.sources["station"] == "A").to_numpy() & (np.arange(len(current)) >= 450))
    current.y[mixed] = generator.permutation(current.y[mixed])
    audit = audit_labels(current, reference)
    assert [(group.reason, group.source) for group in audit.held] == [("mix_up", "station=A")]
    assert len(set(audit.held[0].keys) & set(current.keys[mixed])) >= 0.8 * len(mixed)


def test_too_much_is_never_held_silently():
    """Beyond the share of the window a person has to say whether it was the laboratory or the world."""
    early, _, _ = look("offset", 0, 27)
    late, held, _ = look("offset", 0, 36)
    assert not early.capped
    assert late.capped
    assert held.mean() > AuditSettings().maximum_share
    assert "more than is held without asking" in late.text


def test_features_that_moved_rule_out_findings_on_all_labels():
    """What others know of the inputs counts."""
    stream = make("offset", 0)
    current, _ = stream.window(27)
    assert audit_labels(current, stream.reference, features_moved=True).held == ()


def test_the_record_survives_json_and_inputs_stay_as_they_were():
    """Evidence and held groups come back equal; neither y nor order of the rows is touched."""
    stream = make("station_mix", 0)
    current, _ = stream.window(30)
    before = current.y.copy()
    audit = audit_labels(current, stream.reference)
    assert LabelAudit.model_validate_json(audit.model_dump_json()) == audit
    assert np.array_equal(current.y, before)
    shuffled = current.only(np.random.default_rng(0).permutation(len(current)))
    assert set(audit_labels(shuffled, stream.reference).held[0].keys) == set(audit.held[0].keys)


def test_a_confounded_source_does_not_take_the_blame_for_the_world():
    """The relation flips for one origin, and one station measures just that origin: nothing is held."""
    stream = make("flip_one_origin", 0)

    def confounded(rows):
        station = np.where(rows.features["origin"] == "ET", "A", rows.sources["station"].replace("A", "B"))
        return dataclasses.replace(rows, sources=pd.DataFrame({"station": station}))

    for day in (30, 39):
        current, _ = stream.window(day)
        assert audit_labels(confounded(current), confounded(stream.reference)).held == ()


def test_little_or_nothing_is_audited_without_complaint():
    """No rows, few rows, no reference, no columns of sources."""
    stream = make("steady", 0)
    current, _ = stream.window(30)
    nothing = current.only(np.zeros(len(current), dtype=bool))
    assert audit_labels(nothing, stream.reference).verdict == "none"
    assert audit_labels(current, nothing).verdict == "none"
    assert audit_labels(current.only(np.arange(10)), stream.reference).verdict == "none"
    bare = dataclasses.replace(current, sources=current.sources[[]])
    assert audit_labels(bare, stream.reference).verdict == "none"


def test_contradicting_labels_are_watched():
    """The join has left them out; the audit says that there are too many."""
    stream = make("steady", 0)
    health = JoinHealth(labels=900, matched=850, duplicate_keys=0, conflicting_keys=50, orphans=0, usable=True, note="")
    audit = audit_labels(stream.window(30)[0], stream.reference, join=health)
    assert audit.verdict == "watch"
    assert audit.text.startswith("50 of 900 keys came with labels that contradict each other")
