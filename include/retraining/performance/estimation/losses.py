"""Performance of a regression, estimated by a model of the champion's errors.

A model learns on the holdout how large errors are, given features and prediction; on new rows its mean is the
expected loss, as long as the errors still depend on the features as they did (no concept drift) and the rows lie where
the holdout had some: the model says the same however far beyond its last row a new one lies.
Ten models, each without a tenth of the holdout, are averaged: on the rows that one has not seen its bias
is measured, and from how far they disagree follows the uncertainty of their mean
(delete-a-group jackknife: Shao and Tu 1995, The Jackknife and Bootstrap, section 2.3).
"""

import pickle
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric
from include.retraining.performance.estimation.chance import Chance, chance_of
from include.retraining.performance.estimation.intervals import REPLICATES, Expected, spread_of
from include.retraining.performance.estimation.loss_model import LossModel, fit_loss_model
from include.retraining.performance.estimation.sample import draw_rows

FORMAT = 3
GROUPS = 10
# Each of ten models needs some hundred rows to learn from.
MINIMUM_ROWS = 200
# Rows on which the chance of the labels is simulated; it is scaled to the size of the batch.
SIMULATED_ROWS = 5_000
# Rows to learn from: more change little, and take long.
FITTED_ROWS = 50_000

Losses = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class LossEstimator:
    """Models of each kind of loss: `factor` sets their mean right on the holdout.

    `chance` says how losses scatter about what is expected; `bias` is estimated minus realised on the holdout for each
    metric, before the factor.
    """

    models: Mapping[str, tuple[LossModel, ...]]
    factor: Mapping[str, float]
    chance: Mapping[str, Chance]
    bias: Mapping[str, float]
    n: int

    def to_bytes(self) -> bytes:
        """Write as a compressed pickle; load it with the versions that wrote it, as the model itself.

        Its thousands of small trees take joblib, which looks at each array in Python, forty times as long to load.
        """
        return zlib.compress(pickle.dumps({"format": FORMAT, **vars(self)}, protocol=5), level=1)

    @classmethod
    def from_bytes(cls, content: bytes) -> "LossEstimator":
        """Read what `to_bytes` wrote.

        Raises
        ------
        DataError
            When another version of the project wrote it.
        """
        entry: dict[str, Any] = pickle.loads(zlib.decompress(content))  # noqa: S301 - the store is trusted, as with models
        if entry.pop("format", None) != FORMAT:
            message = f"the stored loss model is not of format {FORMAT}; train the model again to renew it"
            raise DataError(message)
        return cls(**entry)


LOSSES: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "absolute": lambda y, prediction: np.abs(y - prediction),
        "squared": lambda y, prediction: (y - prediction) ** 2,
        "relative": lambda y, prediction: np.abs((y - prediction) / y),
        "signed": lambda y, prediction: y - prediction,
    }
)
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"mae": ("absolute",), "rmse": ("squared",), "mape": ("relative",), "r2": ("squared", "signed")}
)
"""Metrics that can be estimated, and from which losses."""


