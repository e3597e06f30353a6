"""Small models of one feature, and of all but one, then and now."""

from dataclasses import replace

import numpy as np
import pytest

from include.retraining.metrics.catalogue import get_metric
from include.retraining.performance.attribution.root_cause import root_cause
from tests.performance.roasts import roasts, rows


def test_a_feature_that_lost_its_meaning_comes_first():
    """Bean size told much of the humidity and tells nothing now; moisture is as it was."""
    found = root_cause(roasts(1, 600), roasts(2, 400, slope=0.0), get_metric("r2", "regression"), "regression")
    first = found.features[0]
    assert first.feature == "bean_size"
    assert first.alone_then > 0.1 > first.alone_now
    moisture = next(model for model in found.features if model.feature == "moisture")
    assert abs(moisture.alone_now - moisture.alone_then) < abs(first.alone_now - first.alone_then)
    assert found.all_then > first.without_then + 0.1
    assert first.without_now == pytest.approx(found.all_now, abs=0.1)


def test_classes_with_one_feature_and_with_one_class():
    """One feature has no models without it; one class has no figures; nothing fails."""
    metric = get_metric("roc_auc", "binary_classification")
    sample = roasts(1, 200)
    y = (sample.y > 0).astype(int)
    small = rows(sample.features[["bean_size", "origin"]], y, np.full(200, 0.5))
    only = replace(small, features=small.features[["bean_size"]])
    found = root_cause(only, replace(only, y=np.zeros(200, int)), metric, "binary_classification")
    assert found.features[0].without_then is None
    assert found.features[0].alone_then > 0.55
    assert found.features[0].alone_now is None


def test_too_few_rows_give_a_reason():
    """Thirty rows are not enough for models."""
    found = root_cause(roasts(1, 200), roasts(2, 30), get_metric("mae", "regression"), "regression")
    assert found.features == ()
    assert found.text.startswith("Not enough evidence")
