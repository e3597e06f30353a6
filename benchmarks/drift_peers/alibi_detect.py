"""alibi-detect: TabularDrift, that is Kolmogorov-Smirnov and chi-squared tests with a correction.

It takes one matrix of numbers without nulls, so categories become codes and nulls the median of the reference. What
it would save of a reference is its rows: nothing can be prepared.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq  # noqa: F401 -- pandas would import it while the clocks run
from alibi_detect.cd import TabularDrift  # type: ignore[import-not-found]

from benchmarks.drift_peers.measuring import Files, measure


def to_matrix(frame: pd.DataFrame, reference: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Codes of the reference's categories, and numbers without nulls; shape (rows, columns)."""
    columns = {}
    for name, values in frame.items():
        if pd.api.types.is_numeric_dtype(values):
            columns[name] = values.fillna(reference[name].median())
        else:
            columns[name] = pd.Series(pd.Categorical(values, sorted(reference[name].dropna().unique())).codes)
    return pd.DataFrame(columns).to_numpy(np.float64)


def whole(files: Files) -> int:
    """Columns whose own test finds drift at the corrected level."""
    reference, batch = pd.read_parquet(files.reference), pd.read_parquet(files.batch)
    categorical = [i for i, name in enumerate(batch) if not pd.api.types.is_numeric_dtype(batch[name])]
    detector = TabularDrift(
        to_matrix(reference, reference), categories_per_feature=dict.fromkeys(categorical), correction="bonferroni"
    )
    data = detector.predict(to_matrix(batch, reference))["data"]
    return int((data["p_val"] < data["threshold"]).sum())


if __name__ == "__main__":
    measure(["alibi_detect", "pandas", "numpy"], {"whole": whole})
