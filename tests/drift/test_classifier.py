"""The test by a classifier: are these rows of the same source, in every relation?"""

import json
from functools import cache

import numpy as np
import pytest

from include.retraining.drift.calibration import Evidence, calibrate
from include.retraining.drift.classifier import CHUNKS, MINIMUM_ROWS, measure, profile_classifier
from include.retraining.drift.classifier_profile import ClassifierProfile, classifier_from_json, classifier_to_json
from include.retraining.drift.counts import Layout
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.measured import Measured
from include.retraining.drift.sample import RowSample, take_rows, take_sample

NAMES = ("a", "b", "c", "group")
KINDS = ("numeric", "numeric", "numeric", "categorical")
NUMERIC = Layout("numeric", reference_edges(np.random.default_rng(0).normal(size=5_000)))
LEVEL = 0.01 / 50


def rows(number: int, seed: int, variation: float = 0.0, part: int = 500) -> list[np.ndarray]:
    """Three normal columns whose means vary from part to part, and a category."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(number, 3))
    numbers += np.repeat(rng.normal(0, variation, (-(-number // part), 3)), part, axis=0)[:number]
    return [*np.ascontiguousarray(numbers.T), rng.integers(0, 3, number)]


def sample(columns: list) -> RowSample:
    """Sample of a batch."""
    return take_sample(bins_of(columns), max(len(column) for column in columns if column is not None))


def bins_of(columns: list) -> list:
    """Bins of numbers, and positions as they are."""
    return [
        column if column is None else column.astype(np.int16) if column.dtype.kind == "i" else located(column)
        for column in columns
    ]


def located(column: np.ndarray) -> np.ndarray:
    """Bins of numbers."""
    return NUMERIC.locate(column).cells(slice(None))


@cache
def reference(parts: int = 16, part: int = 500, variation: float = 0.0) -> ClassifierProfile:
    """Profile of parts of equal size."""
    columns = rows(parts * part, 0, variation, part)
    bins = bins_of(columns)
    chunks = [take_rows(bins, np.arange(start, start + part)) for start in range(0, parts * part, part)]
    return profile_classifier(NAMES, KINDS, sample(columns), chunks)


def judged(profile: ClassifierProfile, columns: list) -> tuple[Measured, float]:
    """What was measured on a batch, and its p-value."""
    measured = measure(profile, sample(columns))
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    return measured, calibrate(measured.evidence).p_value


def test_unchanged_rows_are_not_unlikely() -> None:
    """Of fifteen unchanged batches none is unlikely at 1%; the chunks took part in saying so."""
    profile = reference()
    found = [judged(profile, rows(500, 100 + seed)) for seed in range(15)]
    assert min(p_value for _, p_value in found) > 0.01
    assert all(measured.effect < measured.minimum_effect for measured, _ in found)
    assert found[0][0].evidence.calibrates


def test_a_reference_that_always_changes_does_not_alarm_when_it_does_so_again() -> None:
    """Sampling noise alone would call most of these batches unlikely; the chunks know better."""
    profile = reference(variation=0.4)
    bare = ClassifierProfile(**{**vars(profile), "chunk_aucs": np.empty(0)})
    batches = [rows(500, 200 + seed, 0.4) for seed in range(6)]
    assert np.mean([judged(bare, batch)[1] < LEVEL for batch in batches]) > 0.5
    assert min(judged(profile, batch)[1] for batch in batches) > LEVEL


def test_a_relation_of_three_columns_is_found() -> None:
    """Their product lost its negative values: no column and no pair of columns shows it, in 500 of 2,000 rows."""
    changed = rows(2_000, 300)
    changed[0] = changed[0] * np.sign(changed[0] * changed[1] * changed[2])
    measured, p_value = judged(reference(), changed)
    assert p_value < LEVEL
    assert measured.effect > measured.minimum_effect
    assert set(measured.involved) == {"a", "b", "c"}
    assert measured.interval is not None
    assert measured.interval[0] < measured.statistic < measured.interval[1]


def test_a_finding_says_it_in_words() -> None:
    """With the AUC, its interval and the columns, and a threshold in terms of the AUC."""
    changed = rows(500, 301)
    changed[1] = changed[1] + 1
    measured, _ = judged(reference(), changed)
    verdict = calibrate(measured.evidence)
    finding = measured.judge("all columns", "relation", verdict, LEVEL)
    assert finding.drifted
    assert finding.effect == pytest.approx(2 * finding.statistic - 1)
    assert 0.5 < finding.threshold < finding.statistic
    assert finding.involved == ("b",)
    assert finding.interval == measured.interval
    assert finding.text.startswith(
        f"a classifier tells these rows from the reference with AUC {finding.statistic:.2f} ("
    )
    assert finding.text.endswith("), mostly by b")


def test_new_categories_and_nulls_tell_rows_apart() -> None:
    """The last place holds all categories that the reference had not."""
    changed = rows(500, 302)
    changed[3] = np.where(np.arange(500) % 2, 3, changed[3])
    assert judged(reference(), changed)[0].involved == ("group",)
    changed = rows(500, 303)
    changed[2][:200] = np.nan
    assert judged(reference(), changed)[0].involved[0] == "c"


def test_an_auc_below_one_half_is_no_evidence() -> None:
    """One half means guessing; less is chance."""
    batches = (judged(reference(), rows(500, 400 + seed)) for seed in range(20))
    measured, p_value = next(found for found in batches if found[0].statistic < 0.5)
    assert p_value == pytest.approx(1.0)
    assert measured.evidence.square == 0.0
    assert measured.involved == ()


def test_a_missing_column_is_left_out() -> None:
    """It has a finding of its own, and would hide all others; without any column left there is no figure."""
    columns = rows(500, 304)
    measured, p_value = judged(reference(), [None, *columns[1:]])
    assert p_value > LEVEL
    assert measured.statistic < 0.6
    shifted = [None, columns[1], columns[2] + 1, columns[3]]
    assert judged(reference(), shifted)[0].involved == ("c",)
    nulls = np.full(500, -1)
    assert measure(reference(), sample([None, None, None, nulls])) is None


def test_few_rows_give_no_figure() -> None:
    """Neither in the batch nor in the reference, whose small parts are passed over."""
    assert measure(reference(), sample(rows(MINIMUM_ROWS - 1, 1))) is None
    tiny = reference(parts=1, part=MINIMUM_ROWS - 1)
    assert measure(tiny, sample(rows(1_000, 1))) is None
    assert len(tiny.chunk_aucs) == 0


def test_batches_are_compared_at_the_size_of_the_chunks() -> None:
    """A classifier that learns from more rows finds more; without chunks all rows of the sample count."""
    profile = reference()
    assert len(profile.chunk_aucs) == CHUNKS
    assert set(profile.chunk_rows.tolist()) == {500}
    assert judged(profile, rows(2_000, 305))[0].n_current == 500
    assert judged(reference(parts=2, part=2_000), rows(2_000, 305))[0].n_current == 2_000


def test_chunks_are_told_from_the_rest_without_their_own_rows() -> None:
    """The sample of a reference of 1,600 rows holds them all; a sixteenth of it is each chunk."""
    profile = reference(part=100)
    assert set(profile.rest_rows.tolist()) == {1_500}


def test_json_gives_back_the_same_profile() -> None:
    """Judgements are the same after reading."""
    profile = reference()
    read = classifier_from_json(json.loads(json.dumps(classifier_to_json(profile))))
    assert classifier_to_json(read) == classifier_to_json(profile)
    assert judged(read, rows(500, 306))[1] == judged(profile, rows(500, 306))[1]
