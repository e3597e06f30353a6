"""The metric by segment, now and then."""

import numpy as np
import pandas as pd

from include.retraining.metrics.catalogue import MAE, ROC_AUC
from include.retraining.performance.segments import MAXIMUM_SEGMENTS, MISSING, Labelled, segment_performance


def rows(values, seed=0, broken=None):
    """Score rows well in all segments but a broken one."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 2, size=len(values))
    score = y + generator.normal(size=len(values))
    segment = pd.Series(values)
    score = np.where(segment == broken, generator.normal(size=len(values)), score)
    return Labelled(y, score, pd.DataFrame({"origin": segment}))


def by_value(found):
    """Index segments by their value."""
    return {segment.value: segment for segment in found}


def test_a_broken_segment_stands_out():
    """Its metric fell, that of the others did not."""
    values = ["JFK"] * 400 + ["LGA"] * 300
    found = segment_performance(ROC_AUC, rows(values, 1, broken="LGA"), rows(values, 2), confidence=0.95, seed=0)
    assert [segment.value for segment in found] == ["JFK", "LGA"]
    broken, sound = by_value(found)["LGA"], by_value(found)["JFK"]
    assert broken.n == 300
    assert broken.realised.high < broken.reference.low
    assert sound.realised.high > sound.reference.low


def test_small_segments_and_those_without_a_figure_are_left_out():
    """49 rows are too few, and one class has no AUC."""
    labelled = rows(["big"] * 200 + ["small"] * 49 + ["same"] * 60)
    labelled.y[-60:] = 1
    found = segment_performance(ROC_AUC, labelled, None, confidence=0.95, seed=0)
    assert list(by_value(found)) == ["big"]
    assert found[0].reference is None


def test_missing_and_numeric_values_are_segments_too():
    """Nulls have a name of their own."""
    labelled = rows([1] * 60 + [2] * 60 + [None] * 60)
    found = segment_performance(ROC_AUC, labelled, labelled, confidence=0.95, seed=0)
    assert set(by_value(found)) == {"1.0", "2.0", MISSING}
    assert all(segment.reference is not None for segment in found)


def test_an_identifier_gives_its_largest_segments_only():
    """The report stays readable."""
    values = np.repeat(np.arange(MAXIMUM_SEGMENTS + 10), 50)
    y = np.ones(len(values))
    labelled = Labelled(y, y + 1, pd.DataFrame({"id": values}))
    assert len(segment_performance(MAE, labelled, None, confidence=0.95, seed=0)) == MAXIMUM_SEGMENTS


def test_a_segment_column_that_the_reference_lacks_has_no_reference():
    """Declared after the champion was trained."""
    now, then = rows(["a"] * 100), Labelled(np.array([0, 1]), np.array([0.1, 0.9]), pd.DataFrame(index=[0, 1]))
    assert segment_performance(ROC_AUC, now, then, confidence=0.95, seed=0)[0].reference is None
