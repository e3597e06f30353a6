"""A training is named by its content."""

import numpy as np
import pandas as pd
import pytest

from include.retraining.errors import TrainingError
from include.retraining.training.plan import plan_training
from tests.model_samples import make_rows, make_spec, week

ROWS = make_rows(2000, weeks=10)


def plan(rows=ROWS, spec=None, **arguments):
    """Plan a training as of week 9."""
    return plan_training(rows, spec or make_spec(), week(9), **arguments)


def test_same_content_same_name():
    """Whatever the order of the rows and columns."""
    shuffled = ROWS.sample(frac=1, random_state=0)[["y", "colour", "x2", "x1", "at"]]
    columns = make_spec(data={"numeric": ["x1", "x2"], "categorical": ["colour"]})
    assert plan().training_id == plan(ROWS.copy()).training_id
    assert plan(spec=columns).training_id == plan(shuffled, columns).training_id
    assert len(plan().training_id) == 12


@pytest.mark.parametrize(
    "spec",
    [
        make_spec(trainer={"use": "linear"}),
        make_spec(trainer={"params": {"max_iter": 5}}),
        make_spec(trainer={"seed": 1}),
        make_spec(data={"ignore": ["x2"]}),
        make_spec(retrain={"window": {"holdout": "7d"}}),
        make_spec(performance={"metric": "log_loss"}),
    ],
)
def test_what_changes_a_training_changes_its_name(spec):
    """Trainer, parameters, seed, columns, split and metric."""
    assert plan(spec=spec).training_id != plan().training_id


@pytest.mark.parametrize("row", [0, 1999])
def test_one_changed_value_changes_the_name(row):
    """In the training rows and in the holdout."""
    rows = ROWS.copy()
    rows.loc[row, "x1"] += 1e-9
    assert plan(rows).training_id != plan().training_id
    assert plan(rows).data_sha256 != plan().data_sha256


def test_changed_code_of_a_trainer_changes_the_name(tmp_path, monkeypatch):
    """Its author wants the same rows trained again."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_trainer.py").write_text("def build(columns, task, params, seed): ...\n")
    spec = make_spec(trainer={"use": "own_trainer:build"})
    before = plan(spec=spec).training_id
    (tmp_path / "own_trainer.py").write_text("def build(columns, task, params, seed): return None\n")
    assert plan(spec=spec).training_id != before


def test_rows_are_not_changed():
    """The caller's frame stays as it was."""
    rows = ROWS.copy()
    plan(rows)
    pd.testing.assert_frame_equal(rows, ROWS)


def test_rows_without_a_label_are_counted_as_excluded():
    """Beside those that the caller has set aside."""
    rows = ROWS.astype({"y": float})
    rows.loc[:9, "y"] = np.nan
    found = plan(rows, excluded_rows=5)
    assert found.excluded_rows == 15
    assert len(found.split.train_rows) + len(found.split.holdout_rows) == 1990
    regression = make_rows(2000, weeks=10, task="regression").astype({"y": object})
    regression.loc[:3, "y"] = ["n/a", None, np.inf, "-"]
    assert plan(regression, make_spec("regression")).excluded_rows == 4


def test_empty_numeric_columns_are_no_features(caplog):
    """Their names stand in the log; they return when they hold values again."""
    found = plan(ROWS.assign(x2=np.nan))
    assert found.columns.features == ["x1", "colour"]
    assert "x2" in caplog.text


def test_classes_are_those_of_the_training_rows():
    """A class that appears in the holdout only was never learned."""
    rows = make_rows(2000, weeks=10, task="multiclass_classification")
    rows.loc[1990:, "y"] = "brand new"
    assert plan(rows, make_spec("multiclass_classification")).classes == ("low", "middle", "top")


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (ROWS.assign(y=1), "training rows .*holds only '1'"),
        (ROWS.assign(y=np.arange(2000) % 3), "has 3 values"),
        (ROWS[["at", "y"]].assign(x1=np.nan), "all feature columns are empty: x1"),
        (ROWS.assign(colour=["red", *[[1]] * 1999]), "plain values, not lists"),
        (ROWS[["at", "y"]], "no feature column is left"),
    ],
)
def test_rows_that_cannot_train_say_why(rows, text):
    """One class only, too many, no features, or values that are no values."""
    with pytest.raises(TrainingError, match=text):
        plan(rows)


def test_tiny_batches_suffice():
    """Ten weeks of 100 rows, when the model file allows."""
    found = plan(make_rows(1000, weeks=10), make_spec(retrain={"window": {"minimum_rows": 200}}))
    assert len(found.split.train_rows) >= 200
    assert found.window.end == week(9).end


def test_rows_of_one_moment_are_ordered_by_key():
    """A database may deliver them in any order."""
    rows = ROWS.assign(at=ROWS["at"].dt.floor("D"), key=np.arange(2000))
    spec = make_spec(data={"key": "key", "numeric": ["x1"]})
    assert plan(rows, spec).training_id == plan(rows.iloc[::-1], spec).training_id
