"""Search for parameters on the rows before the holdout, by successive halving and within a bound of time.

All combinations are tried on a part of the rows, the best third of them on three times as many, and so on (K. Jamieson
and A. Talwalkar, Non-stochastic best arm identification and hyperparameter optimization, AISTATS 2016; scikit-learn's
`HalvingRandomSearchCV`). The rows are cut by time: each combination learns older rows and is scored on newer ones. A
round's rows are drawn at random from either side of a cut, so that every round sees every season.
"""

import logging
import math
import warnings
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 -- makes the next import possible
from sklearn.model_selection import HalvingRandomSearchCV, ParameterGrid, ParameterSampler, TimeSeriesSplit

from include.retraining.errors import DataError, TrainingError
from include.retraining.metrics.catalogue import get_metric
from include.retraining.results.search import Attempt, Search
from include.retraining.spec.model import ModelSpec
from include.retraining.spec.trainer import SearchSpec
from include.retraining.training.estimators import build, named
from include.retraining.training.learn import usable
from include.retraining.training.plan import TrainingPlan
from include.retraining.training.predict import predict
from include.retraining.training.threads import limited_threads
from include.retraining.training.windows import narrow

_LOG = logging.getLogger(__name__)

# Of each round a third goes on, on three times as many rows: scikit-learn's default, and near the optimum of e.
FACTOR = 3
# Cuts in time: each combination is scored on three quarters of the rows, one after the other.
SPLITS = 3
# Fewest rows of a round: with fewer, chance decides who goes on.
LEAST_ROWS = 1_000

Params = dict[str, Any]


class Tuned(BaseEstimator):  # type: ignore[misc]
    """What scikit-learn's search fits and scores: a trainer with one combination of parameters."""

    def __init__(self, attempt: Callable[..., Any] | None = None, chosen: Params | None = None) -> None:
        self.attempt = attempt
        self.chosen = chosen

    def fit(self, rows: pd.DataFrame, y: np.ndarray) -> "Tuned":
        """Fit the combination, unless the time is up."""
        self.model_ = self.attempt(self.chosen, rows, y) if self.attempt is not None else None
        return self


class Searcher:
    """Fits and scores combinations until the time is up; then every further one has no score at once.

    A fit that is under way is not broken off, so a search takes at most one fit longer than its bound.
    """

    def __init__(self, plan: TrainingPlan, spec: ModelSpec, deadline: float) -> None:
        self.plan, self.spec, self.deadline = plan, spec, deadline
        self.metric = get_metric(spec.metric, spec.task)
        self.errors: dict[str, str] = {}  # by combination: what the trainer said
        self.gaps: dict[str, str] = {}  # what the rows of a round lack, which is no combination's fault
        self.stopped = False

    def fit(self, chosen: Params, rows: pd.DataFrame, y: np.ndarray) -> Any:
        """Give the fitted estimator of a combination; None where there is none."""
        if monotonic() >= self.deadline:
            self.stopped = True
            return None
        if self.plan.classes and len(np.unique(y)) < len(self.plan.classes):
            self.gaps[_key(chosen)] = f"a class is too rare to be among {len(rows):,} rows"
            return None
        try:
            estimator = build(self.spec, self.plan.columns, {**self.plan.params, **chosen})
            with named(self.spec, f"with {chosen} on {len(rows):,} rows"), limited_threads():
                return estimator.fit(rows, y)
        except TrainingError as error:  # others may do: the record names it, and without any other it is raised
            self.errors[_key(chosen)] = str(error)
            return None

    def score(self, tuned: Tuned, rows: pd.DataFrame, y: np.ndarray) -> float:
        """Score newer rows, more being better; NaN where there is nothing to score."""
        if tuned.model_ is None:
            return math.nan
        try:
            prediction = predict(tuned.model_, rows, self.plan.columns, self.spec.task)
            return self.metric.gain(0.0, self.metric(y, prediction))
        except DataError as error:
            self.gaps[_key(tuned.chosen or {})] = str(error)
            return math.nan


