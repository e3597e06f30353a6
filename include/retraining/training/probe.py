"""A small model of the newest labels, fitted to be compared with the champion and thrown away.

It costs a fraction of a training: at most a quarter of the rows that the champion has learned from. So as long as
nothing changes it predicts worse; when it predicts better, a challenger is worth its training.
"""

import numpy as np
import pandas as pd

from include.retraining.errors import DataError, TrainingError
from include.retraining.metrics.bootstrap import MINIMUM_RESAMPLES, bootstrap_gain, time_blocks
from include.retraining.metrics.catalogue import get_metric
from include.retraining.metrics.figures import write_estimate
from include.retraining.registry import resolve
from include.retraining.results.columns import Columns
from include.retraining.results.probe import Probe
from include.retraining.results.training import Training
from include.retraining.spec.model import ModelSpec
from include.retraining.training.predict import predict
from include.retraining.training.threads import limited_threads

# Share of the champion's rows that the probe learns from ...
SHARE = 0.25
# ... but at least so many where they exist, as fewer tell little of any relation, ...
LEAST_ROWS = 2_000
# ... and no more than a second's work.
MOST_ROWS = 20_000


def probe_rows(training: Training) -> int:
    """How many of the newest labelled rows a probe against this champion learns from.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> [probe_rows(SimpleNamespace(train_rows=rows)) for rows in (900, 20_000, 1_000_000)]
    [2000, 5000, 20000]
    """
    return min(MOST_ROWS, max(LEAST_ROWS, int(SHARE * training.train_rows)))


def probe(
    spec: ModelSpec,
    champion: Training,
    *,
    known: pd.DataFrame,
    known_y: np.ndarray,
    newest: pd.DataFrame,
    newest_y: np.ndarray,
    prediction: np.ndarray,
) -> Probe:
    """Fit the probe to rows known before, and compare it with the champion on the newest ones.

    Parameters
    ----------
    known
        The newest labelled rows before those compared on, in time order; at most `probe_rows` of them are used.
    known_y, newest_y
        Truth, encoded by the champion's classes; rows without a known one are left out.
    prediction
        The champion's predictions of the newest rows.
    """
    usable = _usable(known_y, spec)
    rows, y = known[usable].tail(probe_rows(champion)), known_y[usable][-probe_rows(champion) :]
    told = _usable(newest_y, spec)
    if len(rows) < spec.labels.minimum or told.sum() < spec.labels.minimum:
        return _nothing(newest[told], spec, len(rows), f"fewer than {spec.labels.minimum:,} labels")
    if champion.classes and len(np.unique(y)) < len(champion.classes):
        return _nothing(newest[told], spec, len(rows), "the newest labels lack a class")
    filled = tuple(name for name in champion.numeric if rows[name].notna().any())
    columns = Columns(numeric=filled, categorical=champion.categorical)
    compared = newest[told]
    try:
        params = champion.params if champion.trainer == spec.trainer.use else spec.trainer.params
        estimator = resolve("trainer", spec.trainer.use)(columns, spec.task, dict(params), spec.trainer.seed)
        with limited_threads():
            estimator.fit(rows[columns.features], y)
        gain = bootstrap_gain(
            get_metric(spec.metric, spec.task),
            newest_y[told],
            prediction[told],
            predict(estimator, compared, columns, spec.task),
            confidence=spec.performance.confidence,
            seed=spec.trainer.seed,
            resamples=MINIMUM_RESAMPLES,
            blocks=time_blocks(compared[spec.data.time].dt.tz_convert(None).to_numpy("datetime64[us]")),
        )
    except (DataError, TrainingError, ValueError) as error:  # a trainer may refuse few rows: the champion reigns on
        return _nothing(compared, spec, len(rows), str(error))
    text = (
        f"A model of the {len(rows):,} newest labels before these predicts them "
        f"{'better' if gain.value > 0 else 'no better'} than the champion: by {write_estimate(gain)}."
    )
    return Probe(gain=gain, since=compared[spec.data.time].min().to_pydatetime(), rows=len(rows), text=text)


def _usable(y: np.ndarray, spec: ModelSpec) -> np.ndarray:
    """Which rows have a target that the champion knows."""
    return np.asarray(np.isfinite(y) if spec.task == "regression" else y >= 0)


def _nothing(compared: pd.DataFrame, spec: ModelSpec, rows: int, why: str) -> Probe:
    since = compared[spec.data.time].min().to_pydatetime() if len(compared) else None
    return Probe(gain=None, since=since, rows=rows, text=f"The champion cannot be probed: {why}.")
