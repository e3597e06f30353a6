"""A champion goes on learning where it can, and where it cannot a full training says why."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import SGDRegressor
from sklearn.neural_network import MLPClassifier

from include.retraining.training.fit import fit
from include.retraining.training.plan import plan_training
from include.retraining.training.predict import predict
from include.retraining.training.update import BATCH_ROWS, carry_on, unlearned
from tests.model_samples import WEEK, make_rows, make_spec, week

TASKS = ("binary_classification", "multiclass_classification", "regression")


def declare(task="regression", mode="partial_fit", **sections):
    """Declare a model whose champion goes on learning."""
    retrain = {"mode": mode, **sections.pop("retrain", {})}
    return make_spec(task, **{"trainer": {"use": "sgd_linear"}, **sections, "retrain": retrain})


def first_champion(spec, rows, number=9):
    """The champion of the first weeks: its record and its estimator."""
    known = rows[rows["at"] < week(number).end]
    trained = fit(plan_training(known, spec, week(number)), spec)
    return trained.record, trained.estimator


def second(spec, rows, champion, number=13):
    """Plan the next training, as of a later week."""
    known = rows[rows["at"] < week(number).end]
    return plan_training(known, spec, week(number), champion=champion, length=10 * WEEK)


@pytest.mark.parametrize("task", TASKS)
def test_the_challenger_is_the_champion_with_the_rows_that_were_new_to_it(task):
    """In their order; the record names the champion, and the holdout is learned last of all."""
    spec, rows = declare(task), make_rows(2800, 14, task)
    champion, estimator = first_champion(spec, rows)
    assert champion.left_out == {"update": "there is no champion to carry on"}
    plan = second(spec, rows, champion)
    assert [one.name for one in plan.candidates] == ["update"]
    trained = fit(plan, spec, lambda: estimator)
    record = trained.record
    assert (record.parent_id, record.learned.kind, record.trials) == (champion.training_id, "update", ())
    assert (record.train.start, record.train.end) == (champion.train.start, record.holdout.end)
    assert record.holdout.start >= champion.train.end
    new = rows[rows["at"] >= champion.train.end]
    y = new["y"].map({name: place for place, name in enumerate(plan.classes)}) if plan.classes else new["y"]
    if task == "binary_classification":
        y = new["y"]
    expected = carry_on(estimator, new[plan.columns.features], y.to_numpy())
    np.testing.assert_allclose(
        predict(trained.estimator, rows, plan.columns, task), predict(expected, rows, plan.columns, task)
    )


def test_the_compared_model_has_not_learned_the_holdout():
    """The champion itself is left as it was."""
    spec, rows = declare(), make_rows(2800, 14, "regression")
    champion, estimator = first_champion(spec, rows)
    before = estimator.predict(rows).copy()
    plan = second(spec, rows, champion)
    trained = fit(plan, spec, lambda: estimator)
    older = plan.split.train_rows[unlearned(plan.split.train_rows, spec, champion)]
    compared = carry_on(estimator, older[plan.columns.features], older["y"].to_numpy())
    np.testing.assert_array_equal(trained.holdout_prediction, compared.predict(plan.split.holdout_rows))
    np.testing.assert_array_equal(estimator.predict(rows), before)


def test_an_update_follows_a_change():
    """A relation that has turned is learned from the rows since."""
    spec, rows = declare(), make_rows(8400, 14, "regression")
    rows.loc[rows["at"] >= week(10).start, "y"] *= -1
    champion, estimator = first_champion(spec, rows)
    plan = second(spec, rows, champion)
    record = fit(plan, spec, lambda: estimator).record
    stale = np.abs(estimator.predict(plan.split.holdout_rows) - plan.split.holdout_rows["y"]).mean()
    assert record.holdout_metric.high < 0.75 * stale


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"trainer": "linear"}, "trainer, parameters or seed are not the declared ones"),
        ({"params": {"alpha": 0.1}}, "trainer, parameters or seed are not the declared ones"),
        ({"versions": {"python": "2.7"}}, "other versions of the libraries"),
        ({"numeric": ("x1",)}, "feature columns are not those"),
        ({"classes": ("no", "yes")}, "classes are not those"),
    ],
)
def test_a_champion_of_another_kind_is_not_carried_on(change, why):
    """Everything is trained anew instead, and the record says why."""
    spec, rows = declare(), make_rows(2800, 14, "regression")
    champion, _ = first_champion(spec, rows)
    plan = second(spec, rows, champion.model_copy(update=change))
    assert why in plan.left_out["update"]
    record = fit(plan, spec).record
    assert (record.parent_id, record.learned.kind) == (None, "equal")
    assert why in record.left_out["update"]


def test_a_trainer_that_cannot_go_on_trains_anew():
    """Trees cannot."""
    spec, rows = declare(trainer={"use": "hist_gradient_boosting", "params": {"max_iter": 5}}), make_rows(2800, 14)
    spec = spec.model_copy(update={"task": "binary_classification"})
    champion, _ = first_champion(spec, rows)
    why = "what trainer 'hist_gradient_boosting' builds has no `partial_fit`"
    assert second(spec, rows, champion).left_out["update"] == why


def test_too_few_new_rows_are_not_worth_an_update():
    """Half of the weeks since stay for the comparison: of one week nothing is left to learn."""
    spec, rows = declare(), make_rows(2800, 14, "regression")
    champion, _ = first_champion(spec, rows)
    plan = second(spec, rows, champion, number=10)
    assert plan.left_out["update"] == "0 rows before the holdout are new to the champion, fewer than 50"
    declared = declare(retrain={"window": {"holdout": "21d"}})
    assert second(declared, rows, champion, number=10).left_out["update"] == (
        "the champion has learned rows of the holdout"
    )


def test_rows_whose_label_came_late_are_new():
    """They are older than the newest row that was learned, but their label was not known yet."""
    spec, rows = declare(data={"label_time": "known"}), make_rows(1400, 14, "regression")
    champion, _ = first_champion(spec, rows)
    rows["known"] = rows["at"] + pd.Timedelta(hours=1)
    late = rows.index[(rows["at"] >= week(4).start) & (rows["at"] < week(5).start)]
    rows.loc[late, "known"] = week(12).start
    new = rows[unlearned(rows, spec, champion)]
    assert set(new.index) == {*late, *rows.index[rows["at"] >= week(10).start]}


def test_the_champion_competes_where_it_can_go_on():
    """In mode `full` an update is one of the candidates of `best`; without a `partial_fit` nobody speaks of it."""
    rows = make_rows(2800, 14, "regression")
    spec = declare(mode="full")
    champion, estimator = first_champion(spec, rows)
    assert champion.left_out == {}
    plan = second(spec, rows, champion)
    assert [one.name for one in plan.candidates][-1] == "update"
    record = fit(plan, spec, lambda: estimator).record
    assert "update" in {trial.candidate.name for trial in record.trials}
    assert (record.parent_id is not None) == (record.learned.name == "update")
    assert plan.training_id != second(spec, rows, champion.model_copy(update={"training_id": "other"})).training_id
    plain = declare(mode="full", trainer={"use": "linear"})
    assert second(plain, rows, first_champion(plain, rows)[0]).left_out == {}


def test_an_estimator_that_is_no_pipeline_goes_on_by_itself():
    """Batch after batch, each class known from the start."""
    rows = make_rows(2 * BATCH_ROWS + 7, 10, "multiclass_classification")
    y = pd.Categorical(rows["y"]).codes
    features = rows[["x1", "x2"]]
    champion = MLPClassifier((5,), max_iter=20, random_state=0).fit(features.to_numpy(), y)
    learned = carry_on(champion, pd.DataFrame(features.to_numpy()), y)
    assert (learned.t_ - champion.t_) == len(rows)
    only_one_class = features[y == 0]
    assert carry_on(champion, pd.DataFrame(only_one_class.to_numpy()), y[y == 0]).classes_.tolist() == [0, 1, 2]


def test_batches_are_learned_in_the_order_of_the_rows():
    """What comes last counts most."""
    x = pd.DataFrame({"x": np.ones(4 * BATCH_ROWS)})
    champion = SGDRegressor(learning_rate="constant", eta0=0.01, random_state=0).fit(x, np.zeros(len(x)))
    rising = np.repeat([1.0, 2.0, 3.0, 4.0], BATCH_ROWS)
    up, down = (carry_on(champion, x, y).predict(x[:1])[0] for y in (rising, rising[::-1]))
    assert up > 3.5
    assert down < 1.5