def fit_losses(
    y: np.ndarray,
    prediction: np.ndarray,
    features: np.ndarray,
    *,
    categorical: tuple[bool, ...],
    metrics: Collection[str] = tuple(NEEDED),
    seed: int = 0,
) -> LossEstimator:
    """Learn on a champion's holdout how large its errors are.

    Parameters
    ----------
    features
        Shape (n, p), with codes in categorical columns and NaN for missing values.
    metrics
        Names of the metrics that will be asked for: each kind of loss costs ten models, so only theirs are fitted.

    Raises
    ------
    DataError
        When too few rows have a label.
    """
    known = np.flatnonzero(np.isfinite(y) & np.isfinite(prediction))
    if len(known) < MINIMUM_ROWS:
        message = f"the holdout has {len(known)} rows with a label; {MINIMUM_ROWS} are needed to learn errors from"
        raise DataError(message)
    generator = np.random.default_rng(seed)
    known = known[draw_rows(len(known), FITTED_ROWS, generator)]
    y, prediction = np.asarray(y, dtype=float)[known], np.asarray(prediction, dtype=float)[known]
    inputs = np.column_stack([features[known], prediction])
    group = generator.permutation(len(y)) % GROUPS
    wanted = {loss for metric in metrics for loss in NEEDED.get(metric, ())}
    true = {name: loss(y, prediction) for name, loss in LOSSES.items() if name in wanted and _defined(name, y)}
    models, fitted, factor = {}, {}, {}
    for name, values in true.items():
        models[name] = _fit_groups(name, inputs, values, group, (*categorical, False), seed)
        fitted[name] = np.empty(len(y))
        for number, model in enumerate(models[name]):
            fitted[name][group == number] = model(inputs[group == number])
        factor[name] = _factor(name, values, fitted[name])
    bias = {
        name: figure(name, prediction, fitted) - figure(name, prediction, true) for name in NEEDED if _known(name, true)
    }
    kept = draw_rows(len(y), FITTED_ROWS // 10, generator)
    corrected = {name: _corrected(name, values, factor[name]) for name, values in fitted.items()}
    signs = np.sign(y - prediction)[kept]
    chance = {name: chance_of(true[name][kept], corrected[name][kept], signs) for name in true if name != "signed"}
    return LossEstimator(models, factor, chance, bias, len(y))


def expect_losses(
    estimator: LossEstimator,
    prediction: np.ndarray,
    features: np.ndarray,
    metrics: Sequence[Metric],
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> list[Expected]:
    """Metrics of new rows as expected from the loss models, each with its spread; without one where not supported.

    The chance of the labels is that of the holdout's errors in rows of which about as much was expected.
    """
    supported = [metric.name for metric in metrics if _known(metric.name, estimator.models)]
    inputs = np.column_stack([features, prediction])
    by_group: list[dict[str, np.ndarray]] = [{} for _ in range(GROUPS)]
    for name in sorted({loss for metric in supported for loss in NEEDED[metric]}):
        for losses, model in zip(by_group, estimator.models[name], strict=True):
            losses[name] = _corrected(name, model(inputs), estimator.factor[name])
    means = {name: np.mean([losses[name] for losses in by_group], axis=0) for name in by_group[0]}
    found = []
    for metric in metrics:
        if metric.name not in supported:
            found.append(Expected(float("nan"), 0.0, None))
            continue
        generator = np.random.default_rng(seed)
        leaving_out = np.array([figure(metric.name, prediction, losses) for losses in by_group])
        error = np.sqrt((GROUPS - 1) / GROUPS * ((leaving_out - leaving_out.mean()) ** 2).sum())
        estimates = error * generator.standard_t(GROUPS - 1, replicates)
        labels = _realisations(estimator, metric.name, prediction, means, generator, replicates)
        value = figure(metric.name, prediction, means)
        found.append(Expected(value, estimator.bias[metric.name], spread_of(estimates, labels)))
    return found


def figure(metric: str, prediction: np.ndarray, losses: Losses) -> float:
    """Evaluate a metric from the expected (or the true) losses of each row; NaN where it is not defined."""
    if metric == "r2":
        return _r2(prediction, losses["squared"], losses["signed"])
    mean = float(losses[NEEDED[metric][0]].mean())
    return float(np.sqrt(mean)) if metric == "rmse" else mean


def _r2(prediction: np.ndarray, squared: np.ndarray, signed: np.ndarray) -> float:
    """1 - E[error²] / Var(y), where y = prediction + error."""
    mean_square = (prediction**2 + 2 * prediction * signed + squared).mean()
    spread = float(mean_square - (prediction + signed).mean() ** 2)
    return 1.0 - float(squared.mean()) / spread if spread > 0 else float("nan")


def _realisations(
    estimator: LossEstimator,
    metric: str,
    prediction: np.ndarray,
    means: Losses,
    generator: np.random.Generator,
    replicates: int,
) -> np.ndarray:
    """Metrics of simulated labels, spread as those of all rows are."""
    rows = draw_rows(len(prediction), SIMULATED_ROWS, generator)
    values, name = np.empty(replicates), NEEDED[metric][0]
    expected = means[name][rows]
    cells = estimator.chance[name].cells(expected)
    for number in range(replicates):
        ratios, signs = estimator.chance[name].draw(cells, generator)
        losses = {name: expected * ratios}
        if "signed" in NEEDED[metric]:
            losses["signed"] = signs * np.sqrt(losses["squared"])
        values[number] = figure(metric, prediction[rows], losses)
    centre = float(np.mean(values))
    return np.asarray(centre + (values - centre) * np.sqrt(len(rows) / len(prediction)))


def _fit_groups(
    name: str, inputs: np.ndarray, values: np.ndarray, group: np.ndarray, categorical: tuple[bool, ...], seed: int
) -> tuple[LossModel, ...]:
    """Fit one model of the mean without each group."""
    scale, flags = float(np.abs(values).mean()), np.array(categorical)
    return tuple(
        fit_loss_model(
            inputs[group != number],
            values[group != number],
            categorical=flags,
            scale=scale,
            signed=name == "signed",
            seed=seed,
        )
        for number in range(GROUPS)
    )


def _factor(name: str, values: np.ndarray, fitted: np.ndarray) -> float:
    """What sets the mean of held-out expectations right: a factor, or an addend where losses have a sign."""
    if name == "signed":
        return float(values.mean() - fitted.mean())
    return float(values.mean() / fitted.mean()) if fitted.mean() > 0 else 1.0


def _corrected(name: str, fitted: np.ndarray, factor: float) -> np.ndarray:
    return fitted + factor if name == "signed" else fitted * factor


def _defined(loss: str, y: np.ndarray) -> bool:
    """Whether every row has such a loss: an error relative to 0 is none."""
    return loss != "relative" or bool((y != 0).all())


def _known(metric: str, losses: Mapping[str, Any]) -> bool:
    return metric in NEEDED and all(name in losses for name in NEEDED[metric])
