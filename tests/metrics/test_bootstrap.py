"""Bootstrap intervals hold their level, and do not promote between equals."""

import numpy as np
import pytest

from include.retraining.errors import DataError
from include.retraining.metrics import bootstrap as bootstrap_module
from include.retraining.metrics.bootstrap import (
    bootstrap_all,
    bootstrap_estimate,
    bootstrap_gain,
    drop_between,
    resample,
    time_blocks,
)
from include.retraining.metrics.catalogue import ACCURACY, MAE, ROC_AUC

TRIALS = 200


def binary_sample(generator, n, noise=1.0):
    """Draw labels with 30% positives, and scores one standard deviation apart."""
    y = (generator.random(n) < 0.3).astype(int)
    return y, y + generator.normal(0, noise, size=n)


def test_interval_covers_the_truth_at_its_nominal_level():
    """95% intervals of the AUC miss its true value in about 5% of the samples (binomial 99.9% bound)."""
    generator = np.random.default_rng(1)
    truth = 0.7602499389065233  # Phi(1 / sqrt(2)): two normals one standard deviation apart
    covered = 0
    for trial in range(TRIALS):
        y, score = binary_sample(generator, 400)
        estimate = bootstrap_estimate(ROC_AUC, y, score, confidence=0.95, seed=trial, resamples=200)
        covered += estimate.low <= truth <= estimate.high
    # 99.9% of binomial(200, 0.95) lies within 179 and 199
    assert 179 <= covered <= 199


def test_equal_models_are_rarely_called_different():
    """The lower bound of the gain between two equally good models exceeds 0 in at most 5% of the samples."""
    generator = np.random.default_rng(2)
    proven = 0
    for trial in range(TRIALS):
        y, score = binary_sample(generator, 400)
        old, new = score + generator.normal(0, 0.5, 400), score + generator.normal(0, 0.5, 400)
        gain = bootstrap_gain(ROC_AUC, y, old, new, confidence=0.95, seed=trial, resamples=200)
        proven += gain.low > 0
    # nominal 2.5%: binomial(200, 0.025) exceeds 5% of the trials with a chance of 1%
    assert proven <= 10


def test_drop_interval_of_two_equal_samples_covers_zero():
    """Two samples of one distribution differ beyond doubt in about 5% of the trials."""
    generator = np.random.default_rng(3)
    missed = 0
    for trial in range(TRIALS):
        reference, current = binary_sample(generator, 500), binary_sample(generator, 200)
        then, now = (
            resample(ROC_AUC, *rows, seed=2 * trial + n, resamples=200) for n, rows in enumerate((reference, current))
        )
        drop = drop_between(then, now, 0.95)
        missed += not drop.low <= 0 <= drop.high
    # 99.9% of binomial(200, 0.05) lies within 1 and 21
    assert 1 <= missed <= 21


def test_paired_interval_is_narrower_than_two_single_ones():
    """Both models see the same resampled rows, so what they share cancels out."""
    generator = np.random.default_rng(4)
    y, score = binary_sample(generator, 1000)
    old, new = score + generator.normal(0, 0.1, 1000), score + generator.normal(0, 0.1, 1000)
    gain = bootstrap_gain(ROC_AUC, y, old, new, confidence=0.95, seed=0)
    single = bootstrap_estimate(ROC_AUC, y, old, confidence=0.95, seed=0)
    assert gain.high - gain.low < 0.5 * (single.high - single.low)
    assert gain.value == pytest.approx(ROC_AUC(y, new) - ROC_AUC(y, old))


def test_gain_is_positive_when_an_error_falls():
    """The sign follows what is better, not what is larger."""
    generator = np.random.default_rng(5)
    y = generator.normal(size=500)
    gain = bootstrap_gain(MAE, y, y + 1, y + 0.1, confidence=0.9, seed=0)
    assert gain.value == pytest.approx(0.9)
    assert gain.confidence == 0.9
    drop = drop_between(resample(MAE, y, y + 0.1, seed=0), resample(MAE, y[:300], y[:300] + 1, seed=1), 0.9)
    assert drop.value == pytest.approx(0.9)
    assert drop.n == 300


def test_interval_agrees_with_the_closed_form_of_a_share():
    """The accuracy's interval is close to its normal approximation."""
    y = np.ones(2000, dtype=int)
    prediction = np.where(np.arange(2000) < 1600, 0.9, 0.1)
    estimate = bootstrap_estimate(ACCURACY, y, prediction, confidence=0.95, seed=0)
    half_width = 1.96 * np.sqrt(0.8 * 0.2 / 2000)
    assert estimate.value == 0.8
    assert estimate.low == pytest.approx(0.8 - half_width, abs=0.002)
    assert estimate.high == pytest.approx(0.8 + half_width, abs=0.002)


def test_same_seed_same_interval():
    """Another seed moves it a little."""
    y, score = binary_sample(np.random.default_rng(6), 300)
    first = bootstrap_estimate(ROC_AUC, y, score, confidence=0.95, seed=1)
    assert first == bootstrap_estimate(ROC_AUC, y, score, confidence=0.95, seed=1)
    assert first != bootstrap_estimate(ROC_AUC, y, score, confidence=0.95, seed=2)


