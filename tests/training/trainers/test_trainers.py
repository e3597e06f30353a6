"""One contract for every registered trainer: raw rows in, a plain scikit-learn pipeline out."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from include.retraining.errors import TrainingError
from include.retraining.registry import TRAINERS, resolve
from include.retraining.results.columns import Columns
from include.retraining.training.estimators import weight_parameter
from include.retraining.training.trainers.preparation import texts
from include.retraining.training.update import is_incremental

TASKS = ("binary_classification", "multiclass_classification", "regression")
COLUMNS = Columns(
    numeric=("plain", "gaps", "whole", "flag", "infinite", "constant"), categorical=("text", "code", "many", "kind")
)
FAST = {
    "hist_gradient_boosting": {"max_iter": 10},
    "random_forest": {"n_estimators": 10},
    "linear": {},
    "sgd_linear": {},
}
every_trainer = pytest.mark.parametrize("name", TRAINERS)


def make_frame(n=600, seed=0):
    """Fill columns of every type that a source may deliver."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n)
    return pd.DataFrame(
        {
            "plain": x,
            "gaps": np.where(generator.random(n) < 0.3, np.nan, generator.normal(size=n)),
            "whole": pd.array(np.where(generator.random(n) < 0.2, None, generator.integers(0, 9, n)), dtype="Int64"),
            "flag": pd.Series(np.where(generator.random(n) < 0.2, None, generator.random(n) < 0.5), dtype=object),
            "infinite": np.where(generator.random(n) < 0.1, np.inf, generator.normal(size=n)),
            "constant": 1.0,
            "text": pd.Series(np.where(x > 0, "up", "down")).mask(generator.random(n) < 0.1),
            "code": generator.integers(1, 4, n),
            "many": [f"id{number}" for number in generator.integers(0, 500, n)],
            "kind": pd.Categorical(generator.choice(["a", "b"], n)),
            "not_a_feature": "x",
        }
    )


def make_target(frame, task):
    """Derive a target from the plain column."""
    signal = frame["plain"].to_numpy() + 0.1 * np.arange(len(frame)) / len(frame)
    if task == "regression":
        return signal
    return np.digitize(signal, [0.0] if task == "binary_classification" else [-0.5, 0.5])


def fitted(name, task="binary_classification", frame=None, columns=COLUMNS, seed=0, **params):
    """Build and fit a trainer with a fast setting."""
    frame = make_frame() if frame is None else frame
    model = resolve("trainer", name)(columns, task, {**FAST[name], **params}, seed)
    return model.fit(frame, make_target(frame, task))


@pytest.mark.parametrize("task", TASKS)
@every_trainer
def test_learns_from_raw_columns_of_every_type(name, task):
    """Nulls, infinities, booleans, nullable integers, text and categories, on rows that it never saw."""
    model = fitted(name, task)
    fresh = make_frame(300, seed=1)
    assert isinstance(model, Pipeline)
    predicted = model.predict(fresh)
    truth = make_target(fresh, task)
    if task == "regression":
        assert np.abs(predicted - truth).mean() < 0.5 * np.abs(truth - truth.mean()).mean()
    else:
        assert (predicted == truth).mean() > 0.8


