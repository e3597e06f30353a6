"""Performance estimated without labels, against what the labels say: this project beside NannyML 0.13.1.

Both get the same reference and the same chunks, and no label of a chunk. Printed for each metric: the mean absolute
error of the estimates, and how many of their 95% intervals hold the realised figure (NannyML's: estimate ± 1.96 of its
standard errors). Metrics that NannyML does not estimate stand alone. NannyML lives in an environment of its own, made
on first use. Run: `python -m benchmarks.estimation --data FOLDER --worlds 5`; without `--data`, simulated cases only.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.drift_peers.environments import child_environment, python_of
from benchmarks.estimation_peers.worlds import Case, car_loan, shifted_classes, shifted_numbers
from include.retraining.metrics.catalogue import Metric, metrics_for
from include.retraining.performance.estimation.encoding import Encoder, fit_encoder
from include.retraining.performance.estimation.estimate import adapt, estimate, fit_estimator
from include.retraining.performance.estimation.reweighting import Holdout
from include.retraining.settings import PROJECT

NORMAL_95 = 1.959964
Found = dict[str, list[tuple[float, float, float]]]
"""By metric: realised minus estimated, and the interval's ends minus the estimate, of each chunk."""


def holdout(case: Case, encoder: Encoder) -> Holdout:
    """Reference of a case as this project wants it."""
    y, prediction = (case.reference[name].to_numpy() for name in ("y", "prediction"))
    return Holdout(y, prediction, encoder.encode(case.reference), encoder.categorical)


def realised(metric: Metric, rows: pd.DataFrame) -> float:
    """What the labels say."""
    return metric(rows["y"].to_numpy(), rows["prediction"].to_numpy())


def ours(case: Case) -> tuple[Found, tuple[float, float]]:
    """Estimates of every chunk by this project, and seconds to fit and to estimate."""
    began = time.perf_counter()
    encoder = fit_encoder(case.reference, case.columns)
    reference = holdout(case, encoder)
    estimator = fit_estimator(case.task, reference)
    fitted, found = time.perf_counter(), defaultdict(list)
    for rows in case.chunks():
        prediction, features = rows["prediction"].to_numpy(), encoder.encode(rows)
        adapted = adapt(estimator, prediction, features, holdout=reference)
        metrics = metrics_for(case.task)
        for metric, it in zip(metrics, estimate(adapted, prediction, features, metrics), strict=True):
            if it.value is not None and it.low is not None and it.high is not None:
                difference = realised(metric, rows) - it.value
                found[metric.name].append((difference, it.low - it.value, it.high - it.value))
    return found, (fitted - began, time.perf_counter() - fitted)


def nannyml(case: Case) -> tuple[Found, tuple[float, float]]:
    """Estimates of every chunk by NannyML, and seconds to fit and to estimate."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("reference", case.reference), ("analysis", case.analysis)):
            rows.to_parquet(Path(folder) / f"{name}.parquet")
        task = "regression" if case.task == "regression" else "classification"
        command = ["-m", "benchmarks.estimation_peers.nannyml", folder, task, str(case.chunk)]
        done = subprocess.run(
            [str(python_of("nannyml")), *command],
            cwd=PROJECT,
            env=child_environment(),
            check=True,
            capture_output=True,
            text=True,
        )
    answer = json.loads(done.stdout.splitlines()[-1])
    found: Found = {}
    for metric in metrics_for(case.task):
        figures = answer["figures"].get(metric.name, ())
        found[metric.name] = [
            (realised(metric, rows) - value, -NORMAL_95 * error, NORMAL_95 * error)
            for rows, (value, error) in zip(case.chunks(), figures, strict=bool(figures))
        ]
    return found, (answer["seconds"][0], answer["seconds"][1])


def write(found: list[tuple[float, float, float]]) -> str:
    """Mean absolute error, and how many intervals hold the realised figure."""
    if not found:
        return f"{'–':>9} {'':>9}"
    differences, low, high = np.array(found).T
    held = int(((low <= differences) & (differences <= high)).sum())
    return f"{np.abs(differences).mean():9.5f} {held:4d}/{len(found):<4d}"


def compare(cases: Iterable[Case]) -> None:
    """Print one table for cases of one kind."""
    found: dict[str, defaultdict[str, list[tuple[float, float, float]]]] = {}
    seconds: dict[str, list[tuple[float, float]]] = {}
    name = ""
    for case in cases:
        name = case.name
        for tool, run in {"ours": ours, "NannyML": nannyml}.items():
            figures, taken = run(case)
            seconds.setdefault(tool, []).append(taken)
            for metric, chunks in figures.items():
                found.setdefault(tool, defaultdict(list))[metric] += chunks
    print(f"{name}\n  {'':18} {'ours: error, held':>19}   {'NannyML: error, held':>19}")
    for metric in found["ours"]:
        print(f"  {metric:18} {write(found['ours'][metric])}   {write(found['NannyML'][metric])}")
    for tool, all_taken in seconds.items():
        fit, estimation = np.mean(all_taken, axis=0)
        print(f"  {tool}: {fit:.1f} s to fit, {estimation:.1f} s for all chunks and metrics", flush=True)


def main() -> None:
    """Read the options and compare on every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder that holds car_loan.parquet")
    parser.add_argument("--worlds", type=int, default=5, help="simulated worlds of each kind")
    options = parser.parse_args()
    if options.data is not None:
        compare([car_loan(options.data)])
    compare(shifted_classes(seed) for seed in range(options.worlds))
    compare(shifted_numbers(seed) for seed in range(options.worlds))


if __name__ == "__main__":
    main()
