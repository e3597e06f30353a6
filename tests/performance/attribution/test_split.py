"""A change of the metric, split into its parts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from include.retraining.metrics.catalogue import CATALOGUE, get_metric, metrics_for
from include.retraining.performance.attribution.split import attribute
from include.retraining.performance.attribution.weights import weigh
from tests.performance.roasts import everywhere, roasts, rows

TASK = "regression"
MAE = get_metric("mae", TASK)
SHIFT = 0.6


def mean_absolute_error(**changes):
    """The metric on so many rows that it is the truth."""
    return float(roasts(99, 400_000, **changes).losses(TASK).mean())


def covers(estimate, truth):
    """Whether an interval holds the truth."""
    return estimate.low <= truth <= estimate.high


def add_up(parts):
    """Whether the parts make up the total."""
    whole = parts.data.value + parts.concept.value + parts.labels.value + parts.noise.value
    return whole == pytest.approx(parts.total.value, abs=1e-12)


def test_moved_rows_are_data_and_no_concept():
    """Larger beans are harder to predict: data is the true rise, concept about 0; covered in at least 8 of 10."""
    truth = mean_absolute_error(larger=SHIFT) - mean_absolute_error()
    found = [attribute(roasts(s, 1_500), roasts(s + 500, 800, larger=SHIFT), MAE, TASK) for s in range(10)]
    assert np.mean([parts.data.value for parts in found]) == pytest.approx(truth, abs=0.4 * truth)
    assert np.mean([parts.concept.value for parts in found]) == pytest.approx(0.0, abs=0.4 * truth)
    assert sum(covers(parts.data, truth) for parts in found) >= 8
    assert sum(covers(parts.concept, 0.0) for parts in found) >= 8
    assert all(add_up(parts) for parts in found)
    assert found[0].verdict == "split"


def test_a_turned_relation_is_concept_and_no_data():
    """Rows as before, errors larger: concept is the true rise, data about 0, and the p-value is small."""
    truth = mean_absolute_error(turned=everywhere) - mean_absolute_error()
    parts = attribute(roasts(1, 1_000), roasts(501, 500, turned=everywhere), MAE, TASK)
    assert covers(parts.concept, truth)
    assert covers(parts.data, 0.0)
    assert parts.data.value == pytest.approx(0.0, abs=0.1 * truth)
    assert parts.concept_p_value <= 0.001
    assert parts.features[0].feature == "bean_size"
    assert parts.features[0].concept > 0.8
    assert add_up(parts)


def test_a_mix_is_told_apart():
    """Both at once: the intervals cover both true parts in at least 5 of 6 samples."""
    moved = mean_absolute_error(larger=SHIFT)
    data = moved - mean_absolute_error()
    concept = mean_absolute_error(larger=SHIFT, turned=everywhere) - moved
    found = [
        attribute(roasts(s, 1_500), roasts(s + 500, 800, larger=SHIFT, turned=everywhere), MAE, TASK) for s in range(6)
    ]
    assert sum(covers(parts.data, data) for parts in found) >= 5
    assert sum(covers(parts.concept, concept) for parts in found) >= 5
    first = {cause.feature: cause for cause in found[0].features}
    assert max(first.values(), key=lambda cause: abs(cause.data)).feature == "bean_size"


def test_suspect_labels_have_a_part_of_their_own():
    """A tenth of the labels is mistyped: the labels' part is exactly the difference with and without them."""
    current = roasts(501, 600)
    suspect = np.arange(600) % 10 == 0
    current = replace(current, y=np.where(suspect, current.y + 20, current.y))
    parts = attribute(roasts(1, 1_000), current, MAE, TASK, suspect=suspect)
    losses = current.losses(TASK)
    assert parts.labels.value == pytest.approx(losses.mean() - losses[~suspect].mean())
    assert covers(parts.concept, 0.0)
    assert parts.labels.low > 1
    assert add_up(parts)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_metric_of_the_catalogue_can_be_split(name):
    """All metrics take weights, and their parts add up; means over rows are weighted means exactly."""
    metric = CATALOGUE[name]
    task = metric.tasks[0]
    then, now = (as_task(roasts(seed, 250), task, seed) for seed in (1, 2))
    parts = attribute(then, now, metric, task)
    assert add_up(parts)
    assert parts.total.value == pytest.approx(metric(now.y, now.prediction) - metric(then.y, then.prediction))


def test_a_weighted_mean_error_is_exact():
    """The metric on the weighted reference is the weighted mean of the losses."""
    then, now = roasts(1, 400), roasts(2, 300, larger=SHIFT)
    weights = weigh(then, now, TASK).weights
    assert MAE(then.y, then.prediction, weights) == pytest.approx(np.average(then.losses(TASK), weights=weights))


def test_poor_overlap_makes_the_split_uncertain():
    """Beans larger than any seen: flagged, and both parts' intervals reach from 0 to the whole change."""
    parts = attribute(roasts(1, 500), roasts(2, 300, larger=4.0), MAE, TASK)
    assert parts.verdict == "uncertain"
    assert parts.overlap.poor
    assert parts.overlap.outside > 0.5
    for part in (parts.data, parts.concept):
        assert min(0.0, parts.total.value) >= part.low
        assert max(0.0, parts.total.value) <= part.high
    assert "uncertain" in parts.text


