"""What one writes without a tool: a loop over scipy's two-sample tests, all rows in pandas."""

import pandas as pd
import pyarrow.parquet as pq  # noqa: F401 -- pandas would import it while the clocks run
from scipy.stats import chi2_contingency, ks_2samp

from benchmarks.drift_peers.measuring import Files, measure

ALPHA = 0.05


def p_value(reference: pd.Series, batch: pd.Series) -> float:
    """Kolmogorov-Smirnov for numbers, chi-squared for categories; nulls are left out."""
    if pd.api.types.is_numeric_dtype(reference):
        return float(ks_2samp(reference.dropna(), batch.dropna()).pvalue)
    counts = pd.concat([reference.value_counts(), batch.value_counts()], axis=1).fillna(0)
    return float(chi2_contingency(counts.to_numpy()).pvalue)


def whole(files: Files) -> int:
    """Test every column at the same level, corrected for their number."""
    reference, batch = pd.read_parquet(files.reference), pd.read_parquet(files.batch)
    return sum(p_value(reference[name], batch[name]) < ALPHA / len(batch.columns) for name in batch.columns)


if __name__ == "__main__":
    measure(["scipy", "pandas", "numpy"], {"whole": whole})
