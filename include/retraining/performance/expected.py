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
from include.retraining.performance.estimation.sample import draw_rows
from include.retraining.results.columns import Columns
from include.retraining.results.estimation import Estimated, Gap
from include.retraining.spec.model import ModelSpec

Estimator = ConfidenceEstimator | LossEstimator
# Rows that outline what the champion has seen: one more would lie outside of them by chance in 0.01% of the cases.
KNOWN_ROWS = 20_000


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


def known_rows(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw the rows by which one can tell later what the champion has seen: all of them, or `KNOWN_ROWS`."""
    return rows.iloc[draw_rows(len(rows), KNOWN_ROWS, np.random.default_rng(seed))]


def fit_expectation(
    spec: ModelSpec, rows: pd.DataFrame, y: np.ndarray, prediction: np.ndarray, columns: Columns, known: pd.DataFrame
) -> Estimator | None:
    """Learn on a holdout how performance can be told without labels; None where it is too small for that.

    Parameters
    ----------
    known
        Features of the rows that the champion has seen, as `known_rows` drew them.
    """
    try:
        holdout = _holdout(spec, rows, y, prediction, columns, known)[1]
        return fit_estimator(spec.task, holdout, metrics=(spec.metric,), seed=spec.trainer.seed)
    except DataError:
        return None


def to_bytes(estimator: Estimator) -> bytes:
    """Write an estimator to be kept."""
    return estimator.to_json().encode() if isinstance(estimator, ConfidenceEstimator) else estimator.to_bytes()


def read_expectation(
    spec: ModelSpec,
    content: bytes,
    rows: pd.DataFrame,
    y: np.ndarray,
    prediction: np.ndarray,
    columns: Columns,
    known: pd.DataFrame,
) -> Expectation:
    """Read what `to_bytes` wrote, together with the holdout and the rows that the champion has seen."""
    read = LossEstimator.from_bytes if spec.task == "regression" else ConfidenceEstimator.from_json
    estimator = read(content if spec.task == "regression" else content.decode())  # type: ignore[arg-type]
    return Expectation(spec, estimator, *_holdout(spec, rows, y, prediction, columns, known))


def _holdout(
    spec: ModelSpec, rows: pd.DataFrame, y: np.ndarray, prediction: np.ndarray, columns: Columns, known: pd.DataFrame
) -> tuple[Encoder, Holdout]:
    labelled = np.isfinite(y) if spec.task == "regression" else y >= 0
    encoder = fit_encoder(known, columns)
    features, seen = encoder.encode(rows[labelled]), encoder.encode(known)
    return encoder, Holdout(y[labelled], prediction[labelled], features, encoder.categorical, seen)