def with_unknown_rows(old):
    """Half as many rows more, with larger beans than any before, of which each is 9 off."""
    new = roasts(900, len(old) // 2, larger=6.0)
    y, prediction = np.concatenate([old.y, new.y + 9.0]), np.concatenate([old.prediction, new.prediction])
    return rows(pd.concat([old.features, new.features], ignore_index=True), y, prediction)


def test_what_rows_beyond_the_reference_do_is_data():
    """A third of the rows, or all, are like none before and wrong; the others are as they were: no concept."""
    for seed in range(5):
        some = with_unknown_rows(roasts(seed + 500, 400))
        parts = attribute(roasts(seed, 600), some, MAE, TASK)
        assert parts.data.value == pytest.approx(parts.total.value, abs=0.1)
        assert covers(parts.concept, 0.0)
        assert parts.total.value > 2.0
        assert add_up(parts)
    none_known = some.only(np.arange(len(some)) >= 400)
    parts = attribute(roasts(1, 600), none_known, MAE, TASK)
    assert parts.concept.value == 0.0
    assert parts.data.value == pytest.approx(parts.total.value, rel=0.01)
    assert parts.verdict == "uncertain"
    assert parts.concept.high >= parts.total.value


def test_a_relation_that_turned_among_known_rows_is_still_concept():
    """The rows that are like none before are wrong, and among the others the relation turned: each has its part."""
    truth = mean_absolute_error(turned=everywhere) - mean_absolute_error()
    current = with_unknown_rows(roasts(502, 400, turned=everywhere))
    parts = attribute(roasts(1, 600), current, MAE, TASK)
    assert parts.verdict == "uncertain"
    assert parts.concept.value == pytest.approx(truth, abs=0.3 * truth)
    assert parts.data.value == pytest.approx(parts.total.value - truth, abs=0.3 * truth)
    assert add_up(parts)


def test_degenerate_rows_give_not_enough_evidence():
    """No rows, a few, predictions that are missing, labels all suspect: a verdict and a reason, no figures."""
    then, now = roasts(1, 200), roasts(2, 100)
    none = now.only(np.zeros(100, bool))
    missing = replace(now, prediction=np.full(100, np.nan))
    for current, suspect in ((none, None), (now.only(np.arange(100) < 9), None), (missing, None), (now, np.ones(100))):
        parts = attribute(then, current, MAE, TASK, suspect=suspect)
        assert (parts.verdict, parts.total) == ("not_enough", None)
        assert parts.text.startswith("Not enough evidence")


def test_one_class_gives_not_enough_evidence():
    """An AUC of rows of one class is not defined, and so is its change."""
    task = "binary_classification"
    then, now = (as_task(roasts(seed, 200), task, seed) for seed in (1, 2))
    parts = attribute(then, replace(now, y=np.zeros(200, int)), get_metric("roc_auc", task), task)
    assert parts.verdict == "not_enough"
    assert "one class" in parts.text


def test_known_rows_of_one_class_leave_all_to_the_unknown_ones():
    """An AUC is not defined on them, but on all rows: the change is data, and the overlap is still told."""
    task = "binary_classification"
    then, now = as_task(roasts(1, 300), task, 1), as_task(with_unknown_rows(roasts(2, 100)), task, 2)
    known = now.features["bean_size"].to_numpy() <= then.features["bean_size"].max()
    now = replace(now, y=np.where(known, 0, now.y), prediction=np.clip(now.prediction, 0.01, 0.99))
    now.y[-2:] = 0, 1
    parts = attribute(then, now, get_metric("roc_auc", task), task)
    assert parts.verdict == "uncertain"
    assert parts.overlap.outside > 0.2
    assert parts.concept.value == 0.0
    assert add_up(parts)


def test_constant_features_and_unseen_categories_do_not_fail():
    """Features without spread, without values, and with a new category: a split, no NaN."""
    then, now = (
        rows(part.features.assign(same=1.0, empty=np.nan, kind=kind), part.y, part.prediction)
        for part, kind in ((roasts(1, 200), "old"), (roasts(2, 150), "new"))
    )
    parts = attribute(then, now, MAE, TASK)
    assert parts.overlap.outside == 1.0
    assert parts.verdict == "uncertain"


def test_without_features_all_is_concept():
    """A model of nothing: the rows cannot have moved."""
    bare = [rows(pd.DataFrame(index=range(100)), part.y, part.prediction, segments=()) for part in pair()]
    parts = attribute(*bare, MAE, TASK)
    assert add_up(parts)
    assert parts.features == ()


def pair():
    """A hundred rows each."""
    return roasts(1, 100), roasts(2, 100, turned=everywhere)


def as_task(sample, task, seed):
    """Turn roasts into classes; three when there are several."""
    if task == "regression":
        return replace(sample, y=sample.y + 20, prediction=sample.prediction + 20)
    generator = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-sample.prediction))
    y = (generator.random(len(sample)) < chance).astype(int)
    return replace(sample, y=y, prediction=chance)


def test_several_classes_can_be_split():
    """Probabilities of three classes."""
    task = "multiclass_classification"
    found = []
    for seed in (1, 2):
        sample = roasts(seed, 200)
        generator = np.random.default_rng(seed)
        scores = np.exp(np.c_[sample.prediction, -sample.prediction, np.zeros(200)])
        chances = scores / scores.sum(axis=1, keepdims=True)
        y = np.array([generator.choice(3, p=row) for row in chances])
        found.append(replace(sample, y=y, prediction=chances))
    for metric in metrics_for(task):
        assert add_up(attribute(*found, metric, task))
