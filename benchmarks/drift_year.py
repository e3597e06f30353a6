"""A year of weekly batches: in which weeks does the data of the flights demo raise an alarm, and by what?

The reference is January to March 2013, as for the demo's first champion; each later week is compared with it, and
with `--rolling N` with the N weeks before it, as for a champion that is retrained each week. Run:
`python -m benchmarks.drift_year --rolling 26`.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pandas as pd
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from include.demo import flights
from include.demo.places import PACKAGE
from include.retraining import settings
from include.retraining.drift.build import build_profile
from include.retraining.drift.check import check_drift
from include.retraining.results.columns import Columns
from include.retraining.results.drift import DriftResult
from include.retraining.spec.drift import DriftSpec
from include.retraining.spec.loading import load_spec

WEEK = timedelta(days=7)
START = pd.Timestamp("2013-04-01")
SHOWN = 4
"""Columns named in a line."""


def load() -> pd.DataFrame:
    """The flights' feature rows, without the damage that the demo adds."""
    data = flights.fetch(PACKAGE)
    return flights.feature_table(flights.read_flights(data), pd.read_csv(data / "weather.csv"))


def weeks(rows: pd.DataFrame, columns: Columns, spec: DriftSpec, rolling: int | None) -> Iterator[DriftResult]:
    """Check each week from April on."""
    time = rows["scheduled_departure"]
    start = START
    while start + WEEK <= time.max():
        first = time.min() if rolling is None else start - rolling * WEEK
        until = START if rolling is None else start
        reference, current = (
            rows[time.between(*span, inclusive="left")] for span in ((first, until), (start, start + WEEK))
        )
        tables = [pa.Table.from_pandas(part[columns.features], preserve_index=False) for part in (reference, current)]
        times = reference["scheduled_departure"].to_numpy("datetime64[us]")
        yield check_drift(build_profile(tables[0], columns, times=times, period=WEEK), tables[1], spec)
        start += WEEK


def main() -> None:
    """Print one line for each week, and how often each column was named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rolling", type=int, help="weeks of reference before each week; left out: January to March")
    parser.add_argument("--minimum-effect", type=float, default=DriftSpec().minimum_effect)
    options = parser.parse_args()
    data = load_spec(settings.models_folder() / "flight_delay.yaml").data
    columns = Columns(numeric=data.numeric or (), categorical=data.categorical or ())
    spec = DriftSpec(minimum_effect=options.minimum_effect)
    table, named = Table("week", "drifted", "first", box=None), Counter[str]()
    for number, result in enumerate(weeks(load(), columns, spec, options.rolling)):
        drifted = (*result.drifted_columns, *result.drifted_relations)
        named.update(column.column for column in drifted)
        first = ", ".join(
            f"{column.column} ({next(one for one in column.findings if one.drifted).test})"
            for column in drifted[:SHOWN]
        )
        table.add_row(f"{START + number * WEEK:%d %b}", str(len(drifted)), first)
    console = Console()
    console.print(table)
    console.print("columns by weeks:", dict(named.most_common()))


if __name__ == "__main__":
    main()
