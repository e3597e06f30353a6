"""What columns say about each other."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.calibration import Evidence, calibrate, chi_squared_law
from include.retraining.drift.judging import Examined, shared_priors
from include.retraining.drift.measured import Measured
from include.retraining.drift.moderation import shared_prior
from include.retraining.results.record import Kind


def columns(ratios: np.ndarray, chunks: int = 30) -> list[Evidence]:
    """Columns whose chunks vary by these multiples of noise."""
    rng = np.random.default_rng(0)
    scales = np.full(chunks, 1e-3)
    return [
        Evidence(chi_squared_law(1), 0.0, 1e-3, ratio * 1e-3 * rng.chisquare(1, chunks), scales) for ratio in ratios
    ]


def test_columns_that_vary_alike_agree_closely() -> None:
    """Fifty columns with twice the noise leave little doubt about it."""
    prior = shared_prior(columns(np.full(50, 2.0)), 50)
    assert prior is not None
    assert prior.weights.sum() == pytest.approx(1)
    logs = np.log1p(prior.ratios)
    assert prior.weights[np.abs(logs - np.log(2)) < 0.3].sum() > 0.8


def test_columns_that_differ_say_little() -> None:
    """Where one varies a thousand times more than another, no range of ratios has most of the weight."""
    prior = shared_prior(columns(np.geomspace(1, 1_000, 50)), 50)
    assert prior is not None
    logs = np.log1p(prior.ratios)
    assert max(prior.weights[np.abs(logs - centre) < 0.5].sum() for centre in logs) < 0.4


def test_two_kinds_of_columns_are_told_apart() -> None:
    """Half at noise and half at ten times as much: either half is judged as if it were alone."""
    found = columns(np.repeat([1.0, 10.0], 30))
    prior = shared_prior(found, 60)
    limits = [calibrate(evidence, prior).threshold(1e-4) for evidence in found]
    for part in (slice(None, 30), slice(30, None)):
        alike = [calibrate(evidence, shared_prior(found[part], 30)).threshold(1e-4) for evidence in found[part]]
        assert np.mean(limits[part]) == pytest.approx(np.mean(alike), rel=0.05)


def test_what_does_not_vary_costs_little() -> None:
    """Columns of noise alone: nearly all of the level is used, where one column by itself would use a tenth."""
    rng, level, rows, chunks = np.random.default_rng(1), 1e-4, 1_000, 30
    together, alone = [], []
    for _ in range(5):
        squares = rng.normal(0, rows**-0.5, (40, chunks)) ** 2
        found = [Evidence(chi_squared_law(1), 0.0, 1 / rows, square, np.full(chunks, 1 / rows)) for square in squares]
        prior = shared_prior(found, 40)
        for limits, given in ((together, prior), (alone, None)):
            limits.extend(calibrate(evidence, given).threshold(level) * rows**0.5 for evidence in found)
    assert 0.7 * level < 2 * stats.norm.sf(together).mean() < level
    assert 2 * stats.norm.sf(alone).mean() < 0.3 * level


def test_few_columns_say_nothing() -> None:
    """A model of twenty-nine, seven with the same test, or columns without chunks, give no prior."""
    assert shared_prior(columns(np.ones(29)), 29) is None
    assert shared_prior(columns(np.ones(29)), 30) is not None
    assert shared_prior(columns(np.ones(7)), 50) is None
    assert shared_prior(columns(np.ones(8)), 50) is not None
    assert shared_prior(columns(np.ones(50), chunks=2), 50) is None


def test_a_column_that_alone_knows_weekends_is_judged_by_itself() -> None:
    """One of eight, with 18 days of 30 rows as the reference: Saturdays of 150 rows alarm at the level of 0.1%."""
    rng, level, alarms = np.random.default_rng(0), 1e-3, 0
    days, rows, batch, effect = 18, 30, 150, 0.43
    usual = np.where(np.arange(days) % 7 > 4, effect, 0.0)
    for _ in range(200):
        found = []
        for number in range(8):
            offsets, today = (usual, effect) if number == 0 else (np.zeros(days), 0.0)
            means = offsets + rng.normal(0, rows**-0.5, days)
            rest = (means.sum() - means) / (days - 1)
            scales = np.full(days, 1 / rows + 1 / (rows * (days - 1)))
            square = (today + rng.normal(0, batch**-0.5) - means.mean()) ** 2
            scale = 1 / batch + 1 / (rows * days)
            found.append(Evidence(chi_squared_law(1), square, scale, (means - rest) ** 2, scales))
        alarms += calibrate(found[0], shared_prior(found, 8)).p_value < level
    assert alarms <= 1


@pytest.mark.parametrize(("spread", "excess"), [(0.0, 1.2), (0.7, 1.5)])
def test_shared_columns_keep_their_level_and_power(spread: float, excess: float) -> None:
    """Whether columns vary alike or differ, the mean false-alarm rate is near its level, and sharing finds more."""
    rng, level, rows, chunks = np.random.default_rng(7), 1e-3, 1_000, 30
    variations = 0.03 * np.exp(spread * rng.standard_normal(40))
    alarms, together, alone = [], [], []
    for _ in range(5):
        squares = [rng.normal(0, np.hypot(variation, rows**-0.5), chunks) ** 2 for variation in variations]
        found = [Evidence(chi_squared_law(1), 0.0, 1 / rows, square, np.full(chunks, 1 / rows)) for square in squares]
        prior = shared_prior(found, 40)
        limits = np.array([calibrate(evidence, prior).threshold(level) for evidence in found])
        deviations = np.hypot(variations, rows**-0.5)
        alarms.append(2 * stats.norm.sf(limits / deviations).mean())
        together.append(stats.norm.sf((limits - 0.15) / deviations).mean())
        limits = np.array([calibrate(evidence).threshold(level) for evidence in found])
        alone.append(stats.norm.sf((limits - 0.15) / deviations).mean())
    assert np.mean(alarms) < excess * level
    assert np.mean(together) > np.mean(alone) + 0.02


def test_the_size_of_the_model_counts_and_not_that_of_a_kind() -> None:
    """Eight categorical columns among thirty tell each other how much they vary; relations are no columns."""

    def model(numbers: int, names: int) -> list[Examined]:
        kinds: list[tuple[Kind, str]] = [*[("numeric", "klotz")] * numbers, *[("categorical", "chi_squared")] * names]
        return [
            Examined(
                "x", "feature", kind, (Measured(test, 0.0, replace(found, shared=True), 0.0, 0.0, "up", 1, 1, ""),)
            )
            for (kind, test), found in zip(kinds, columns(np.ones(numbers + names)), strict=True)
        ]

    relation = Examined("x and y", "relation", "numeric", ())
    assert all(prior is not None for prior in shared_priors(model(22, 8)).values())
    assert shared_priors(model(23, 7))["chi_squared"] is None
    assert list(shared_priors([*model(21, 8), relation]).values()) == [None, None]
