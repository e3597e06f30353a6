"""Performance of a regression without labels."""

import numpy as np
import pytest

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import LOG_LOSS, MAE, MAPE, R2, RMSE, metrics_for
from include.retraining.performance.estimation.estimate import adapt, estimate, fit_estimator
from include.retraining.performance.estimation.intervals import gap
from include.retraining.performance.estimation.losses import LossEstimator
from include.retraining.performance.estimation.reweighting import Holdout

NUMBERS = metrics_for("regression")


def rows(n, seed, shift=0.0, noise=1.0, zero=False):
    """Draw features, truth and the true means as predictions; the noise grows with the first feature."""
    generator = np.random.default_rng(seed)
    x = np.column_stack([generator.uniform(0, 1, (n, 2)) ** (1 / (1 + shift)), generator.integers(0, 3, n)])
    mean = 20 + 5 * x[:, 1] + x[:, 2]
    y = mean + noise * (0.5 + 2 * x[:, 0]) * generator.normal(size=n)
    if zero:
        y[0] = 0.0
    return Holdout(y, mean, x, (False, False, True))


@pytest.fixture(scope="module")
def holdout():
    """Rows that the champion has not learned from."""
    return rows(4_000, 0)


@pytest.fixture(scope="module")
def estimator(holdout):
    """Learn how large its errors are."""
    return fit_estimator("regression", holdout)


def figures(estimator, holdout, now, metrics=NUMBERS):
    """Estimate metrics of a batch, whose labels are not used."""
    return estimate(
        adapt(estimator, now.prediction, now.features, holdout=holdout), now.prediction, now.features, metrics
    )


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_every_metric_is_told_where_noise_depends_on_a_feature(estimator, holdout, shift):
    """Also when more rows come from where errors are large; the realised figure lies in the interval."""
    now = rows(5_000, 1, shift)
    for metric, found in zip(NUMBERS, figures(estimator, holdout, now), strict=True):
        realised = metric(now.y, now.prediction)
        assert found.method == "loss_model"
        assert found.verdict == "estimated"
        assert found.value == pytest.approx(realised, rel=0.06), metric.name
        assert gap(metric, found, realised).p_value > 0.001, metric.name
        assert found.low < found.value < found.high


def test_the_shift_is_seen(estimator, holdout):
    """Mean absolute error rises from 1.20 to 1.46 by the features alone: sqrt(2/pi) of the mean spread."""
    before, after = (figures(estimator, holdout, rows(5_000, 1, shift), [MAE])[0] for shift in (0.0, 1.0))
    assert before.value == pytest.approx(np.sqrt(2 / np.pi) * 1.5, rel=0.05)
    assert after.value == pytest.approx(np.sqrt(2 / np.pi) * (0.5 + 2 * 2 / 3), rel=0.05)
    assert before.high < after.low


def test_more_noise_than_the_features_say_is_the_gap(estimator, holdout):
    """Errors half as large again: invisible to the estimate, beyond doubt once the labels are there."""
    now = rows(2_000, 2, noise=1.5)
    for metric, found in zip((MAE, RMSE, R2), figures(estimator, holdout, now, [MAE, RMSE, R2]), strict=True):
        result = gap(metric, found, metric(now.y, now.prediction))
        assert result.worse
        assert result.p_value < 1e-4


def test_intervals_hold_their_rate():
    """5 small worlds, 8 batches each: the 95% interval of the realised error holds at least 33 of 40 (0.1%)."""
    held = 0
    for seed in range(5):
        holdout = rows(500, 100 + seed)
        estimator = fit_estimator("regression", holdout)
        for batch in range(8):
            now = rows(300, 1000 + 8 * seed + batch)
            found = figures(estimator, holdout, now, [MAE])[0]
            held += found.low <= MAE(now.y, now.prediction) <= found.high
    assert held >= 33


def test_the_same_input_gives_the_same_estimate(estimator, holdout):
    """Also after a round trip through bytes."""
    now = rows(500, 3)
    read = LossEstimator.from_bytes(estimator.to_bytes())
    assert figures(estimator, holdout, now) == figures(read, holdout, now)


def test_no_percentage_where_a_true_value_was_zero():
    """The other metrics are estimated all the same, and the text says which."""
    holdout = rows(600, 4, zero=True)
    found = figures(fit_estimator("regression", holdout), holdout, rows(300, 5), [MAPE, MAE])
    assert [one.verdict for one in found] == ["not_estimable", "estimated"]
    assert found[0].text == "MAPE cannot be estimated: expected errors give mae, rmse, r2 only."


def test_other_metrics_are_not_estimated(estimator, holdout):
    """A metric that is no mean of losses has no estimate, and no error is raised."""
    assert figures(estimator, holdout, rows(300, 5), [LOG_LOSS])[0].verdict == "not_estimable"


def test_an_unseen_region_has_no_estimate(estimator, holdout):
    """Trees say the same beyond their last cut, where errors may be any size."""
    now = rows(1_000, 6)
    beyond = now.features + np.array([1.0, 0.0, 0.0])
    adapted = adapt(estimator, now.prediction, beyond, holdout=holdout)
    found = estimate(adapted, now.prediction, beyond, [MAE])[0]
    assert found.extrapolating_share > 0.9
    assert found.verdict == "outside_reference"


def test_a_perfect_model_has_no_error(holdout):
    """Errors of exactly 0 are told as 0, without NaN."""
    perfect = Holdout(holdout.prediction, holdout.prediction, holdout.features, holdout.categorical)
    found = figures(fit_estimator("regression", perfect), perfect, perfect, [MAE, RMSE, R2])
    assert [one.value for one in found] == pytest.approx([0, 0, 1])


def test_missing_values_are_no_problem(holdout):
    """A column that is empty in the holdout, and one with holes."""
    features = holdout.features.copy()
    features[::3, 0], features[:, 1] = np.nan, np.nan
    holed = Holdout(holdout.y, holdout.prediction, features, holdout.categorical)
    assert figures(fit_estimator("regression", holed), holed, holed, [MAE])[0].verdict == "estimated"


def test_too_few_rows_are_an_error(holdout):
    """With how many are needed."""
    few = Holdout(holdout.y[:50], holdout.prediction[:50], holdout.features[:50], holdout.categorical)
    with pytest.raises(DataError, match="50 rows with a label; 200"):
        fit_estimator("regression", few)


def test_another_format_is_refused(estimator, monkeypatch):
    """With what to do about it."""
    content = estimator.to_bytes()
    monkeypatch.setattr("include.retraining.performance.estimation.losses.FORMAT", 4)
    with pytest.raises(DataError, match="train the model again"):
        LossEstimator.from_bytes(content)
