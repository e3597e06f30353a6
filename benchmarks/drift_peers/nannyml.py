"""NannyML: univariate drift by Jensen-Shannon distance of every column, in ten chunks as by default."""

import nannyml  # type: ignore[import-not-found]
import pandas as pd
import pyarrow.parquet as pq  # noqa: F401 -- pandas would import it while the clocks run

from benchmarks.drift_peers.measuring import Files, measure

CALCULATOR = "calculator.pickle"


def fit(files: Files) -> nannyml.UnivariateDriftCalculator:
    """Read the reference and fit the calculator to it."""
    reference = pd.read_parquet(files.reference)
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=list(reference.columns),
        continuous_methods=["jensen_shannon"],
        categorical_methods=["jensen_shannon"],
    )
    return calculator.fit(reference)


def compare(files: Files, calculator: nannyml.UnivariateDriftCalculator) -> int:
    """Columns with an alert in at least one chunk of the batch."""
    found = calculator.calculate(pd.read_parquet(files.batch)).filter(period="analysis").to_df()
    alerts = found.loc[:, [column for column in found.columns if column[-1] == "alert"]]
    return int(alerts.any().sum())


def prepare(files: Files) -> None:
    """Store the fitted calculator with NannyML's own store."""
    nannyml.io.FilesystemStore(root_path=str(files.prepared)).store(fit(files), filename=CALCULATOR)


def prepared(files: Files) -> int:
    """Load the fitted calculator and give it the batch."""
    return compare(files, nannyml.io.FilesystemStore(root_path=str(files.prepared)).load(filename=CALCULATOR))


def whole(files: Files) -> int:
    """Fit to the reference and calculate the batch."""
    return compare(files, fit(files))


if __name__ == "__main__":
    measure(["nannyml", "pandas", "numpy"], {"whole": whole, "prepare": prepare, "prepared": prepared})