@every_trainer
def test_same_seed_gives_the_same_model(name):
    """Whatever is random in training follows the seed."""
    frame = make_frame(200, seed=1)
    first, second = (fitted(name, seed=3).predict_proba(frame) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@every_trainer
def test_only_declared_columns_are_used(name):
    """Others may vanish or change."""
    frame = make_frame(200, seed=1)
    model = fitted(name)
    expected = model.predict_proba(frame)
    np.testing.assert_array_equal(model.predict_proba(frame.drop(columns="not_a_feature")), expected)


@every_trainer
def test_unknown_categories_and_columns_gone_empty_still_predict(name):
    """A batch may hold what training never saw."""
    frame = make_frame(50, seed=1).assign(
        text="new", many=None, plain=np.nan, whole=pd.array([None] * 50, dtype="Int64")
    )
    assert np.isfinite(fitted(name).predict_proba(frame)).all()


@every_trainer
def test_a_single_row_predicts_as_it_does_among_others(name):
    """Types are not guessed from the rows beside it."""
    frame = make_frame(40, seed=1)
    model = fitted(name)
    together = model.predict_proba(frame)
    alone = np.vstack([model.predict_proba(frame.iloc[[row]]) for row in range(40)])
    np.testing.assert_allclose(alone, together)


@every_trainer
def test_a_whole_number_category_survives_a_null_beside_it(name):
    """One null turns the column into floats; 3.0 is still the category 3."""
    frame = make_frame(60, seed=1)
    model = fitted(name)
    with_null = frame.assign(code=frame["code"].astype(float).mask(frame.index == 0))
    np.testing.assert_allclose(model.predict_proba(with_null)[1:], model.predict_proba(frame)[1:])


@every_trainer
def test_empty_and_constant_categories_do_no_harm(name):
    """A categorical column may be empty throughout."""
    frame = make_frame().assign(text=None, kind="one")
    assert np.isfinite(fitted(name, frame=frame).predict_proba(frame)).all()


@every_trainer
def test_one_kind_of_column_suffices(name):
    """Numeric only, or categorical only."""
    frame = make_frame()
    for columns in (Columns(numeric=("plain",), categorical=()), Columns(numeric=(), categorical=("text", "many"))):
        assert fitted(name, columns=columns).predict_proba(frame).shape == (600, 2)


@pytest.mark.parametrize("name", ["random_forest", "linear", "sgd_linear"])
def test_an_empty_numeric_column_is_imputed(name):
    """Gradient boosting cannot bin one; the plan of a training leaves it out."""
    frame = make_frame().assign(gaps=np.nan)
    assert np.isfinite(fitted(name, frame=frame).predict_proba(frame)).all()


def test_gradient_boosting_takes_more_categories_than_bins():
    """The rarer ones are pooled, also when the model file asks for few bins."""
    frame = make_frame(3000).assign(many=[f"id{number}" for number in range(3000)])
    assert np.isfinite(fitted("hist_gradient_boosting", frame=frame).predict_proba(frame)).all()
    assert np.isfinite(fitted("hist_gradient_boosting", frame=frame, max_bins=16).predict_proba(frame)).all()


def test_gradient_boosting_codes_categories_as_one_encoder_would():
    """Numbering them first and pooling the rare numbers afterwards, which is faster, gives the same codes."""
    frame, later = make_frame(3000), make_frame(500, seed=1).assign(kind="c")
    pipeline = fitted("hist_gradient_boosting", frame=frame)
    coded = pipeline[0].named_transformers_["categorical"]
    single = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, max_categories=255
    )
    names = list(COLUMNS.categorical)
    alone = make_pipeline(texts(), single).fit(frame[names])
    assert np.array_equal(coded.transform(frame[names]), alone.transform(frame[names]), equal_nan=True)
    assert np.array_equal(coded.transform(later[names]), alone.transform(later[names]), equal_nan=True)
    assert np.nanmax(coded.transform(frame[names])) == 254


@every_trainer
def test_a_pickle_holds_nothing_of_this_project(name):
    """It must load where this project is not installed."""
    assert b"include" not in pickle.dumps(fitted(name)).replace(b"include_bias", b"")


@every_trainer
def test_unknown_parameters_are_named_with_those_accepted(name):
    """With the nearest one as a hint."""
    with pytest.raises(TrainingError, match=rf"trainer '{name}' takes no parameter 'max_itr'.*Accepted: .*"):
        resolve("trainer", name)(COLUMNS, "binary_classification", {"max_itr": 5}, 0)


