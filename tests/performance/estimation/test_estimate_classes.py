"""Performance of a classifier without labels."""

import numpy as np
import pytest

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import ACCURACY, LOG_LOSS, PRECISION, ROC_AUC, metrics_for
from include.retraining.performance.estimation.confidence import ConfidenceEstimator, fit_confidence
from include.retraining.performance.estimation.estimate import Adapted, adapt, estimate, fit_estimator
from include.retraining.performance.estimation.expectation import class_probabilities, over_classes
from include.retraining.performance.estimation.intervals import gap
from include.retraining.performance.estimation.reweighting import Holdout

BINARY = metrics_for("binary_classification")


def scored(n, seed, spread=1.5, flip=False):
    """Draw labels from the log odds z; the model doubles them. With `flip`, half of the labels mean the opposite."""
    generator = np.random.default_rng(seed)
    z = generator.normal(0, spread, n)
    y = (generator.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    if flip:
        y = np.where(generator.random(n) < 0.5, 1 - y, y)
    return y, 1 / (1 + np.exp(-2 * z))


def bare(estimator):
    """Take an estimator as it is, for any batch."""
    return Adapted(estimator, "calibrated_confidence")


def figures(estimator, score, metrics=BINARY, **options):
    """Estimate metrics of scores that have no features."""
    return estimate(bare(estimator), score, np.empty((len(score), 0)), metrics, **options)


@pytest.fixture(scope="module")
def estimator():
    """Fit to a large holdout."""
    return fit_confidence("binary_classification", *scored(40_000, 0))


@pytest.mark.parametrize("metric", BINARY, ids=lambda metric: metric.name)
def test_expectation_over_classes_is_the_mean_over_labels(metric):
    """Exact for means over rows, close for ratios and ranks: against 2,000 draws of the labels."""
    generator = np.random.default_rng(3)
    score = generator.uniform(0.05, 0.95, 300)
    drawn = [metric((generator.random(300) < score).astype(int), score) for _ in range(2_000)]
    expected = over_classes(metric, score)(class_probabilities(score))
    assert expected == pytest.approx(np.mean(drawn), abs=0.002 + 4 * np.std(drawn) / np.sqrt(2_000))


def test_estimates_are_what_the_true_probabilities_expect(estimator):
    """Scores that are twice too sure are calibrated: every metric comes out as the true probabilities have it."""
    _, score = scored(20_000, 1)
    truth = 1 / (1 + np.sqrt(1 / score - 1))
    for metric, found in zip(BINARY, figures(estimator, score, confidence=0.999), strict=True):
        expected = over_classes(metric, score)(class_probabilities(truth))
        assert found.verdict == "estimated"
        assert found.metric == metric.name
        assert found.value == pytest.approx(expected, abs=0.02), metric.name
        assert found.expected_low <= expected <= found.expected_high, metric.name
        assert found.low < found.expected_low < found.value < found.expected_high < found.high


def test_a_shift_of_the_scores_is_followed(estimator):
    """Harder rows, whose scores lie closer together: the lower AUC is told without a label."""
    y, score = scored(20_000, 2, spread=0.7)
    found = figures(estimator, score, [ROC_AUC])[0]
    assert found.value < 0.72 < ROC_AUC(*scored(20_000, 3))
    assert found.low <= ROC_AUC(y, score) <= found.high


def test_the_holdout_is_estimated_as_it_was(estimator):
    """Cross-fitted on itself, the method is right to the third decimal, and says by how much it is not."""
    assert set(estimator.bias) == {metric.name for metric in BINARY}
    assert all(abs(estimator.bias[name]) < 0.005 for name in estimator.bias)


def test_intervals_hold_their_rate():
    """40 small batches: the 90% interval for the realised AUC holds 36 of them, give or take chance (0.1%)."""
    held = low_p = 0
    for seed in range(40):
        found_on = fit_confidence("binary_classification", *scored(1_500, 1000 + seed))
        y, score = scored(600, 2000 + seed)
        found = estimate(bare(found_on), score, np.empty((600, 0)), [ROC_AUC], confidence=0.9, seed=seed)[0]
        held += found.low <= ROC_AUC(y, score) <= found.high
        low_p += gap(ROC_AUC, found, ROC_AUC(y, score)).p_value < 0.1
    assert held >= 29
    assert low_p <= 11


def test_a_concept_drift_is_the_gap(estimator):
    """The estimate does not see it; realised minus estimated is far beyond chance."""
    y, score = scored(3_000, 5, flip=True)
    found = figures(estimator, score, [ROC_AUC, LOG_LOSS])
    for metric, one in zip((ROC_AUC, LOG_LOSS), found, strict=True):
        result = gap(metric, one, metric(y, score))
        assert result.worse
        assert result.p_value < 1e-6
        assert result.low <= result.difference <= result.high
        assert (result.high < 0) is metric.greater_is_better


def test_no_gap_without_an_estimate(estimator):
    """Nothing to compare with, or nothing realised."""
    nothing, something = (
        figures(estimator, np.empty(0), [ROC_AUC])[0],
        figures(estimator, scored(500, 1)[1], [ROC_AUC])[0],
    )
    assert gap(ROC_AUC, nothing, 0.8) is None
    assert gap(ROC_AUC, something, float("nan")) is None


def test_the_same_input_gives_the_same_estimate(estimator):
    """Also after a round trip through JSON; another seed moves only the interval."""
    _, score = scored(2_000, 6)
    read = ConfidenceEstimator.from_json(estimator.to_json())
    assert len(estimator.to_json()) < 200_000
    first = figures(estimator, score, [ROC_AUC, PRECISION])
    assert first == figures(read, score, [ROC_AUC, PRECISION])
    other = figures(estimator, score, [ROC_AUC, PRECISION], seed=1)
    assert other[0].value == first[0].value
    assert other[0].low != first[0].low


def test_another_format_is_refused(estimator):
    """With what to do about it."""
    with pytest.raises(DataError, match="train the model again"):
        ConfidenceEstimator.from_json(estimator.to_json().replace('"format": 1', '"format": 0'))


@pytest.mark.parametrize("score", [np.empty(0), np.full(5, np.nan)], ids=["empty", "missing"])
def test_no_prediction_no_estimate(estimator, score):
    """A clear answer, without a number."""
    found = figures(estimator, score, [ROC_AUC])[0]
    assert found.verdict == "not_estimable"
    assert found.value is None
    assert found.text == "ROC AUC cannot be estimated: no row has a prediction."


def test_rows_without_a_prediction_are_left_out(estimator):
    """They change nothing but the count."""
    _, score = scored(1_000, 7)
    holes = np.concatenate([score, [np.nan, np.inf]])
    assert figures(estimator, holes, [ACCURACY]) == figures(estimator, score, [ACCURACY])


def test_a_constant_score_is_estimated(estimator):
    """Ranks say nothing (one half), and the accuracy is the chance of the class."""
    auc, accuracy = figures(estimator, np.full(800, 0.9), [ROC_AUC, ACCURACY])
    assert auc.value == pytest.approx(0.5, abs=0.002)
    assert accuracy.value == pytest.approx(0.75, abs=0.03)


def test_one_row_may_have_no_ranking(estimator):
    """A single row has one class whichever it is: no AUC, and no NaN."""
    found = figures(estimator, np.array([0.4]), [ROC_AUC])[0]
    assert found.verdict == "not_estimable"
    assert "only one class" in found.text


def test_one_class_calibrates_nothing():
    """The error says which class lacks rows."""
    with pytest.raises(DataError, match="class 1 has 0 rows"):
        fit_confidence("binary_classification", np.zeros(500, dtype=int), np.full(500, 0.3))


def test_unknown_labels_are_left_out():
    """Rows of class -1 change nothing."""
    y, score = scored(2_000, 8)
    padded = fit_confidence("binary_classification", np.append(y, -1), np.append(score, 0.5))
    assert padded.bias == fit_confidence("binary_classification", y, score).bias


def test_several_classes():
    """Over-sure probabilities of three classes: each metric is estimated within its interval."""
    generator = np.random.default_rng(9)
    z = generator.normal(0, 1.2, (12_000, 3))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    y = (generator.random((12_000, 1)) > p.cumsum(axis=1)).sum(axis=1)
    sure = np.exp(2 * z) / np.exp(2 * z).sum(axis=1, keepdims=True)
    fitted = fit_estimator("multiclass_classification", Holdout(y[:6_000], sure[:6_000], np.empty((6_000, 0)), ()))
    metrics = metrics_for("multiclass_classification")
    read = bare(ConfidenceEstimator.from_json(fitted.to_json()))
    for metric, found in zip(metrics, estimate(read, sure[6_000:], np.empty((6_000, 0)), metrics), strict=True):
        realised = metric(y[6_000:], sure[6_000:])
        assert found.value == pytest.approx(realised, abs=0.03), metric.name
        assert gap(metric, found, realised).p_value > 0.001, metric.name


def interacting(n, seed, shift=0.0):
    """Draw features, labels, and the scores of a model that knows only one of two features that interact."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 2))
    x[:, 1] += shift
    y = (generator.random(n) < 1 / (1 + np.exp(-(x[:, 0] + x[:, 0] * x[:, 1])))).astype(int)
    return x, y, 1 / (1 + np.exp(-x[:, 0]))


def test_a_covariate_shift_is_followed_by_weights():
    """Where scores mean something else in the batch, a weighted holdout is nearer to the truth than a plain one."""
    x, y, score = interacting(8_000, 0)
    holdout = Holdout(y, score, x, (False, False))
    fitted = fit_estimator("binary_classification", holdout)
    now, truth, scores = interacting(8_000, 1, shift=0.5)
    adapted = adapt(fitted, scores, now, holdout=holdout)
    assert adapted.method == "reweighted_confidence"
    assert "weighted to resemble it" in adapted.note
    weighted, plain = (estimate(one, scores, now, [ROC_AUC])[0] for one in (adapted, bare(fitted)))
    realised = ROC_AUC(truth, scores)
    assert abs(weighted.value - realised) < 0.02
    assert abs(plain.value - realised) > 0.03
    assert weighted.low <= realised <= weighted.high
    assert "features mean the same" in weighted.assumption


def test_nothing_is_weighted_where_nothing_moved():
    """The plain estimate stays, and nothing is said."""
    x, y, score = interacting(3_000, 2)
    holdout = Holdout(y, score, x, (False, False))
    now, _, scores = interacting(3_000, 3)
    adapted = adapt(fit_estimator("binary_classification", holdout), scores, now, holdout=holdout)
    assert (adapted.method, adapted.note) == ("calibrated_confidence", "")
    assert adapted.extrapolating_share < 0.02


def test_weights_that_do_not_balance_are_not_used():
    """Scores that moved by themselves, as after another model scored the rows, cannot come from the features."""
    x, y, score = interacting(3_000, 4)
    holdout = Holdout(y, score, x, (False, False))
    now, _, scores = interacting(3_000, 5, shift=0.7)
    adapted = adapt(fit_estimator("binary_classification", holdout), scores**3, now, holdout=holdout)
    assert adapted.method == "calibrated_confidence"
    assert "do not make the holdout's predictions look like the batch's" in adapted.note


def test_rows_beyond_the_reference_forbid_an_estimate():
    """The figure is there to look at, and the verdict says that it is not to be relied on."""
    x, y, score = interacting(3_000, 6)
    holdout = Holdout(y, score, x, (False, False))
    now, _, scores = interacting(3_000, 7, shift=4.0)
    adapted = adapt(fit_estimator("binary_classification", holdout), scores, now, holdout=holdout)
    found = estimate(adapted, scores, now, [ACCURACY])[0]
    assert found.extrapolating_share > 0.5
    assert found.verdict == "outside_reference"
    assert "of the rows lie where the reference has none" in found.text
    assert gap(ACCURACY, found, 0.7) is None
