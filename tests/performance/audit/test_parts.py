"""The small functions below the audit, each against what is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from include.retraining.performance.audit.conflicts import conflicting_labels
from include.retraining.performance.audit.errors import normal_scores, row_errors
from include.retraining.performance.audit.fresh import PENALTIES, _kernel, cross_fit, design, skill
from include.retraining.performance.audit.invalid import fences, invalid_labels
from include.retraining.performance.audit.onset import step_against_ramp
from include.retraining.performance.audit.rows import plain_keys
from include.retraining.performance.audit.scan import Spread, day_spread, find_span
from include.retraining.results.run import JoinHealth
from tests.performance.audit.stream import make


def test_the_search_of_a_span_holds_its_level():
    """On noise its p-value is below 0.05 in at most one of twenty searches."""
    generator = np.random.default_rng(0)
    days = np.repeat(np.arange(20), 30)
    found = [find_span(generator.normal(size=600), days, Spread(600, 0.0), 30).p_value for _ in range(200)]
    assert np.mean(np.array(found) <= 0.05) <= 0.05


def test_a_raised_span_is_found_at_its_days():
    """Days 8 to 12 of twenty, raised by one and a half standard deviations."""
    days = np.repeat(np.arange(20), 30)
    scores = np.random.default_rng(1).normal(size=600) + 1.5 * ((days >= 8) & (days <= 12))
    span = find_span(scores, days, Spread(600, 0.0), 30)
    assert (span.start, span.stop) == (240, 390)
    assert span.p_value < 1e-20
    assert find_span(scores[:29], days[:29], Spread(600, 0.0), 30) is None


def test_what_days_share_widens_the_search():
    """Rows of a day that vary together are fewer than they look."""
    generator = np.random.default_rng(2)
    days = np.repeat(np.arange(60), 30)
    apart = generator.normal(size=1800)
    together = apart + generator.normal(0, 0.5, 60)[days]
    assert day_spread(apart, days).day_variance < 0.02
    assert day_spread(together, days).day_variance == pytest.approx(0.25, rel=0.5)


def test_scores_are_normal_whatever_the_errors():
    """Skewed errors like the reference's become standard normal; the largest stay bounded."""
    generator = np.random.default_rng(3)
    reference, current = generator.lognormal(size=5000), generator.lognormal(size=2000)
    scores = normal_scores(current, reference)
    assert kstest(scores, "norm").pvalue > 0.01
    assert normal_scores(np.array([1e9]), reference)[0] < 4


def test_cross_fitting_equals_leaving_each_row_out():
    """The closed form against refitting without the row, on the kernel of all rows and its penalty."""
    generator = np.random.default_rng(4)
    z = generator.normal(size=(40, 3))
    y = z[:, 0] + 0.1 * generator.normal(size=40)
    kernel = _kernel(z)
    center = np.eye(40) - 1 / 40
    size = np.linalg.eigvalsh(center @ kernel @ center).mean()

    def without(row, penalty):
        rest = np.delete(np.arange(40), row)
        # ridge with a free intercept: bordered system
        system = np.block(
            [[kernel[np.ix_(rest, rest)] + penalty * size * np.eye(39), np.ones((39, 1))], [np.ones((1, 39)), 0]]
        )
        solution = np.linalg.solve(system, np.append(y[rest], 0))
        return kernel[row, rest] @ solution[:-1] + solution[-1]

    expected = [np.array([without(row, penalty) for row in range(40)]) for penalty in PENALTIES]
    best = min(expected, key=lambda prediction: ((y - prediction) ** 2).sum())
    np.testing.assert_allclose(cross_fit(z, y), best, rtol=1e-8)


def test_a_fresh_model_learns_bends_and_no_noise():
    """A V shape is learned from a hundred rows; shuffled targets are not."""
    generator = np.random.default_rng(5)
    frame = pd.DataFrame(generator.normal(size=(100, 5)), columns=list("abcde")).assign(
        kind=generator.choice(["p", "q"], 100), hole=np.nan
    )
    bend = np.abs(frame["a"]) + 0.5 * (frame["kind"] == "p") + 0.2 * generator.normal(size=100)
    z = design(frame)
    assert z.shape == (100, 8)
    assert skill(z, bend.to_numpy()) > 0.6
    assert skill(z, generator.permutation(bend.to_numpy())) < 0.1


