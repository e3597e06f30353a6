"""A holdout in few weighted rows."""

import numpy as np
import pytest

from include.retraining.metrics.catalogue import ACCURACY, ROC_AUC
from include.retraining.performance.estimation.sample import MAXIMUM_CELLS, group_sample, group_scores


def rows(n, seed=0):
    """Draw scores and labels."""
    generator = np.random.default_rng(seed)
    score = generator.random(n)
    return score, (generator.random(n) < score).astype(int)


def test_grouping_keeps_the_metrics():
    """A tenth of the rows says the same about ranks, and exactly the same about the decision threshold."""
    score, y = rows(20_000)
    sample = group_sample(score, y, np.ones(len(y)), np.random.default_rng(0))
    assert len(sample.y) < 2 * 2 * MAXIMUM_CELLS
    assert sample.weights.sum() == len(y)
    auc = ROC_AUC(sample.y, sample.prediction, sample.weights)
    assert auc == pytest.approx(ROC_AUC(y, score), abs=1e-4)
    assert ACCURACY(sample.y, sample.prediction, sample.weights) == pytest.approx(ACCURACY(y, score), abs=1e-12)


def test_few_distinct_scores_keep_their_cells():
    """Nothing is lost where scores are rounded anyway."""
    cell, scores = group_scores(np.array([0.5, 0.25, 0.5, 0.75]))
    assert scores[cell].tolist() == [0.5, 0.25, 0.5, 0.75]


def test_a_resample_varies_as_the_bootstrap_does():
    """The mean of weighted rows has the variance of a mean over independent rows."""
    score, y = rows(5_000)
    sample = group_sample(score, y, np.ones(len(y)), np.random.default_rng(0))
    generator = np.random.default_rng(1)
    means = []
    for _ in range(400):
        weights = sample.draw(generator)
        means.append((weights * sample.y).sum() / weights.sum())
    assert np.mean(means) == pytest.approx(y.mean(), abs=0.002)
    assert np.std(means) == pytest.approx(np.sqrt(y.var() / len(y)), rel=0.15)


def test_effective_rows_follow_the_weights():
    """Equal weights count in full; when a tenth of the rows has all the weight, only they count."""
    score, y = rows(1_000)
    assert group_sample(score, y, np.ones(1_000), np.random.default_rng(0)).effective == pytest.approx(1_000)
    some = np.where(np.arange(1_000) < 100, 10.0, 0.0)
    assert group_sample(score, y, some, np.random.default_rng(0)).effective == pytest.approx(100)
