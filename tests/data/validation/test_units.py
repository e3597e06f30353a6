"""A batch in another unit is told from a world that moved."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.data.schema import describe
from include.retraining.data.validation import validate_batch
from include.retraining.data.validation.units import CONVERSIONS, conversion
from include.retraining.results.columns import Columns
from tests.data.validation.conftest import FEATURES, draw_flights

SAMPLES = {
    "normal": lambda draw, n: draw.normal(20.0, 2.0, n),
    "skewed": lambda draw, n: draw.lognormal(8.0, 0.3, n),
    "uniform": lambda draw, n: draw.uniform(20_000, 150_000, n),
    "counts": lambda draw, n: 20.0 + draw.poisson(4.0, n),
    "two groups": lambda draw, n: np.where(draw.random(n) < 0.3, draw.normal(30, 1, n), draw.normal(50, 2, n)),
}


def schema_of(values):
    """What training rows with these values leave behind."""
    return describe(pd.DataFrame({"x": values}), Columns(numeric=("x",), categorical=())).columns[0]


def found(then, now):
    """What would make a batch look like the training rows, in words."""
    one = conversion(pd.Series(now, name="x"), schema_of(then))
    return None if one is None else one.words


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("one", CONVERSIONS, ids=lambda one: one.words)
def test_every_conversion_brings_back_what_was_converted(kind, one):
    """A batch of 500 in the unit that this conversion undoes; where the ranges overlap nothing is said."""
    draw = np.random.default_rng(1)
    then, now = SAMPLES[kind](draw, 5_000), SAMPLES[kind](draw, 500)
    now = (now - one.offset) / one.factor
    apart = max((now < then.min()).mean(), (now > then.max()).mean()) > 0.5 and then.max() <= one.largest
    assert conversion(pd.Series(now), schema_of(then)) is (one if apart else None)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_world_that_moved_is_no_other_unit(kind):
    """Shifts of 1 to 30 standard deviations with more or less spread, and growth by other than powers of ten."""
    draw = np.random.default_rng(2)
    then = SAMPLES[kind](draw, 5_000)
    for shift in (1, 2, 3, 4, 6, 10, 30, -3, -6, -10):
        for spread in (0.7, 1.0, 1.5):
            now = then.mean() + shift * then.std() + spread * (SAMPLES[kind](draw, 500) - then.mean())
            assert found(then, now) is None
    for factor in (1.5, 2.0, 3.0, 5.0, 30.0, 300.0, 0.7, 0.5, 0.3, 0.03):
        assert found(then, SAMPLES[kind](draw, 500) * factor) is None


def test_seasons_are_no_other_unit():
    """Trained on a winter in Fahrenheit or Celsius, a summer is no winter in the other scale."""
    draw = np.random.default_rng(3)
    for to_scale in (lambda celsius: celsius, lambda celsius: celsius * 1.8 + 32):
        winter, summer = draw.normal(1, 5, 3_000), draw.normal(26, 4, 500)
        assert found(to_scale(winter), to_scale(summer)) is None
        assert found(to_scale(summer), to_scale(winter)) is None


def test_without_enough_to_go_by_nothing_is_said():
    """A few values, a constant column, no values at all, a schema of an earlier version."""
    then = np.random.default_rng(4).normal(20.0, 2.0, 1_000)
    assert found(then, then[:99] / 100) is None
    assert found(then, then[:100] / 100) == "multiplied by 100"
    assert found(np.ones(500), np.full(500, 100.0)) is None
    assert found(then, np.full(500, np.nan)) is None
    earlier = schema_of(then).model_copy(update={"quantiles": ()})
    assert conversion(pd.Series(then / 100), earlier) is None


def test_nulls_and_infinite_values_do_not_matter():
    """The others are looked at."""
    then = np.random.default_rng(5).normal(20.0, 2.0, 1_000)
    now = np.concatenate([then[:300] * 1000, np.full(300, np.nan), [np.inf, -np.inf]])
    assert found(then, now) == "divided by 1,000"


def test_a_batch_in_another_unit_is_rejected_and_says_which(model):
    """Miles became hundreds of miles, within four widths of the training range; the rest of the batch is sound."""
    training = draw_flights(3_000, seed=1)
    week = draw_flights(400, seed=2)
    week["distance"] = week["distance"] / 100
    validated = validate_batch(week, model(), describe(training, FEATURES))
    assert validated.result.verdict == "rejected"
    assert len(validated.quarantine) == 400
    (reason,) = validated.result.reasons
    assert "'distance'" in reason
    assert "as if it came in another unit: multiplied by 100" in reason
    assert "expect_column_median_to_be_between" in reason
