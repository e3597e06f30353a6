"""Evidently: its preset for data drift, with its defaults. It keeps no summary of a reference."""

import pandas as pd
import pyarrow.parquet as pq  # noqa: F401 -- pandas would import it while the clocks run
from evidently import DataDefinition, Dataset, Report  # type: ignore[import-not-found]
from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]

from benchmarks.drift_peers.measuring import Files, measure


def whole(files: Files) -> int:
    """Run the preset; the result is a dictionary, no HTML is drawn."""
    reference, batch = pd.read_parquet(files.reference), pd.read_parquet(files.batch)
    numeric = list(batch.select_dtypes("number").columns)
    definition = DataDefinition(
        numerical_columns=numeric, categorical_columns=[name for name in batch.columns if name not in numeric]
    )
    datasets = [Dataset.from_pandas(frame, data_definition=definition) for frame in (batch, reference)]
    result = Report([DataDriftPreset()]).run(*datasets).dict()
    return int(result["metrics"][0]["value"]["count"])


if __name__ == "__main__":
    measure(["evidently", "pandas", "numpy"], {"whole": whole})