def test_a_step_is_told_from_a_ramp():
    """A step is likelier where there is one, a ramp where the error crept in."""
    generator = np.random.default_rng(6)
    noise = generator.normal(0, 0.5, 600)
    step = np.repeat([0.0, 1.0], [400, 200]) + noise
    ramp = np.maximum(0, np.linspace(-2, 1, 600)) + noise
    assert step_against_ramp(step, 400, 600) > 3
    assert step_against_ramp(ramp, 480, 600) < 0
    back = np.repeat([0.0, 1.0, 0.0], [300, 100, 200]) + noise
    assert step_against_ramp(back, 300, 400) > step_against_ramp(back[:400], 300, 400)


def test_impossible_values_are_found_one_by_one():
    """Missing, infinite, a slipped point and a gross value; the rest of 900 labels stay."""
    stream = make("steady", 3)
    current, _ = stream.window(30)
    y = current.y.copy()
    y[[5, 100]] = np.nan, np.inf
    y[[200, 300, 400]] = y[200] * 10, 5.0 / 100, 77.0
    found, evidence = invalid_labels(dataclasses.replace(current, y=y), stream.reference)
    assert np.flatnonzero(found).tolist() == [5, 100, 200, 300, 400]
    assert evidence.found
    assert evidence.keys == tuple(current.keys[[5, 100, 200, 300, 400]])
    assert "2 without a finite value" in evidence.text


def test_values_that_most_of_a_day_share_are_no_slips():
    """A level that the reference never saw is judged as a shift, not row by row."""
    stream = make("steady", 3)
    current, _ = stream.window(30)
    y = np.where(current.days >= current.days.max() - 3, current.y + 20_000, current.y)
    found, _ = invalid_labels(dataclasses.replace(current, y=y), stream.reference)
    assert not found.any()


def test_a_new_class_is_news_and_a_rare_one_an_error():
    """Three unknown labels are held, two hundred are shown."""
    stream = make("steady", 3, task="binary_classification")
    current, _ = stream.window(30)
    rare, common = current.y.copy(), current.y.copy()
    rare[:3], common[:200] = -1, -1
    assert invalid_labels(dataclasses.replace(current, y=rare), stream.reference)[0].sum() == 3
    found, evidence = invalid_labels(dataclasses.replace(current, y=common), stream.reference)
    assert not found.any()
    assert evidence.found
    assert "too many for slips of the pen" in evidence.text


def test_fences_follow_the_tails():
    """At 5.8 deviations for normal values, far out for skewed ones."""
    generator = np.random.default_rng(7)
    low, high = fences(generator.normal(size=100_000), 2.5)
    assert (low, high) == pytest.approx((-5.8, 5.8), abs=0.2)
    skewed = generator.lognormal(size=100_000)
    assert (generator.lognormal(size=100_000) > fences(skewed, 2.5)[1]).mean() < 1e-4


def test_errors_of_classes_are_the_probability_against_them():
    """One less the probability of the given label."""
    stream = make("steady", 3, task="binary_classification")
    errors = row_errors(stream.reference, stream.reference)
    y, p = stream.reference.y, stream.reference.prediction
    np.testing.assert_allclose(errors.loss, np.abs(y - p))
    assert not errors.residual.any()


@pytest.mark.parametrize(("count", "found"), [(0, False), (9, False), (60, True)])
def test_contradictions_count_beyond_what_corrections_make(count, found):
    """One in a hundred keys is tolerated."""
    health = JoinHealth(
        labels=900, matched=900 - count, duplicate_keys=0, conflicting_keys=count, orphans=0, usable=True, note=""
    )
    assert conflicting_labels(health, 1e-4).found is found


def test_keys_of_any_type_become_plain():
    """NumPy numbers become Python's, times text."""
    assert plain_keys(np.array([1, 2])) == (1, 2)
    assert plain_keys(pd.to_datetime(["2025-01-01"]).to_numpy().astype(object)) != ()
    assert plain_keys(np.array(["a", 3, pd.Timestamp("2025-01-01")], dtype=object)) == ("a", 3, "2025-01-01 00:00:00")
