"""Calibration against noise and against the reference's own variation."""

import numpy as np
import pytest
from scipy import stats

from include.retraining.drift.calibration import Evidence, Prior, calibrate, chi_squared_law, flat_prior

ONE = chi_squared_law(1)
NOTHING = np.empty(0)
FLAT = flat_prior(1_000.0)
MOSTLY_NOISE = Prior(FLAT.ratios, 0.05 * FLAT.weights + 0.95 * (FLAT.ratios < 0.03) / (FLAT.ratios < 0.03).sum())


def evidence(square: float, found: float, *, rows: int = 1_000, chunks: int = 30, chunk_rows: int = 1_000) -> Evidence:
    """A squared mean difference, where the chunks have the mean square `found`."""
    return Evidence(ONE, square, 1 / rows, np.full(chunks, found), np.full(chunks, 1 / chunk_rows))


def test_without_chunks_only_sampling_noise_counts() -> None:
    """The p-value is then that of the noise law."""
    verdict = calibrate(Evidence(ONE, 0.004, 0.001, NOTHING, NOTHING))
    assert verdict.p_value == pytest.approx(stats.chi2.sf(4, 1), rel=0.02)
    assert verdict.threshold(0.01) == pytest.approx(np.sqrt(stats.chi2.isf(0.01, 1) / 1_000), rel=0.01)
    assert verdict.origin == "sampling noise"


def test_chunks_that_vary_much_make_a_t_test() -> None:
    """Where variation dwarfs noise, the p-value is Student's with one degree of freedom less than chunks."""
    verdict = calibrate(evidence(0.16, 0.01, rows=10**7, chunk_rows=10**7))
    assert verdict.p_value == pytest.approx(2 * stats.t.sf(4, 29), rel=0.1)


def test_a_threshold_is_where_the_p_value_is_the_level() -> None:
    """Threshold and p-value are inverse to each other."""
    threshold = calibrate(evidence(0.0, 0.002)).threshold(1e-4)
    assert calibrate(evidence(threshold**2, 0.002)).p_value == pytest.approx(1e-4, rel=0.05)


def test_the_more_the_chunks_vary_the_higher_the_threshold() -> None:
    """Thresholds rise with the chunks' mean square, and fall with the batch's size down to that variation."""
    by_variation = [calibrate(evidence(0.0, found)).threshold(1e-4) for found in (0.0, 0.001, 0.01, 0.1)]
    assert by_variation == sorted(by_variation)
    by_rows = [calibrate(evidence(0.0, 0.002, rows=rows)).threshold(1e-4) for rows in (100, 1_000, 10**6)]
    assert by_rows == sorted(by_rows, reverse=True)
    assert by_rows[-1] > 3 * np.sqrt(0.001)


def test_a_prior_narrows_what_the_chunks_leave_open() -> None:
    """Columns that all vary by noise alone lower the threshold of one more towards that of noise."""
    alone = calibrate(evidence(0.0, 0.001)).threshold(1e-4)
    together = calibrate(evidence(0.0, 0.001), MOSTLY_NOISE).threshold(1e-4)
    noise = np.sqrt(stats.chi2.isf(1e-4, 1) / 1_000)
    assert noise < together < 0.9 * alone


def test_a_prior_does_not_hide_a_column_that_differs() -> None:
    """A column that varies a hundred times more than the others is judged by its own chunks."""
    alone = calibrate(evidence(0.0, 0.1)).threshold(1e-4)
    assert calibrate(evidence(0.0, 0.1), MOSTLY_NOISE).threshold(1e-4) == pytest.approx(alone, rel=0.05)


@pytest.mark.parametrize("rows", [500, 5_000])
@pytest.mark.parametrize("variation", [0.0, 0.05])
def test_false_alarms_stay_below_their_level(rows: int, variation: float) -> None:
    """Over simulated references, a level of 5% and of 1% is not exceeded, at half and five times the chunks' size."""
    rng = np.random.default_rng(rows)
    chunk_rows, chunks, repetitions = 1_000, 30, 600
    p_values = np.empty(repetitions)
    for repetition in range(repetitions):
        means = rng.normal(0, np.hypot(variation, chunk_rows**-0.5), chunks)
        batch = rng.normal(0, np.hypot(variation, rows**-0.5)) - means.mean()
        rest = (means.sum() - means) / (chunks - 1)
        scale = 1 / rows + 1 / (chunks * chunk_rows)
        chunk_scale = 1 / chunk_rows + 1 / ((chunks - 1) * chunk_rows)
        found = Evidence(ONE, batch**2, scale, (means - rest) ** 2, np.full(chunks, chunk_scale))
        p_values[repetition] = calibrate(found).p_value
    for level in (0.05, 0.01):
        assert (p_values <= level).sum() <= stats.binom.isf(0.001, repetitions, level)
