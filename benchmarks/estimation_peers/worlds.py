"""Rows on which estimated performance is compared: a reference, and analysis rows in chunks whose truth is known.

Each case has features, `y`, `prediction` and, for classes, `predicted_class`, which only NannyML asks for. None of
the simulated ones has concept drift.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

from include.retraining.metrics.classification import DECISION_THRESHOLD
from include.retraining.results.columns import Columns
from include.retraining.spec.model import Task

Draw = Callable[[int, float], tuple[np.ndarray, np.ndarray]]

CAR_LOAN_NUMBERS = ("car_value", "debt_to_income_ratio", "loan_length", "repaid_loan_on_prev_car", "driver_tenure")
CAR_LOAN_CATEGORIES = ("salary_range", "size_of_downpayment")
SHIFTS = (0.0, 0.0, 0.0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1.0)
"""By how many standard deviations a feature has moved in each chunk of a simulated case."""
ROWS = 10_000
CHUNK = 5_000


@dataclass(frozen=True)
class Case:
    """A reference and analysis rows; chunks follow each other without a rest."""

    name: str
    task: Task
    columns: Columns
    reference: pd.DataFrame
    analysis: pd.DataFrame
    chunk: int = CHUNK

    def chunks(self) -> Iterator[pd.DataFrame]:
        """Rows of each chunk."""
        for start in range(0, len(self.analysis), self.chunk):
            yield self.analysis.iloc[start : start + self.chunk]


def car_loan(folder: Path) -> Case:
    """NannyML's own car loans: 50,000 reference rows, ten chunks, of which the last five have drifted."""
    rows = pd.read_parquet(folder / "car_loan.parquet")
    columns = Columns(numeric=CAR_LOAN_NUMBERS, categorical=CAR_LOAN_CATEGORIES)
    scored = rows[[*columns.features, "period"]].assign(y=rows["repaid"].astype(int), prediction=rows["y_pred_proba"])
    reference, analysis = (
        _classified(scored[scored["period"] == period].drop(columns="period")).reset_index(drop=True)
        for period in ("reference", "analysis")
    )
    return Case("car loans", "binary_classification", columns, reference, analysis)


def shifted_classes(seed: int) -> Case:
    """A logistic regression that misses an interaction, so that a covariate shift moves what its scores mean."""
    rng = np.random.default_rng([seed, 1])

    def draw(rows: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(rows, 4))
        x[:, 1] += shift
        log_odds = x[:, 0] + x[:, 0] * x[:, 1] + 0.5 * x[:, 1] - 0.5
        return x, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)

    model = LogisticRegression().fit(*draw(ROWS, 0.0))
    reference, analysis = (_classified(frame) for frame in _frames(draw, lambda x: model.predict_proba(x)[:, 1]))
    columns = Columns(numeric=("x0", "x1", "x2", "x3"), categorical=())
    return Case("shifted classes", "binary_classification", columns, reference, analysis)


def shifted_numbers(seed: int) -> Case:
    """A boosted regression whose noise grows with the size of a feature that moves; one feature is a category."""
    rng = np.random.default_rng([seed, 2])

    def draw(rows: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
        x = np.column_stack([rng.normal(size=(rows, 4)), rng.integers(0, 4, rows)])
        x[:, 0] += shift
        spread = 0.5 + 0.6 * np.abs(x[:, 0]) + 0.3 * (x[:, 4] == 2)
        y = 20 + 3 * np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + x[:, 4] + spread * rng.standard_t(6, rows)
        return x, y

    model = HistGradientBoostingRegressor(max_iter=80, random_state=0).fit(*draw(ROWS, 0.0))
    reference, analysis = (frame.assign(x4="c" + frame["x4"].astype(str)) for frame in _frames(draw, model.predict))
    columns = Columns(numeric=("x0", "x1", "x2", "x3"), categorical=("x4",))
    return Case("shifted numbers", "regression", columns, reference, analysis)


def _frames(draw: Draw, predict: Callable[[np.ndarray], np.ndarray]) -> list[pd.DataFrame]:
    """Scored reference and analysis rows."""
    parts = [[draw(ROWS, 0.0)], [draw(CHUNK, shift) for shift in SHIFTS]]
    return [pd.concat([_frame(x, y, predict(x)) for x, y in part], ignore_index=True) for part in parts]


def _frame(x: np.ndarray, y: np.ndarray, prediction: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(x, columns=[f"x{number}" for number in range(x.shape[1])]).assign(y=y, prediction=prediction)


def _classified(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(predicted_class=(rows["prediction"] > DECISION_THRESHOLD).astype(int))
