"""Figures in sentences, and the tolerated drop."""

import pytest

from include.retraining.metrics.figures import tolerated_drop, write_figure
from include.retraining.spec.model import PerformanceSpec


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.000"), (-0.0294, "-0.029"), (12.3456, "12.346"), (109.94, "109.9"), (-5120.4, "-5,120"), (4e-5, "4e-05")],
)
def test_figures_are_short_and_never_lost(value, text):
    """Three decimals, unless these show nothing or too much."""
    assert write_figure(value) == text


def test_tolerated_drop_is_declared_or_a_share_of_the_reference():
    """5% of the holdout's figure, whatever its sign."""
    assert tolerated_drop(PerformanceSpec(maximum_drop=0.03), 0.7) == 0.03
    assert tolerated_drop(PerformanceSpec(maximum_drop=0.0), 0.7) == 0.0
    assert tolerated_drop(PerformanceSpec(), 0.7) == pytest.approx(0.035)
    assert tolerated_drop(PerformanceSpec(), -2.0) == pytest.approx(0.1)
