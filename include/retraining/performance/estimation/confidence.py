"""Performance of a classifier, estimated from its own recalibrated probabilities.

If P(class | score) is still what it was on the holdout, the scores of new rows say how many of them are hits:
the champion's holdout calibrates the scores, and each metric is evaluated in expectation over the labels. With
weights that make the holdout's features look like the batch's, calibration follows a covariate shift:
Bialek, Kivimaki, Kuberski and Perrakis (2024), arXiv 2401.08348. A concept drift is invisible to both.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric, metrics_for
from include.retraining.performance.estimation import calibration
from include.retraining.performance.estimation.expectation import class_probabilities, over_classes
from include.retraining.performance.estimation.intervals import REPLICATES, Expected, spread_of
from include.retraining.performance.estimation.sample import Sample, draw_rows, group_sample, group_scores
from include.retraining.spec.model import Task

FORMAT = 1
# Fewer rows of a class calibrate nothing: the rule of ten events for each parameter of a logistic regression
# (Peduzzi et al. 1996, Journal of Clinical Epidemiology 49(12), 1373-1379), of which there are three.
MINIMUM_OF_CLASS = 30
# Resamples that are calibrated together: more would only take memory.
PORTION = 50
# Rows of several classes on which the chance of the labels is simulated; it is scaled to the size of the batch.
SIMULATED_ROWS = 5_000


@dataclass(frozen=True)
class ConfidenceEstimator:
    """A classifier's holdout in few weighted rows, and how its scores are calibrated.

    `methods` holds one calibration method for each class, or the one of the positive class. `bias` is estimated minus
    realised on the holdout itself, cross-fitted, for each metric; `n` counts the holdout's rows.
    """

    task: Task
    methods: tuple[str, ...]
    sample: Sample
    bias: Mapping[str, float]
    n: int
    weighted: bool

    def to_json(self) -> str:
        """Write as JSON text."""
        sample = {name: getattr(self.sample, name).tolist() for name in ("prediction", "y", "weights", "squares")}
        own = {"task": self.task, "methods": self.methods, "bias": dict(self.bias), "n": self.n}
        return json.dumps({"format": FORMAT, **own, "weighted": self.weighted, "sample": sample}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "ConfidenceEstimator":
        """Read what `to_json` wrote.

        Raises
        ------
        DataError
            When another version of the project wrote it.
        """
        entry: dict[str, Any] = json.loads(text)
        if entry.pop("format", None) != FORMAT:
            message = f"the stored estimator is not of format {FORMAT}; train the model again to renew it"
            raise DataError(message)
        sample = Sample(**{name: np.array(values) for name, values in entry.pop("sample").items()})
        return cls(**{**entry, "methods": tuple(entry["methods"]), "sample": sample})


def fit_confidence(
    task: Task, y: np.ndarray, prediction: np.ndarray, *, weights: np.ndarray | None = None, seed: int = 0
) -> ConfidenceEstimator:
    """Calibrate a champion's scores on its holdout.

    Parameters
    ----------
    y
        Class positions; rows of an unknown class (-1) are left out.
    weights
        How much each row counts, such as the density ratio of the batch to the holdout.

    Raises
    ------
    DataError
        When a class has too few rows.
    """
    y, prediction = np.asarray(y), np.asarray(prediction, dtype=float)
    weights_given = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    finite = np.isfinite(prediction).all(axis=1) if prediction.ndim == 2 else np.isfinite(prediction)
    known = (y >= 0) & finite & (weights_given > 0)
    y, prediction, kept = y[known].astype(int), prediction[known], weights_given[known]
    _check_classes(y, prediction)
    generator = np.random.default_rng(seed)
    targets = list(_one_against_rest(prediction, y))
    methods = tuple(calibration.choose_method(score, truth, kept, generator) for score, truth in targets)
    fold = generator.permutation(len(y)) % calibration.FOLDS
    fits = _fits(methods, prediction, y)
    scores = [score for score, _ in targets]
    held_out = [calibration.cross_fitted(fit, score, kept, fold) for fit, score in zip(fits, scores, strict=True)]
    mass = _normalised(held_out) * kept[:, None]
    bias = {}
    for metric in metrics_for(task):
        off = over_classes(metric, prediction)(mass) - metric(y, prediction, kept)
        if np.isfinite(off):
            bias[metric.name] = float(off)
    sample = group_sample(prediction, y, kept, generator)
    return ConfidenceEstimator(task, methods, sample, bias, len(y), weights is not None)


def expect(
    estimator: ConfidenceEstimator,
    prediction: np.ndarray,
    metrics: Sequence[Metric],
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> list[Expected]:
    """Metrics of new rows as expected from the calibrated probabilities, each with its spread.

    The spread joins what the holdout leaves open (calibration on Bayesian bootstraps of it, each corrected by what it
    misses on its own resample) and the chance of the labels (drawn from the calibrated probabilities).
    """
    sample, generator = estimator.sample, np.random.default_rng(seed)
    calibrate = _calibration(estimator)
    point = calibrate(sample.weights)
    values = expected_values(estimator, prediction, metrics)
    rows, counts, shrink = _few_rows(prediction, generator)
    p_rows = point(rows)
    on_batch = [over_classes(metric, rows) for metric in metrics]
    on_holdout = [over_classes(metric, sample.prediction) for metric in metrics]
    realised = [metric.evaluator(sample.y, sample.prediction) for metric in metrics]
    weights = np.empty((replicates, len(sample.y)))
    estimates, labels = np.empty((2, len(metrics), replicates))
    for number in range(replicates):
        weights[number] = sample.draw(generator)
        drawn = generator.multinomial(counts, p_rows).astype(float)
        labels[:, number] = [batch(drawn) * shrink for batch in on_batch]
    for start in range(0, replicates, PORTION):
        curve = calibrate(weights[start : start + PORTION])
        expected, held = curve(rows) * counts[:, None], curve(sample.prediction)
        for number, own in enumerate(weights[start : start + PORTION]):
            for row, (batch, holdout, truth) in enumerate(zip(on_batch, on_holdout, realised, strict=True)):
                missed = holdout(held[number] * own[:, None]) - truth(own)
                estimates[row, start + number] = batch(expected[number]) - missed
    return [
        Expected(value, estimator.bias.get(metric.name, 0.0), spread_of(*draws))
        for metric, value, *draws in zip(metrics, values, estimates, labels, strict=True)
    ]


def expected_values(estimator: ConfidenceEstimator, prediction: np.ndarray, metrics: Sequence[Metric]) -> list[float]:
    """Metrics of new rows as expected from the calibrated probabilities, with their bias taken off."""
    p = _calibration(estimator)(estimator.sample.weights)(prediction)
    return [over_classes(metric, prediction)(p) - estimator.bias.get(metric.name, 0.0) for metric in metrics]


def _calibration(estimator: ConfidenceEstimator) -> Callable[[np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    """Return a function from weights of the sample's rows to one from predictions to class probabilities."""
    fits = _fits(estimator.methods, estimator.sample.prediction, estimator.sample.y)

    def calibrate(weights: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        curves = [fit(weights) for fit in fits]
        return lambda new: _normalised([curve(score) for curve, score in zip(curves, _scores(new), strict=True)])

    return calibrate


def _few_rows(prediction: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Rows to simulate on, how many each stands for, and the factor from their spread to that of all rows."""
    if prediction.ndim == 1:
        cell, scores = group_scores(prediction)
        return scores, np.bincount(cell), 1.0
    chosen = draw_rows(len(prediction), SIMULATED_ROWS, generator)
    return prediction[chosen], np.ones(len(chosen), dtype=int), float(np.sqrt(len(chosen) / len(prediction)))


def _check_classes(y: np.ndarray, prediction: np.ndarray) -> None:
    counts = np.bincount(y, minlength=2 if prediction.ndim == 1 else prediction.shape[1])
    if counts.min() < MINIMUM_OF_CLASS:
        message = (
            f"class {counts.argmin()} has {counts.min()} rows in the holdout; {MINIMUM_OF_CLASS} of each class are "
            "needed to calibrate its probabilities"
        )
        raise DataError(message)


def _scores(prediction: np.ndarray) -> list[np.ndarray]:
    return [prediction] if prediction.ndim == 1 else list(prediction.T)


def _one_against_rest(prediction: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    first = 1 if prediction.ndim == 1 else 0
    return [(score, (y == first + position).astype(float)) for position, score in enumerate(_scores(prediction))]


def _fits(methods: tuple[str, ...], prediction: np.ndarray, y: np.ndarray) -> list[calibration.Fit]:
    targets = _one_against_rest(prediction, y)
    return [calibration.METHODS[name](score, truth) for name, (score, truth) in zip(methods, targets, strict=True)]


def _normalised(calibrated: list[np.ndarray]) -> np.ndarray:
    """Probabilities of all classes, shape (…, n, k), from those of each class against the rest, shape (…, n) each."""
    if len(calibrated) == 1:
        return class_probabilities(calibrated[0])
    p = np.stack(calibrated, axis=-1)
    total = p.sum(axis=-1, keepdims=True)
    return np.where(total > 0, p / np.where(total > 0, total, 1.0), 1.0 / p.shape[-1])
