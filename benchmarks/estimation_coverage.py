"""How often a 95% interval of estimated performance holds the realised figure, without concept drift.

Every world draws its own law, champion, holdout and batches; some batches have moved features. Printed for each task,
metric and shift: the share of batches held, with the binomial 95% range of one that holds its rate; batches of one
world share a holdout, so that range is a little too narrow.
Run: `python -m benchmarks.estimation_coverage --worlds 100`.
"""

import argparse
from collections import defaultdict

import numpy as np
from scipy.stats import binom
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

from include.retraining.metrics.catalogue import metrics_for
from include.retraining.performance.estimation.estimate import adapt, estimate, fit_estimator
from include.retraining.performance.estimation.reweighting import Holdout
from include.retraining.spec.model import Task

CONFIDENCE = 0.95
TASKS: tuple[Task, ...] = ("binary_classification", "regression")
TRAINED, HELD_OUT, BATCH = 1_500, 1_000, 500
SHIFTS = (0.0, 0.0, 0.5)
"""By how many standard deviations a feature has moved in each batch of a world."""


class World:
    """A law with random coefficients, of which the champion misses an interaction; noise depends on a feature."""

    def __init__(self, task: Task, seed: int) -> None:
        self.task = task
        self.rng = np.random.default_rng([seed, TASKS.index(task)])
        self.slopes = self.rng.normal(size=4)
        self.bend = self.rng.normal()
        self.noise = self.rng.uniform(0.2, 1.0, 2)
        x, y = self._draw(TRAINED, 0.0)
        if task == "regression":
            self.predict = HistGradientBoostingRegressor(max_iter=30, random_state=0).fit(x, y).predict
        else:
            model = LogisticRegression().fit(x, y)
            self.predict = lambda rows: model.predict_proba(rows)[:, 1]

    def rows(self, n: int, shift: float) -> Holdout:
        """Rows that the champion has not learned from."""
        x, y = self._draw(n, shift)
        return Holdout(y, self.predict(x), x, (False,) * x.shape[1])

    def _draw(self, n: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
        x = self.rng.normal(size=(n, 4))
        x[:, 1] += shift
        signal = x @ self.slopes + self.bend * x[:, 0] * x[:, 1]
        if self.task == "regression":
            spread = self.noise[0] + self.noise[1] * np.abs(x[:, 1])
            return x, 20 + signal + spread * self.rng.standard_t(6, n)
        return x, (self.rng.random(n) < 1 / (1 + np.exp(-signal))).astype(int)


def held(task: Task, seed: int) -> dict[tuple[str, float], list[bool]]:
    """Whether each interval of one world holds the realised figure, by metric and shift."""
    world, metrics = World(task, seed), metrics_for(task)
    holdout = world.rows(HELD_OUT, 0.0)
    estimator, found = fit_estimator(task, holdout), defaultdict(list)
    for number, shift in enumerate(SHIFTS):
        now = world.rows(BATCH, shift)
        adapted = adapt(estimator, now.prediction, now.features, holdout=holdout)
        estimates = estimate(
            adapted, now.prediction, now.features, metrics, confidence=CONFIDENCE, seed=len(SHIFTS) * seed + number
        )
        for metric, it in zip(metrics, estimates, strict=True):
            if it.verdict == "estimated" and it.low is not None and it.high is not None:
                found[metric.name, shift].append(it.low <= metric(now.y, now.prediction) <= it.high)
    return found


def main() -> None:
    """Read the options, count, and print one table for each task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--task", choices=TASKS, action="append")
    options = parser.parse_args()
    for task in options.task or TASKS:
        counted: dict[tuple[str, float], list[bool]] = defaultdict(list)
        for seed in range(options.worlds):
            for key, answers in held(task, seed).items():
                counted[key] += answers
        print(task)
        for (metric, shift), answers in sorted(counted.items()):
            low, high = binom.interval(CONFIDENCE, len(answers), CONFIDENCE) / np.array(len(answers))
            rate = np.mean(answers)
            print(
                f"  {metric:18} shift {shift:3.1f}  {rate:6.1%} of {len(answers):4d}  ({low:.1%} to {high:.1%})",
                flush=True,
            )


if __name__ == "__main__":
    main()
