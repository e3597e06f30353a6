"""What each feature has to do with the change."""

import numpy as np

from include.retraining.metrics.catalogue import get_metric
from include.retraining.performance.attribution.by_feature import feature_causes
from tests.performance.roasts import everywhere, roasts

TASK = "regression"
MAE = get_metric("mae", TASK)


def test_the_feature_that_moved_explains_the_data_part():
    """Larger beans: weighting by bean size moves the metric most, and no relation changed."""
    found = {
        cause.feature: cause for cause in feature_causes(roasts(1, 2_000), roasts(2, 1_000, larger=0.8), MAE, TASK)
    }
    assert max(found.values(), key=lambda cause: abs(cause.data)).feature == "bean_size"
    assert found["bean_size"].data > 0.03
    assert min(cause.p_value for cause in found.values()) > 0.01


def test_the_feature_whose_relation_turned_explains_the_concept_part():
    """Bean size turned: it comes first, with nearly all of what features can tell apart."""
    first = feature_causes(roasts(1, 1_000), roasts(2, 400, turned=everywhere), MAE, TASK)[0]
    assert first.feature == "bean_size"
    assert first.p_value < 1e-6
    assert abs(first.data) < 0.05


def test_steady_features_rarely_alarm():
    """At a level of 10% for all features together, at most 10 of 50 samples alarm (binomial, 99%)."""
    alarms = sum(
        min(cause.p_value for cause in feature_causes(roasts(s, 600), roasts(s + 500, 300), MAE, TASK)) <= 0.1
        for s in range(50)
    )
    assert alarms <= 10


def test_shares_are_shares():
    """The concept shares are not negative and add up to 1 where anything changed at all."""
    shares = [cause.concept for cause in feature_causes(roasts(1, 400), roasts(2, 400, turned=everywhere), MAE, TASK)]
    assert min(shares) >= 0
    assert np.isclose(sum(shares), 1.0)