def search(plan: TrainingPlan, spec: ModelSpec, declared: SearchSpec) -> Search:
    """Find the best of the declared combinations on the rows that the first candidate learns.

    Nothing is found where a class is so rare, or so new, that no cut in time has it on its older side.

    Raises
    ------
    TrainingError
        When every combination fails.
    """
    started = monotonic()
    rows, y = usable(plan, spec, narrow(plan.split, spec.data.time, plan.candidates[0].start).train_rows)
    searcher = Searcher(plan, spec, started + declared.minutes * 60)
    combinations, cuts = _draw(declared, spec.trainer.seed), _cuts(y, plan)
    if not cuts:
        _LOG.warning("no search: in no cut of %s do the older rows hold every class", plan.train)
        return Search(params={}, attempts=(), rows=len(rows), stopped=False, seconds=monotonic() - started)
    rounds = 1 + int(math.log(len(combinations), FACTOR))

    def attempt(chosen: Params, rows: pd.DataFrame, y: np.ndarray) -> Any:  # a method would be copied with its object
        return searcher.fit(chosen, rows, y)

    halving = HalvingRandomSearchCV(
        Tuned(attempt),
        {"chosen": combinations},
        n_candidates=len(combinations),
        factor=FACTOR,
        min_resources=min(len(rows), max(LEAST_ROWS, len(rows) // FACTOR ** (rounds - 1))),
        cv=cuts,
        scoring=searcher.score,
        refit=False,
        return_train_score=False,
        random_state=spec.trainer.seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "One or more of the test scores are non-finite")  # the record tells
        halving.fit(rows[plan.columns.features], y)
    attempts = _ranked(halving.cv_results_, {**searcher.gaps, **searcher.errors})
    if attempts[0].score is None and searcher.errors:
        message = f"the search of trainer {spec.trainer.use!r} found nothing: {next(iter(searcher.errors.values()))}"
        raise TrainingError(message)
    for why in {*searcher.errors.values(), *searcher.gaps.values()}:
        _LOG.warning("left out of the search: %s", why)
    return Search(
        params={} if attempts[0].score is None else attempts[0].params,
        attempts=attempts,
        rows=len(rows),
        stopped=searcher.stopped,
        seconds=monotonic() - started,
    )


def _cuts(y: np.ndarray, plan: TrainingPlan) -> list[tuple[np.ndarray, np.ndarray]]:
    """Older and newer rows of each cut in time whose older side holds every class, and whose newer side two."""
    cuts = list(TimeSeriesSplit(SPLITS).split(y))
    if not plan.classes:
        return cuts
    return [
        (older, newer)
        for older, newer in cuts
        if len(np.unique(y[older])) == len(plan.classes) and len(np.unique(y[newer])) > 1
    ]


def _draw(declared: SearchSpec, seed: int) -> list[Params]:
    """Combinations to try: all of them, or as many as are asked for, at random."""
    values = {name: list(options) for name, options in declared.params.items()}
    count = min(declared.candidates, len(ParameterGrid(values)))
    return [dict(one) for one in ParameterSampler(values, count, random_state=seed)]


def _ranked(results: Mapping[str, Any], errors: Mapping[str, str]) -> tuple[Attempt, ...]:
    """Each combination once: by the last round that was gone through, then by earlier ones.

    A round that the time cut short does not decide, unless it is the first: some had their chance and others had not.
    """
    rounds: dict[int, list[Attempt]] = {}
    told = (results[name] for name in ("iter", "param_chosen", "n_resources", "mean_test_score"))
    for number, chosen, rows, score in zip(*told, strict=True):
        found = float(score) if math.isfinite(score) else None
        why = errors.get(_key(chosen)) if found is None else None
        one = Attempt(params=chosen, rows=int(rows), score=found, error=why)
        rounds.setdefault(int(number), []).append(one)
    whole = [number for number, tried in rounds.items() if all(one.score is not None or one.error for one in tried)]
    counted = whole or [0]
    ordered = [one for number in sorted(counted, reverse=True) for one in sorted(rounds[number], key=_worse)]
    unique: dict[str, Attempt] = {}
    for one in (*ordered, *rounds[0]):
        unique.setdefault(_key(one.params), one)
    return tuple(unique.values())


def _worse(attempt: Attempt) -> float:
    return math.inf if attempt.score is None else -attempt.score


def _key(chosen: Mapping[str, Any]) -> str:
    return repr(sorted(chosen.items()))
