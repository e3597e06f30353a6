"""Naming the part of the rows in which the relation changed."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.attribution.weights import weigh
from include.retraining.performance.local import find_local
from include.retraining.performance.regions import tree_regions
from tests.performance.roasts import everywhere, from_ethiopia, roasts, rows

TASK = "regression"


def test_an_origin_whose_relation_turned_is_named_with_few_labels():
    """A tenth of 400 labelled rows: named in at least 16 of 20 samples, and nothing else in at least 18."""
    named = [
        [drift.region for drift in find_local(roasts(seed, 800), roasts(seed + 500, 400, turned=from_ethiopia), TASK)]
        for seed in range(20)
    ]
    assert sum("origin = Ethiopia" in regions for regions in named) >= 16
    assert sum(set(regions) <= {"origin = Ethiopia"} for regions in named) >= 18


def test_what_is_said_of_a_region():
    """Share, losses, p-values, and the correlation that turned from plus to minus."""
    drift = find_local(roasts(1, 800), roasts(501, 600, turned=from_ethiopia), TASK)[0]
    assert (drift.region, drift.origin, drift.columns) == ("origin = Ethiopia", "declared", ("origin",))
    assert drift.share == pytest.approx(0.1, abs=0.04)
    assert drift.worse
    assert drift.p_value <= drift.p_adjusted <= 0.05
    assert drift.relations[0].feature == "bean_size"
    assert drift.relations[0].then.low > 0 > drift.relations[0].now.high
    assert drift.elsewhere.low <= 0 <= drift.elsewhere.high


def test_a_range_of_a_feature_is_found_without_declaring_it():
    """Large beans turn: a range of bean size is named in at least 9 of 10 samples."""

    def large(features):
        return features["bean_size"] > 6.6

    hits = 0
    for seed in range(10):
        found = find_local(plain(roasts(seed, 800)), plain(roasts(seed + 500, 400, turned=large)), TASK)
        hits += any(drift.origin == "tree" and "bean_size" in drift.columns for drift in found)
    assert hits >= 9


def test_without_a_change_nothing_is_named():
    """At a rate of 5%, at most 6 of 40 samples name anything (binomial, 99.9%); moved features are no change."""
    alarms = sum(bool(find_local(roasts(seed, 400), roasts(seed + 900, 300), TASK)) for seed in range(40))
    assert alarms <= 6
    assert find_local(roasts(3, 800), roasts(4, 400, larger=0.3), TASK) == ()


def test_weights_keep_harder_rows_from_being_called_a_change():
    """Errors spread more for larger beans: without weights that alarms, with them at most 2 of 10 samples do."""
    alarms = {"plain": 0, "weighted": 0}
    for seed in range(10):
        then, now = roasts(seed, 1_000), roasts(seed + 500, 500, larger=1.0)
        alarms["plain"] += bool(find_local(then, now, TASK))
        alarms["weighted"] += bool(find_local(then, now, TASK, weights=weigh(then, now, TASK).weights))
    assert alarms["plain"] >= 5
    assert alarms["weighted"] <= 2


def test_a_change_of_all_rows_is_told_as_that():
    """When every origin turned, all rows are named, and no origin stands out."""
    found = find_local(roasts(1, 800), roasts(501, 400, turned=everywhere), TASK)
    assert found[-1].region == "all rows"
    assert not [drift for drift in found if drift.origin in {"declared", "category"}]


def test_classes_work_too():
    """A classifier whose relation turned in one origin; and several classes do not fail."""
    generator = np.random.default_rng(0)
    then, now = roasts(1, 1_000), roasts(2, 600)

    def classified(sample, turned):
        score = 1.2 * (sample.features["bean_size"].to_numpy() - 6.5) / 0.35
        sign = np.where(turned & from_ethiopia(sample.features), -1, 1)
        y = (generator.random(len(sample)) < 1 / (1 + np.exp(-score * sign))).astype(int)
        return rows(sample.features, y, 1 / (1 + np.exp(-score)))

    pair = classified(then, turned=False), classified(now, turned=True)
    assert find_local(*pair, "binary_classification")[0].region == "origin = Ethiopia"
    stacked = [
        rows(part.features, part.y, np.c_[1 - part.prediction, part.prediction * 0.9, part.prediction * 0.1])
        for part in pair
    ]
    assert find_local(*stacked, "multiclass_classification")[0].relations == ()


def test_missing_values_booleans_and_text_are_taken():
    """Missing numbers, missing text, booleans and nullable integers do not fail, and change nothing."""
    then, now = roasts(1, 300), roasts(2, 300)
    broken = []
    for part in (then, now):
        features = part.features.assign(flag=part.features["airflow"] > 0, empty=np.nan)
        features["count"] = pd.array([1, None, 3] * 100, dtype="Int64")
        features.loc[::7, "bean_size"] = np.nan
        features.loc[::5, "line"] = None
        broken.append(rows(features, part.y, part.prediction))
    assert find_local(*broken, TASK) == ()


@pytest.mark.parametrize("rows_now", [0, 5])
def test_too_few_rows_name_nothing(rows_now):
    """No labels, or a handful."""
    sample = roasts(1, 200, turned=everywhere)
    assert find_local(roasts(2, 200), sample.only(np.arange(200) < rows_now), TASK) == ()


def test_a_tree_never_tests_rows_that_it_was_fitted_to():
    """The fresh rows of the two halves are complementary, and words, columns and masks agree."""
    then, now = roasts(1, 400), roasts(2, 400, turned=lambda features: features["bean_size"] > 6.6)
    values = [np.column_stack([part.losses(TASK), part.residuals(TASK)]) for part in (then, now)]
    regions = list(tree_regions((then.features, values[0]), (now.features, values[1]), seed=0))
    halves = {region.fresh_now.tobytes() for region in regions}
    assert len(halves) == 2
    assert all((region.fresh_now.mean(), region.fresh_then.mean()) == (0.5, 0.5) for region in regions)
    single = next(region for region in regions if region.words.startswith("bean_size > "))
    assert np.array_equal(single.now, now.features["bean_size"] > float(single.words.split(" > ")[1]))


def plain(sample):
    """The same rows without declared segments."""
    return rows(sample.features, sample.y, sample.prediction, segments=())
