"""Models, fitted once for each range of rows and kept by content: their predictions of all later rows."""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.policy.streams import BATCH, Stream
from include.retraining.training.staleness import evenly
from include.retraining.training.weights import recency_weights

Rows = tuple[int, int]


class Model(NamedTuple):
    """What a model learned: rows from `first` up to `end`; those `half_life` batches before the last count half.

    `sample` is how many rows were drawn evenly from these, and which such sample it is.
    """

    first: int
    end: int
    half_life: float | None = None
    sample: tuple[int, int] | None = None


class Fits:
    """Predictions of models of a stream by what they learned; `fitted` counts what was not kept yet."""

    def __init__(self, stream: Stream, cache: Path) -> None:
        digest = hashlib.sha256(stream.features.tobytes() + stream.y.tobytes())
        digest.update(repr((stream.metric, list(stream.categorical), *stream.rejected)).encode())
        self._stream = stream
        self.folder = cache / f"{stream.name}-{digest.hexdigest()[:12]}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._kept: dict[Model, np.ndarray] = {}
        self.fitted = 0

    def predict(self, learned: Model, rows: Rows) -> np.ndarray:
        """Predict rows by the model of earlier ones: numbers, or probabilities of class 1."""
        if learned not in self._kept:
            fading = "" if learned.half_life is None else f"-{learned.half_life:g}"
            drawn = "" if learned.sample is None else "-{}of{}".format(*learned.sample[::-1])
            path = self.folder / f"{learned.first}-{learned.end}{fading}{drawn}.npy"
            if not path.exists():
                self.fitted += 1
                unfinished = path.with_suffix(f".{os.getpid()}.npy")
                np.save(unfinished, self._fit(learned))
                unfinished.replace(path)
            self._kept[learned] = np.load(path)
        return np.asarray(self._kept[learned][rows[0] - learned.end : rows[1] - learned.end], float)

    def _fit(self, learned: Model) -> np.ndarray:
        rows = learned.first + np.flatnonzero(self._stream.sound[learned.first : learned.end])
        if learned.sample is not None:
            rows = rows[evenly(learned.sample[0], len(rows), learned.sample[1])]
        features, y = self._stream.features[rows], self._stream.y[rows]
        later = self._stream.features[learned.end :]
        if not self._stream.regression and len(np.unique(y)) < 2:
            return np.full(len(later), float(y[0]), np.float32)
        features[:, np.isnan(features).all(axis=0)] = 0.0
        kind = HistGradientBoostingRegressor if self._stream.regression else HistGradientBoostingClassifier
        model = kind(categorical_features=list(self._stream.categorical) or None, random_state=0)
        model.fit(features, y, sample_weight=self._weights(learned, rows))
        predicted = model.predict(later) if self._stream.regression else model.predict_proba(later)[:, 1]
        return np.asarray(predicted, np.float32)

    def _weights(self, learned: Model, rows: np.ndarray) -> np.ndarray | None:
        """Production's weights of the rows; those of a batch are spread evenly over it."""
        if learned.half_life is None:
            return None
        end = pd.Timestamp(self._stream.moments(np.array([learned.end - 1]))[0], tz="UTC")
        times = pd.Series(self._stream.moments(rows)).dt.tz_localize("UTC")
        return recency_weights(times, end.to_pydatetime(), learned.half_life * BATCH)
