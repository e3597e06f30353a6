"""What a holdout teaches about performance without labels survives being written down."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.performance.expected import fit_expectation, known_rows, read_expectation, to_bytes
from include.retraining.results.columns import Columns
from tests.model_samples import make_rows, make_spec

COLUMNS = Columns(numeric=("x1", "x2"), categorical=("colour",))


def scored(task, n=1050, seed=0):
    """Rows with their truth and an honest prediction; the last third serves as a new batch."""
    rows = make_rows(n, 10, task, seed)
    signal = 1.5 * rows["x1"].to_numpy() + (rows["colour"] == "red").to_numpy()
    y = rows["y"].to_numpy()
    prediction = signal if task == "regression" else 1 / (1 + np.exp(-1.7 * signal))
    cut = n * 2 // 3
    return (rows[:cut], y[:cut], prediction[:cut]), (rows[cut:], y[cut:], prediction[cut:])


def metric_of(spec, y, prediction):
    """The deciding metric, written out."""
    if spec.task == "regression":
        return np.abs(y - prediction).mean()
    positive, negative = prediction[y == 1], prediction[y == 0]
    return (positive[:, None] > negative).mean()


@pytest.mark.parametrize("task", ["binary_classification", "regression"])
def test_an_expectation_is_read_as_it_was_written(task):
    """It estimates close to the truth of a new batch, and the same each time it is read."""
    spec = make_spec(task)
    holdout, (rows, y, prediction) = scored(task)
    known = holdout[0]
    content = to_bytes(fit_expectation(spec, *holdout, COLUMNS, known))
    read = [read_expectation(spec, content, *holdout, COLUMNS, known).of(rows, prediction) for _ in range(2)]
    assert read[0] == read[1]
    truth = metric_of(spec, y, prediction)
    assert (read[0].verdict, read[0].metric, read[0].n) == ("estimated", spec.metric, 350)
    assert read[0].low < truth < read[0].high
    assert read[0].value == pytest.approx(truth, abs=0.05 if task != "regression" else 0.1)


@pytest.mark.parametrize(("task", "worse"), [("binary_classification", -0.2), ("regression", 0.5)])
def test_the_gap_is_what_an_estimate_missed(task, worse):
    """Nothing where labels are as expected; much where they are not."""
    spec = make_spec(task)
    holdout, (rows, y, prediction) = scored(task)
    content = to_bytes(fit_expectation(spec, *holdout, COLUMNS, holdout[0]))
    expectation = read_expectation(spec, content, *holdout, COLUMNS, holdout[0])
    realised = metric_of(spec, y, prediction)
    assert expectation.gap(rows, prediction, realised).p_value > 0.05
    gap = expectation.gap(rows, prediction, realised + worse)
    assert gap.worse
    assert gap.p_value < 0.01
    assert gap.difference == pytest.approx(realised + worse - expectation.of(rows, prediction).value)


@pytest.mark.parametrize("task", ["binary_classification", "regression"])
def test_rows_without_a_label_teach_nothing(task):
    """A holdout of which some labels are missing equals one without these rows."""
    spec, missing = make_spec(task), np.nan if task == "regression" else -1
    (rows, y, prediction), _ = scored(task)
    gaps = y.copy()
    gaps[::10] = missing
    kept = np.arange(len(y)) % 10 != 0
    assert to_bytes(fit_expectation(spec, rows, gaps, prediction, COLUMNS, rows)) == to_bytes(
        fit_expectation(spec, rows[kept], y[kept], prediction[kept], COLUMNS, rows)
    )


@pytest.mark.parametrize("task", ["binary_classification", "regression"])
def test_a_small_holdout_teaches_nothing(task):
    """None rather than an error: the challenger is trained all the same."""
    holdout, _ = scored(task, 60)
    assert fit_expectation(make_spec(task), *holdout, COLUMNS, holdout[0]) is None
    rows = pd.DataFrame(columns=["x1", "x2", "colour"])
    assert fit_expectation(make_spec(task), rows, np.array([]), np.array([]), COLUMNS, rows) is None


@pytest.mark.parametrize("task", ["binary_classification", "regression"])
def test_what_training_has_seen_is_not_outside(task):
    """A holdout of a few cold days does not make warm rows strange to a model that learned from a whole year."""
    spec = make_spec(task)
    (rows, y, prediction), (batch, _, batch_prediction) = scored(task)
    cold = (rows["x1"] < 0).to_numpy()
    holdout = (rows[cold], y[cold], prediction[cold])
    shares = []
    for known in (rows[cold], known_rows(rows, seed=0)):
        content = to_bytes(fit_expectation(spec, *holdout, COLUMNS, known))
        found = read_expectation(spec, content, *holdout, COLUMNS, known).of(batch, batch_prediction)
        shares.append((found.verdict, found.extrapolating_share))
    assert shares[0][0] == "outside_reference"
    assert shares[0][1] > 0.3
    assert shares[1] == ("estimated", pytest.approx(0, abs=0.03))
