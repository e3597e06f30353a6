"""Losses of single rows."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.rows import PROBABILITY_FLOOR, LabelledRows


def make(y, prediction):
    """Rows without features."""
    n = len(y)
    empty = pd.DataFrame(index=range(n))
    times = np.full(n, np.datetime64("2025-01-01", "us"))
    return LabelledRows(np.arange(n), times, empty, empty, np.asarray(y), np.asarray(prediction, float))


def test_a_number_has_its_absolute_error_and_a_missing_label_none():
    """Regression: |y - prediction|, NaN where the label or the prediction is missing."""
    rows = make([1.0, np.nan, 2.0], [3.0, 1.0, np.nan])
    assert rows.losses("regression").tolist() == pytest.approx([2.0, np.nan, np.nan], nan_ok=True)


def test_log_loss_is_capped_and_unknown_classes_have_none():
    """A class is charged by the probability that it was given, at least the floor."""
    rows = make([1, 0, 1, -1], [0.8, 0.8, 0.0, 0.5])
    expected = [-np.log(0.8), -np.log(0.2), -np.log(PROBABILITY_FLOOR), np.nan]
    assert rows.losses("binary_classification") == pytest.approx(expected, nan_ok=True)
    assert rows.mistakes("binary_classification") == pytest.approx([0, 1, 1, np.nan], nan_ok=True)


def test_classes_are_charged_by_their_own_column():
    """More than two classes: the probability in the column of the true class; errors by class."""
    rows = make([2, 0, 7], [[0.2, 0.3, 0.5], [0.2, 0.7, 0.1], [1.0, 0.0, 0.0]])
    assert rows.losses("multiclass_classification") == pytest.approx([-np.log(0.5), -np.log(0.2), np.nan], nan_ok=True)
    assert rows.mistakes("multiclass_classification") == pytest.approx([0, 1, np.nan], nan_ok=True)
    assert rows.residuals("multiclass_classification")[0] == pytest.approx([-0.2, -0.3, 0.5])


def test_a_mask_takes_the_rows_of_every_part():
    """`only` keeps keys, times, labels and predictions together, also when nothing is left."""
    rows = make([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert rows.only(np.array([False, True, True])).keys.tolist() == [1, 2]
    assert len(rows.only(np.zeros(3, bool)).losses("regression")) == 0
