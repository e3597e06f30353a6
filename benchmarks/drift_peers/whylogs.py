"""whylogs: a profile of each side, and the drift scores of its report (Kolmogorov-Smirnov and chi-squared)."""

import pandas as pd
import pyarrow.parquet as pq  # noqa: F401 -- pandas would import it while the clocks run
import whylogs  # type: ignore[import-not-found]
from whylogs.core import DatasetProfileView  # type: ignore[import-not-found]
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores  # type: ignore[import-not-found]

from benchmarks.drift_peers.measuring import Files, measure

PROFILE = "reference.bin"


def compare(files: Files, reference: DatasetProfileView) -> int:
    """Profile the batch; columns that whylogs calls drifted."""
    batch = whylogs.log(pd.read_parquet(files.batch)).view()
    scores = calculate_drift_scores(batch, reference, with_thresholds=True)
    return sum(score is not None and score["drift_category"] == "DRIFT" for score in scores.values())


def build(files: Files) -> DatasetProfileView:
    """Profile the reference."""
    return whylogs.log(pd.read_parquet(files.reference)).view()


def prepare(files: Files) -> None:
    """Store the profile of the reference."""
    (files.prepared / PROFILE).write_bytes(build(files).serialize())


def prepared(files: Files) -> int:
    """Compare the batch with the stored profile."""
    return compare(files, DatasetProfileView.deserialize((files.prepared / PROFILE).read_bytes()))


def whole(files: Files) -> int:
    """Profile both sides and compare."""
    return compare(files, build(files))


if __name__ == "__main__":
    measure(["whylogs", "pandas", "numpy"], {"whole": whole, "prepare": prepare, "prepared": prepared})
