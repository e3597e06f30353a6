"""What performance probably is where labels are missing, and what the estimate missed where they came."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from include.retraining.errors import DataError
from include.retraining.metrics.catalogue import Metric, get_metric
from include.retraining.performance.estimation.confidence import ConfidenceEstimator
from include.retraining.performance.estimation.encoding import Encoder, fit_encoder
from include.retraining.performance.estimation.estimate import adapt, estimate, fit_estimator
from include.retraining.performance.estimation.intervals import gap
from include.retraining.performance.estimation.losses import LossEstimator
from include.retraining.performance.estimation.reweighting import Holdout
from include.retraining.results import Columns, Estimated, Gap
from include.retraining.spec.model import ModelSpec

Estimator = ConfidenceEstimator | LossEstimator


@dataclass(frozen=True)
class Expectation:
    """An estimator with the holdout that it was fitted on."""

    spec: ModelSpec
    estimator: Estimator
    encoder: Encoder
    holdout: Holdout

    @property
    def _metric(self) -> Metric:
        return get_metric(self.spec.metric, self.spec.task)

    def of(self, rows: pd.DataFrame, prediction: np.ndarray) -> Estimated:
        """Estimate the deciding metric on rows, labelled or not."""
        features = self.encoder.encode(rows)
        adapted = adapt(self.estimator, prediction, features, holdout=self.holdout, seed=self.spec.trainer.seed)
        confidence = self.spec.performance.confidence
        return estimate(adapted, prediction, features, [self._metric], confidence=confidence)[0]

    def gap(self, rows: pd.DataFrame, prediction: np.ndarray, realised: float) -> Gap | None:
        """What the rows themselves do not explain of a realised figure."""
        return gap(self._metric, self.of(rows, prediction), realised)


def fit_expectation(
    spec: ModelSpec, rows: pd.DataFrame, y: np.ndarray, prediction: np.ndarray, columns: Columns
) -> Estimator | None:
    """Learn on a holdout how performance can be told without labels; None where it is too small for that."""
    try:
        return fit_estimator(spec.task, _holdout(spec, rows, y, prediction, columns)[1], seed=spec.trainer.seed)
    except DataError:
        return None


def to_bytes(estimator: Estimator) -> bytes:
    """Write an estimator to be kept."""
    return estimator.to_json().encode() if isinstance(estimator, ConfidenceEstimator) else estimator.to_bytes()


def read_expectation(
    spec: ModelSpec, content: bytes, rows: pd.DataFrame, y: np.ndarray, prediction: np.ndarray, columns: Columns
) -> Expectation:
    """Read what `to_bytes` wrote, together with the holdout."""
    read = LossEstimator.from_bytes if spec.task == "regression" else ConfidenceEstimator.from_json
    estimator = read(content if spec.task == "regression" else content.decode())  # type: ignore[arg-type]
    return Expectation(spec, estimator, *_holdout(spec, rows, y, prediction, columns))


def _holdout(
    spec: ModelSpec, rows: pd.DataFrame, y: np.ndarray, prediction: np.ndarray, columns: Columns
) -> tuple[Encoder, Holdout]:
    known = np.isfinite(y) if spec.task == "regression" else y >= 0
    rows = rows[known]
    encoder = fit_encoder(rows, columns)
    return encoder, Holdout(y[known], prediction[known], encoder.encode(rows), encoder.categorical)
