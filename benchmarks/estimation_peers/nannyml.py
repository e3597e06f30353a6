"""NannyML: CBPE or DLE of every chunk of a folder's `analysis.parquet`, fitted to its `reference.parquet`.

Runs in NannyML's own environment: `python -m benchmarks.estimation_peers.nannyml FOLDER classification 5000`.
Prints seconds, and for each metric a list of (estimate, standard error) by chunk, as JSON.
"""

import json
import sys
import time
from pathlib import Path

import nannyml  # type: ignore[import-not-found]
import pandas as pd

METRICS = {
    "classification": ["roc_auc", "average_precision", "accuracy", "precision", "recall", "f1"],
    "regression": ["mae", "rmse", "mape"],
}
SPECIAL = ("y", "prediction", "predicted_class")


def estimator(task: str, features: list[str], chunk_size: int) -> nannyml.CBPE | nannyml.DLE:
    """Build what NannyML's documentation recommends for a task, with its defaults."""
    if task == "regression":
        return nannyml.DLE(
            feature_column_names=features,
            y_pred="prediction",
            y_true="y",
            metrics=METRICS[task],
            chunk_size=chunk_size,
            tune_hyperparameters=False,
        )
    return nannyml.CBPE(
        y_pred_proba="prediction",
        y_pred="predicted_class",
        y_true="y",
        metrics=METRICS[task],
        chunk_size=chunk_size,
        problem_type="classification_binary",
    )


def main(folder: Path, task: str, chunk_size: int) -> None:
    """Fit, estimate, print."""
    pd.set_option("future.infer_string", False)  # DLE fails on the string columns of pandas 3
    reference, analysis = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "analysis"))
    began = time.perf_counter()
    fitted = estimator(task, [name for name in reference.columns if name not in SPECIAL], chunk_size).fit(reference)
    estimated = time.perf_counter()
    found = fitted.estimate(analysis).filter(period="analysis").to_df()
    seconds = (estimated - began, time.perf_counter() - estimated)
    figures = {
        name: [list(pair) for pair in zip(found[name, "value"], found[name, "sampling_error"], strict=True)]
        for name in METRICS[task]
    }
    print(json.dumps({"seconds": seconds, "figures": figures}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
