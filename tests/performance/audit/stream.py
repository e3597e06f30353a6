"""A made-up production line whose labels come from three stations, with faults whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from include.retraining.performance.audit.rows import AuditRows

DAILY = 30  # labels a day
TRAINING_ROWS = 1800
HOLDOUT_ROWS = 600
ONSET = 20  # day on which a scenario's event begins
EVENT_DAYS = 8  # for events that end
NUMBERS = [f"x{number}" for number in range(7)]
NOISE = 0.5


@dataclass(frozen=True)
class Stream:
    """Labelled rows of many days, the champion's holdout, and which labels are truly wrong."""

    rows: AuditRows
    reference: AuditRows
    wrong: np.ndarray
    day: np.ndarray

    def window(self, day: int, length: int = 30) -> tuple[AuditRows, np.ndarray]:
        """Take the labels of the `length` days that end with `day`, and which of them are wrong."""
        inside = (self.day <= day) & (self.day > day - length)
        return self.rows.only(inside), self.wrong[inside]


def signal(frame, weight=1.0, local=0.0):
    """What can be learned: linear parts, a bend, an interaction and a level by origin."""
    level = frame["origin"].map({"BR": 0.0, "CO": 0.4, "ET": -0.4, "VN": 0.2}).to_numpy(dtype=float)
    x = frame[NUMBERS].to_numpy()
    learned = 0.8 * x[:, 0] - 0.6 * x[:, 1] + 0.5 * np.abs(x[:, 2]) + 0.5 * x[:, 3] * x[:, 4] + 0.3 * x[:, 5]
    weight = np.where(frame["origin"] == "ET", weight * (1 - 2 * local), weight)
    return weight * (learned - 0.4) + 0.4 + level


def draw(generator, n):
    """Draw rows of features and a station for each."""
    frame = pd.DataFrame(generator.normal(size=(n, 7)), columns=NUMBERS)
    frame["origin"] = generator.choice(["BR", "CO", "ET", "VN"], n, p=[0.45, 0.25, 0.10, 0.20])
    return frame, generator.choice(["A", "B", "C"], n)


def make(scenario, seed=0, days=40, task="regression", size=None, ramp=30):
    """Make a stream of one scenario with a champion trained before it."""
    generator = np.random.default_rng(seed)
    history, _ = draw(generator, TRAINING_ROWS + HOLDOUT_ROWS)
    frame, station = draw(generator, days * DAILY)
    day = np.repeat(np.arange(days), DAILY)
    event = day >= ONSET
    if scenario == "covariate":
        frame.loc[event, "x0"] += 1.5
        frame.loc[event, "x5"] -= 1.0
    elif scenario == "seasonal":
        frame["x0"] += np.sin(day / 15)
    weight = np.ones(len(day))
    if scenario == "flip":
        weight = np.where(event, -1.0, 1.0)
    elif scenario == "gradual":
        weight = 1 - 2 * np.clip((day - ONSET + 1) / ramp, 0, 1) * event
    local = (event & (scenario == "flip_one_origin")).astype(float)
    noise = NOISE * np.where(event & (scenario == "noise"), size or 2.5, 1.0)
    y = signal(frame, weight, local) + noise * generator.normal(size=len(day)) + 5
    old = signal(history) + NOISE * generator.normal(size=len(history)) + 5
    if task != "regression":
        y, old = (y + generator.logistic(0, 0.4, len(y)) > 5.4).astype(int), (old > 5.4).astype(int)
    y, wrong = spoil(scenario, y, station, day, generator=generator, size=size)
    return assemble(history, frame, station, day, y=y, old=old, wrong=wrong, task=task, seed=seed)


def spoil(scenario, y, station, day, *, generator, size):
    """Make labels wrong."""
    wrong = np.zeros(len(y), dtype=bool)
    event, spell = day >= ONSET, (day >= ONSET) & (day < ONSET + EVENT_DAYS)
    if scenario == "offset":
        wrong = event
        y = np.where(wrong, y + (size or 2.5) * NOISE, y)
    elif scenario == "station_offset":
        wrong = event & (station == "B")
        y = np.where(wrong, y + (size or 2.5) * NOISE, y)
    elif scenario == "station_mix":
        wrong = spell & (station == "B")
        y = y.copy()
        for one in np.unique(day[wrong]):
            rows = np.flatnonzero(wrong & (day == one))
            y[rows] = y[generator.permutation(rows)]
    elif scenario == "decimal":
        wrong = spell & (generator.random(len(y)) < 0.25)
        y = np.where(wrong, np.where(generator.random(len(y)) < 0.5, y * 10, y / 100), y)
    elif scenario == "label_noise":
        wrong = spell
        y = np.where(wrong & (generator.random(len(y)) < 0.45), 1 - y, y)
    return y, wrong


def assemble(history, frame, station, day, *, y, old, wrong, task, seed):
    """Train the champion and put streams together."""
    model = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    categories = ["BR", "CO", "ET", "VN"]
    history, frame = (
        part.assign(origin=pd.Categorical(part["origin"], categories=categories)) for part in (history, frame)
    )
    champion = model(max_iter=100, random_state=seed, categorical_features="from_dtype", early_stopping=False)
    champion.fit(history[:TRAINING_ROWS], old[:TRAINING_ROWS])
    start = pd.Timestamp("2025-01-01", tz="UTC")

    def rows(features, sources, truth, days, name):
        prediction = champion.predict(features) if task == "regression" else champion.predict_proba(features)[:, 1]
        seconds = np.concatenate([np.arange(count) * 60 for count in np.unique(days, return_counts=True)[1]])
        times = start + pd.to_timedelta(days, unit="D") + pd.to_timedelta(seconds, unit="s")
        keys = np.array([f"{name}{number}" for number in range(len(truth))], dtype=object)
        return AuditRows(
            keys, pd.DatetimeIndex(times), features.reset_index(drop=True), sources, truth, prediction, task
        )

    holdout = history[TRAINING_ROWS:]
    before = np.repeat(np.arange(-HOLDOUT_ROWS // DAILY, 0), DAILY)
    stations = np.random.default_rng(seed + 1).choice(["A", "B", "C"], HOLDOUT_ROWS)
    reference = rows(holdout, pd.DataFrame({"station": stations}), old[TRAINING_ROWS:], before, "r")
    return Stream(rows(frame, pd.DataFrame({"station": station}), y, day, "c"), reference, wrong, day)
