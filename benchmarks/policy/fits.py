"""Models, fitted once for each range of rows and kept by content: their predictions of all later rows."""

import hashlib
import os
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.policy.streams import Stream

Rows = tuple[int, int]


class Fits:
    """Predictions of models of a stream by the rows that they learned from; `fitted` counts what was not kept yet."""

    def __init__(self, stream: Stream, cache: Path) -> None:
        digest = hashlib.sha256(stream.features.tobytes() + stream.y.tobytes())
        digest.update(repr((stream.metric, list(stream.categorical))).encode())
        self._stream = stream
        self.folder = cache / f"{stream.name}-{digest.hexdigest()[:12]}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._kept: dict[Rows, np.ndarray] = {}
        self.fitted = 0

    def predict(self, learned: Rows, rows: Rows) -> np.ndarray:
        """Predict rows by the model of earlier ones: numbers, or probabilities of class 1."""
        if learned not in self._kept:
            path = self.folder / f"{learned[0]}-{learned[1]}.npy"
            if not path.exists():
                self.fitted += 1
                unfinished = path.with_suffix(f".{os.getpid()}.npy")
                np.save(unfinished, self._fit(learned))
                unfinished.replace(path)
            self._kept[learned] = np.load(path)
        return np.asarray(self._kept[learned][rows[0] - learned[1] : rows[1] - learned[1]], float)

    def _fit(self, learned: Rows) -> np.ndarray:
        features, y = self._stream.features[slice(*learned)].copy(), self._stream.y[slice(*learned)]
        later = self._stream.features[learned[1] :]
        if not self._stream.regression and len(np.unique(y)) < 2:
            return np.full(len(later), float(y[0]), np.float32)
        features[:, np.isnan(features).all(axis=0)] = 0.0
        kind = HistGradientBoostingRegressor if self._stream.regression else HistGradientBoostingClassifier
        model = kind(categorical_features=list(self._stream.categorical) or None, random_state=0).fit(features, y)
        predicted = model.predict(later) if self._stream.regression else model.predict_proba(later)[:, 1]
        return np.asarray(predicted, np.float32)
