"""Models that go stale are told from those that only lack rows."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from include.retraining.training.plan import plan_training
from include.retraining.training.staleness import evenly, measure_staleness
from tests.model_samples import START, WEEK, make_rows, make_spec, week

LINEAR = make_spec("regression", trainer={"use": "linear"})
WEEKS = 12


def turning(turn, seed=0, rows=1200, noise=1.0, weights=5):
    """Labelled rows whose relation turns by so many radians over all weeks."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, weights))
    angle = np.linspace(0, turn, rows)
    y = np.cos(angle) * x[:, 0] + np.sin(angle) * x[:, 1] + generator.normal(0, noise, rows)
    at = pd.Timestamp(START).as_unit("us") + pd.to_timedelta(
        np.arange(rows) / rows * WEEKS * WEEK.total_seconds(), unit="s"
    )
    return pd.DataFrame({"at": at.as_unit("us"), **{f"x{n}": x[:, n] for n in range(weights)}, "y": y})


def measured(rows, spec=LINEAR, interval=WEEK):
    """Measure the staleness that these rows show."""
    return measure_staleness(plan_training(rows, spec, week(WEEKS - 1)), spec, interval)


def test_a_relation_that_turns_makes_models_stale():
    """Newer rows are worth what a model of one third lacks; the record says by how much later they end."""
    found = measured(turning(2.0))
    assert found.shown
    assert found.lead.newer_by / (WEEKS * WEEK / 3) == pytest.approx(1, abs=0.01)
    assert found.tolerance > 0
    assert "they go stale" in found.text


def test_the_lead_is_that_of_models_fitted_by_hand():
    """Least squares on the same rows, the mean of the gains in absolute error."""
    rows = turning(1.5, seed=3)
    third, features = len(rows) // 3, [name for name in rows if name.startswith("x")]

    def error(learned):
        model = LinearRegression().fit(learned[features], learned["y"])
        later = rows.iloc[2 * third :]
        return np.abs(model.predict(later[features]) - later["y"]).mean()

    both = rows.iloc[: 2 * third]
    newer = np.mean([error(both.iloc[evenly(third, 2 * third, sample)]) for sample in (0, 1)])
    assert measured(rows).lead.gain.value == pytest.approx(error(rows.iloc[:third]) - newer, rel=0.01)


def test_more_rows_are_not_taken_for_newer_ones():
    """Forty rows of thirty features: twice as many are worth much, and that says nothing of staleness."""
    few = make_spec("regression", trainer={"use": "linear"}, retrain={"window": {"minimum_rows": 50}})
    leads, growth = [], []
    for seed in range(60):
        rows = turning(0.0, seed=seed, rows=180, weights=30)
        leads.append(measured(rows, few))
        features = [name for name in rows if name.startswith("x")]
        errors = []
        for end in (60, 120):
            model = LinearRegression().fit(rows[features][:end], rows["y"][:end])
            errors.append(np.abs(model.predict(rows[features][120:]) - rows["y"][120:]).mean())
        growth.append(errors[0] - errors[1])
    values = np.array([found.lead.gain.value for found in leads])
    assert np.mean(growth) > 10 * abs(values.mean())
    assert sum(found.shown for found in leads) <= 5


def test_steady_worlds_are_seldom_called_stale_and_turning_ones_nearly_always():
    """At 95% confidence 2.5% of steady worlds; 200 of them with fixed seeds, and 50 that turn by 60 degrees."""
    assert sum(measured(turning(0.0, seed=seed)).shown for seed in range(200)) <= 10
    assert sum(measured(turning(np.pi / 3, seed=seed)).shown for seed in range(50)) >= 45


@pytest.mark.parametrize("task", ["binary_classification", "multiclass_classification"])
def test_classes_are_measured_too(task):
    """By the metric of the model, here on a relation that does not change."""
    found = measured(make_rows(1500, WEEKS, task), make_spec(task, trainer={"params": {"max_iter": 15}}))
    assert found.lead is not None
    assert not found.shown
    assert "not shown to go stale" in found.text


def test_what_cannot_be_measured_says_why():
    """Too short a history, too few labels, a third without one of the classes."""
    assert "shorter than an interval" in measured(turning(1.0), interval=5 * WEEK).text
    few = make_spec("regression", trainer={"use": "linear"}, labels={"minimum": 500})
    assert "fewer than 500 labels" in measured(turning(1.0), few).text
    rows = make_rows(1500, WEEKS)
    rows.loc[rows["at"] < week(5).start, "y"] = 0
    lacking = measured(rows, make_spec(trainer={"params": {"max_iter": 5}}))
    assert (lacking.lead, lacking.shown) == (None, False)
    assert "lacks a class" in lacking.text


def test_a_column_that_came_later_is_no_obstacle():
    """The older model does without, as it would have had to."""
    rows = turning(0.0)
    rows.loc[rows["at"] < week(6).start, "x4"] = np.nan
    spec = make_spec("regression", trainer={"params": {"max_iter": 5}})
    assert measured(rows, spec).lead is not None


def test_a_trainer_that_refuses_few_rows_is_no_error():
    """The first champion is trained all the same."""
    spec = make_spec("regression", trainer={"use": "tests.training.test_staleness:refuses"})
    plan = plan_training(turning(0.0), LINEAR, week(WEEKS - 1))
    found = measure_staleness(plan, spec, timedelta(days=7))
    assert found.lead is None
    assert "too few for me" in found.text


def refuses(*_):
    """A trainer that wants more rows than there are."""

    class Refuses:
        def fit(self, rows, y):
            raise ValueError("too few for me")

        def predict(self, rows):
            return np.zeros(len(rows))

    return Refuses()
