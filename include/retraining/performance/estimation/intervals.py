"""Intervals of an estimate, and what a realised figure says beyond it."""

import math
from dataclasses import dataclass

import numpy as np

from include.retraining.metrics.catalogue import CATALOGUE, Metric
from include.retraining.results.estimation import Estimated, Gap

# Ample for a standard error, and quantiles of all sums of two such sets are smooth: Efron and Tibshirani (1993), ch. 6.
REPLICATES = 200
# Share of the replicates on which the metric must be defined.
MINIMUM_DEFINED = 0.5
# Below it an error is none: the precision of floats.
LEAST_ERROR = 1e-12


@dataclass(frozen=True)
class Spread:
    """Draws of two independent errors: of the estimate itself, and of the labels' chance around it."""

    estimate: np.ndarray
    labels: np.ndarray

    @property
    def error(self) -> float:
        """Standard deviation of realised minus estimated."""
        return float(np.sqrt(self.estimate.var() + self.labels.var()))

    def widened(self, deviation: float, seed: int) -> "Spread":
        """Add a further normal error of the estimate."""
        return Spread(
            self.estimate + deviation * np.random.default_rng(seed).normal(size=len(self.estimate)), self.labels
        )

    def expected(self, confidence: float) -> tuple[float, float]:
        """Offsets of the interval for the expected metric."""
        return _quantiles(self.estimate, confidence)

    def realised(self, confidence: float) -> tuple[float, float]:
        """Offsets of the interval for the realised metric: quantiles of all sums of the two errors."""
        return _quantiles(np.add.outer(self.estimate, self.labels).ravel(), confidence)


@dataclass(frozen=True)
class Expected:
    """An expected metric with its bias already taken off, that bias, and the spread of the realised one around it.

    Without a spread the metric is not defined on these rows.
    """

    value: float
    bias: float
    spread: Spread | None


def spread_of(estimate: np.ndarray, labels: np.ndarray) -> Spread | None:
    """Centre the draws; None when the metric is not defined on most of them."""
    defined = [np.isfinite(draws) for draws in (estimate, labels)]
    if min(found.mean() for found in defined) < MINIMUM_DEFINED:
        return None
    estimate, labels = estimate[defined[0]], labels[defined[1]]
    return Spread(estimate - estimate.mean(), labels - labels.mean())


def within_range(metric: Metric, value: float) -> float:
    """Hold a figure inside the range of a metric of the catalogue."""
    if metric.name not in CATALOGUE:
        return value
    least = -math.inf if metric.name == "r2" else 0.0
    return min(max(value, least), 1.0 if metric.greater_is_better else math.inf)


def gap(metric: Metric, estimated: Estimated, realised: float) -> Gap | None:
    """Compare the realised figure of the very rows that were estimated; None when nothing was estimated.

    The p-value is two-sided, of a normal error with the estimate's own standard deviation; its interval is the
    estimate's, turned round.
    """
    if estimated.verdict != "estimated" or estimated.value is None or not math.isfinite(realised):
        return None
    low, high, error = estimated.low or 0.0, estimated.high or 0.0, estimated.error or 0.0
    difference = realised - estimated.value
    p_value = math.erfc(abs(difference) / max(error, LEAST_ERROR) / math.sqrt(2))
    return Gap(
        metric=metric.name,
        difference=difference,
        low=realised - high,
        high=realised - low,
        confidence=estimated.confidence,
        p_value=p_value,
        worse=metric.gain(estimated.value, realised) < 0,
    )


def _quantiles(draws: np.ndarray, confidence: float) -> tuple[float, float]:
    """Type 6 of Hyndman and Fan (1996): quantiles of few draws that hold their rate."""
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2], method="weibull")
    return float(low), float(high)
