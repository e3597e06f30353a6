"""`drift`: what moved between two files, without any model."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from include.retraining.cli.tables import feature_kinds, read_table
from include.retraining.drift.check import check_drift
from include.retraining.drift.build import build_profile
from include.retraining.report.html import drift_report
from include.retraining.report.words import number
from include.retraining.results import ColumnDrift, DriftResult
from include.retraining.spec.model import DriftSpec

HELP = "Compare two Parquet or CSV files, column by column; no model file is needed."
SHOWN = 20  # columns listed on the terminal; the files hold all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    default = DriftSpec()
    parser.add_argument("--reference", required=True, type=Path, help="file of rows as they should be, in time order")
    parser.add_argument("--current", required=True, type=Path, help="file of rows to judge")
    parser.add_argument("--ignore", nargs="*", default=[], metavar="COLUMN", help="columns to leave out")
    parser.add_argument("--false-alarm-rate", type=float, default=default.false_alarm_rate, help="all columns together")
    parser.add_argument("--minimum-effect", type=float, default=default.minimum_effect, help="smallest share moved")
    parser.add_argument("--json", type=Path, help="write all findings")
    parser.add_argument("--html", type=Path, help="write a report")


def run(arguments: argparse.Namespace) -> int:
    """Compare, and tell."""
    spec = DriftSpec(false_alarm_rate=arguments.false_alarm_rate, minimum_effect=arguments.minimum_effect)
    with Console(stderr=True).status("reading and comparing") as status:
        reference, current = read_table(arguments.reference), read_table(arguments.current)
        columns = feature_kinds(reference, arguments.ignore)
        status.update(f"profiling {reference.num_rows:,} reference rows")
        profile = build_profile(reference, columns)
        status.update(f"comparing {current.num_rows:,} rows")
        result = check_drift(profile, current, spec)
    if arguments.json is not None:
        arguments.json.write_text(result.model_dump_json(indent=2) + "\n")
    if arguments.html is not None:
        title = f"{arguments.current.name} against {arguments.reference.name}"
        arguments.html.write_text(drift_report(result, title=title))
    _show(result)
    return 0


def _show(result: DriftResult) -> None:
    console = Console(highlight=False)
    drifted = result.drifted_columns
    console.print(
        f"{len(drifted)} of {len(result.columns)} columns drifted: {result.rows_current:,} rows against "
        f"{result.rows_reference:,}, at most {result.false_alarm_rate:.0%} false alarms for all columns together"
    )
    if drifted:
        table = Table("column", "test", "effect", "p", "finding", box=None)
        for column in drifted[:SHOWN]:
            table.add_row(*_row(column))
        console.print(table)
    for entry in result.not_judged:
        console.print(f"not judged: {entry.column}: {entry.why}", markup=False)


def _row(column: ColumnDrift) -> list[str]:
    finding = next(finding for finding in column.findings if finding.drifted)
    return [column.column, finding.test, number(finding.effect), number(finding.p_value), finding.text]