def test_resamples_with_one_class_are_left_out():
    """With two positives among 40 rows, one resample in eight has none; the interval is of the others."""
    y = np.r_[1, 1, np.zeros(38, dtype=int)]
    score = np.r_[0.9, 0.4, np.linspace(0, 0.8, 38)]
    estimate = bootstrap_estimate(ROC_AUC, y, score, confidence=0.95, seed=0)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_one_class_only_is_an_error_that_says_so():
    """There is no interval around something that is not defined."""
    with pytest.raises(DataError, match="ROC AUC is not defined on these 3 rows: the labels hold only one class"):
        bootstrap_estimate(ROC_AUC, np.zeros(3, dtype=int), np.array([0.1, 0.2, 0.3]), confidence=0.95, seed=0)


def test_blocks_of_rows_that_err_together_widen_the_interval():
    """Ten copies of each row are no more evidence than one; drawn as blocks they do not count as more."""
    generator = np.random.default_rng(8)
    y, old, new = np.zeros(100), 1 + generator.normal(size=100), 1 + generator.normal(size=100)
    once = bootstrap_gain(MAE, y, old, new, confidence=0.95, seed=0)
    copied = [np.repeat(values, 10) for values in (y, old, new)]
    naive = bootstrap_gain(MAE, *copied, confidence=0.95, seed=0)
    blocks = bootstrap_gain(MAE, *copied, confidence=0.95, seed=0, blocks=np.repeat(np.arange(100), 10))
    assert naive.high - naive.low < 0.5 * (once.high - once.low)
    assert blocks.high - blocks.low == pytest.approx(once.high - once.low, rel=0.15)


def test_blocks_of_time_hold_equal_spans():
    """However many rows fall into them, and in whatever order rows come."""
    times = np.datetime64("2024-01-01") + np.array([0, 1, 2, 13, 27, 3]) * np.timedelta64(12, "h")
    assert time_blocks(times, count=14).tolist() == [0, 0, 1, 2, 3, 1]
    assert time_blocks(times[:1]).tolist() == [0]


def test_several_metrics_share_their_resamples():
    """Each figure is the metric's own, its interval like that of its own bootstrap; what is undefined is left out."""
    y, score = binary_sample(np.random.default_rng(8), 500)
    found = bootstrap_all([ROC_AUC, ACCURACY], y, score, confidence=0.95, seed=0, resamples=400)
    for metric in (ROC_AUC, ACCURACY):
        own = bootstrap_estimate(metric, y, score, confidence=0.95, seed=1)
        assert found[metric.name].value == own.value
        assert found[metric.name].high - found[metric.name].low == pytest.approx(own.high - own.low, rel=0.2)
    one_class = bootstrap_all([ROC_AUC, ACCURACY], np.zeros(50, int), score[:50], confidence=0.95, seed=0)
    assert set(one_class) == {"accuracy"}


class TestMemory:
    """The same rows are resampled once, others anew."""

    def test_the_same_content_is_remembered(self, monkeypatch):
        """Also in other arrays; not with another seed, metric, number of resamples, type or a single other value."""
        counted = []
        real = bootstrap_module._evaluate
        monkeypatch.setattr(bootstrap_module, "_evaluate", lambda *given: counted.append(1) or real(*given))
        monkeypatch.setattr(bootstrap_module, "_remembered", {})
        y, score = binary_sample(np.random.default_rng(3), 50)
        first = resample(ROC_AUC, y, score, seed=0, resamples=20)
        assert resample(ROC_AUC, y.copy(), score.copy(), seed=0, resamples=20) is first
        assert len(counted) == 1
        other = score.copy()
        other[7] += 1e-9
        for given, options in (
            ((ROC_AUC, y, score), {"seed": 1, "resamples": 20}),
            ((ROC_AUC, y, score), {"seed": 0, "resamples": 21}),
            ((ACCURACY, y, score), {"seed": 0, "resamples": 20}),
            ((ROC_AUC, y, other), {"seed": 0, "resamples": 20}),
            ((ROC_AUC, y.astype(float), score), {"seed": 0, "resamples": 20}),
        ):
            resample(*given, **options)
        assert len(counted) == 6

    def test_what_is_remembered_cannot_be_changed_and_is_bounded(self, monkeypatch):
        """The oldest goes first."""
        monkeypatch.setattr(bootstrap_module, "_remembered", {})
        monkeypatch.setattr(bootstrap_module, "MAXIMUM_REMEMBERED", 2)
        y, score = binary_sample(np.random.default_rng(3), 50)
        found = [resample(ROC_AUC, y, score, seed=seed, resamples=20) for seed in range(3)]
        assert len(bootstrap_module._remembered) == 2
        assert resample(ROC_AUC, y, score, seed=2, resamples=20) is found[2]
        assert resample(ROC_AUC, y, score, seed=0, resamples=20) is not found[0]
        with pytest.raises(ValueError, match="read-only"):
            found[2].values[0] = 1.0