@every_trainer
def test_the_seed_is_not_a_parameter(name):
    """It has a field of its own in the model file."""
    with pytest.raises(TrainingError, match="'random_state'"):
        resolve("trainer", name)(COLUMNS, "regression", {"random_state": 5}, 0)


@every_trainer
def test_parameters_are_not_changed(name):
    """The model file stays as it was read."""
    params = dict(FAST[name])
    resolve("trainer", name)(COLUMNS, "regression", params, 0)
    assert params == FAST[name]


@every_trainer
def test_text_in_a_numeric_column_is_refused(name):
    """Not read as missing."""
    frame = make_frame().astype({"plain": object})
    target = make_target(make_frame(), "regression")
    frame.loc[0, "plain"] = "n/a"
    with pytest.raises(ValueError, match="could not convert string to float: 'n/a'"):
        resolve("trainer", name)(COLUMNS, "regression", FAST[name], 0).fit(frame, target)


@pytest.mark.parametrize(("factor", "offset"), [(1e-6, 0.0), (1.0, 1e9)])
@every_trainer
def test_units_do_not_matter(name, factor, offset):
    """A column in grams or in tonnes, or counted in seconds since 1970, teaches the same."""
    frame, fresh = make_frame(), make_frame(300, seed=1)
    other, there = (rows.assign(plain=rows["plain"] * factor + offset) for rows in (frame, fresh))
    model = resolve("trainer", name)(COLUMNS, "binary_classification", FAST[name], 0)
    model.fit(other, make_target(frame, "binary_classification"))
    expected = fitted(name, frame=frame).predict_proba(fresh)
    np.testing.assert_allclose(model.predict_proba(there), expected, atol=0.02)


@every_trainer
def test_that_a_value_is_missing_may_tell(name):
    """A sensor that is silent when the machine stands still; the median alone would hide it."""
    frame, fresh = make_frame(), make_frame(300, seed=1)
    model = resolve("trainer", name)(COLUMNS, "binary_classification", {**FAST[name]}, 0)
    model.fit(frame, frame["gaps"].isna().astype(int))
    assert (model.predict(fresh) == fresh["gaps"].isna()).mean() > 0.9


@pytest.mark.parametrize("name", ["random_forest", "linear", "sgd_linear"])
def test_an_unknown_category_counts_as_a_rare_one(name):
    """Not as a known one that means something else."""
    frame = make_frame(3000)
    model = fitted(name, frame=frame)
    rare = model[0].named_transformers_["categorical"][-1].infrequent_categories_[COLUMNS.categorical.index("many")][0]
    common = frame["many"].value_counts().index[0]
    row = make_frame(1, seed=1)
    new, seldom, frequent = (dense(model[0].transform(row.assign(many=value))) for value in ("new", rare, common))
    np.testing.assert_array_equal(new, seldom)
    assert (new != frequent).any()


def dense(prepared):
    """Rows as an array, whether they were sparse or not."""
    return prepared if isinstance(prepared, np.ndarray) else prepared.toarray()


@pytest.mark.parametrize("task", TASKS)
@every_trainer
def test_rows_can_count_differently(name, task):
    """Rows that count for almost nothing are not learned."""
    frame = make_frame()
    model = resolve("trainer", name)(COLUMNS, task, FAST[name], 0)
    y, turned = make_target(frame, task), make_target(frame.assign(plain=-frame["plain"]), task)
    weights = np.repeat([1.0, 1e-6], len(frame))
    both = pd.concat([frame, frame], ignore_index=True)
    model.fit(both, np.concatenate([y, turned]), **{weight_parameter(model): weights})
    near, far = (np.abs(model.predict(frame) - target).mean() for target in (y, turned))
    assert near < 0.5 * far


def test_only_gradient_descent_can_go_on_learning():
    """Who declares `partial_fit` with another built-in trainer gets full trainings, and the record says so."""
    able = [name for name in TRAINERS if is_incremental(resolve("trainer", name)(COLUMNS, "regression", {}, 0))]
    assert able == ["sgd_linear"]
