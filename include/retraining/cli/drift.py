"""`drift`: what moved between two files, without any model."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.retraining.cli.tables import REFERENCE_VALUES, feature_kinds, is_csv, read_reference, read_table, reading
from include.retraining.data.sources.base import require_columns
from include.retraining.drift.batch import count_batch
from include.retraining.drift.check import compare
from include.retraining.drift.files import count_file
from include.retraining.drift.profile import Profile
from include.retraining.errors import DataError, SourceError
from include.retraining.report.words import number
from include.retraining.results.drift import ColumnDrift, DriftResult
from include.retraining.spec.drift import DriftSpec
from include.retraining.spec.duration import parse_duration

if TYPE_CHECKING:
    import pyarrow as pa

HELP = "Compare two Parquet or CSV files, column by column; no model file is needed."
SHOWN = 20  # columns listed on the terminal; the files hold all
DRIFTED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    default = DriftSpec()
    files, name = "Parquet or CSV file", "COLUMN"
    parser.add_argument(
        "--reference",
        required=True,
        type=Path,
        help=f"{files} of rows as they should be, of which at most {REFERENCE_VALUES:,} values are used; or a profile",
    )
    parser.add_argument("--current", required=True, type=Path, help=f"{files} of rows to judge; Parquet is streamed")
    parser.add_argument("--ignore", nargs="*", default=[], metavar=name, help="columns to leave out")
    parser.add_argument(
        "--time", metavar="COLUMN", help="event time of the reference; left out: rows are in time order"
    )
    parser.add_argument("--period", type=_duration, help="what one batch covers, as 7d; the reference is cut like that")
    parser.add_argument("--save-profile", type=Path, metavar="JSON", help="keep the reference's profile for next time")
    parser.add_argument("--false-alarm-rate", type=float, default=default.false_alarm_rate, help="all columns together")
    parser.add_argument("--minimum-effect", type=float, default=default.minimum_effect, help="smallest share moved")
    parser.add_argument("--classifier", action="store_true", help="let a classifier look too; takes seconds longer")
    parser.add_argument("--json", type=Path, help="write all findings")
    parser.add_argument("--html", type=Path, help="write a report")
    parser.add_argument("--fail-on-drift", action="store_true", help=f"exit with {DRIFTED} when anything drifted")


def _duration(text: str) -> timedelta:
    try:
        duration: timedelta = parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return duration


def run(arguments: argparse.Namespace) -> int:
    """Compare, and tell."""
    spec = DriftSpec(
        false_alarm_rate=arguments.false_alarm_rate,
        minimum_effect=arguments.minimum_effect,
        classifier=arguments.classifier,
    )
    profile = _profile(arguments)
    if arguments.save_profile is not None:
        arguments.save_profile.write_text(profile.to_json())
    result = _compare(profile, arguments.current, spec)
    if arguments.json is not None:
        arguments.json.write_text(result.model_dump_json(indent=2) + "\n")
    if arguments.html is not None:
        from include.retraining.report.html import drift_report

        title = f"{arguments.current.name} against {arguments.reference.name}"
        arguments.html.write_text(drift_report(result, title=title))
    _show(result)
    return DRIFTED if result.drifted and arguments.fail_on_drift else 0


def _profile(arguments: argparse.Namespace) -> Profile:
    """Read the profile, or make one of the reference's rows."""
    if arguments.reference.suffix == ".json":
        try:
            with reading(arguments.reference):
                return Profile.from_json(arguments.reference.read_text())
        except DataError as error:
            message = f"{arguments.reference}: {error}; or make one with --save-profile"
            raise SourceError(message) from error
    from include.retraining.drift.build import build_profile

    table = read_reference(arguments.reference)
    columns = feature_kinds(table, arguments.ignore)
    wanted = arguments.classifier or arguments.save_profile is not None
    times = _times(table, arguments.time)
    return build_profile(table, columns, times=times, period=arguments.period, classifier=wanted)


def _times(table: "pa.Table", name: str | None) -> Any:
    if name is None:
        return None
    require_columns([name], table.column_names, "the reference")
    return table.column(name)


def _compare(profile: Profile, current: Path, spec: DriftSpec) -> DriftResult:
    with reading(current):
        batch = count_batch(profile, read_table(current)) if is_csv(current) else count_file(profile, current)
    return compare(profile, batch, spec)


def _show(result: DriftResult) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    drifted = (*result.drifted_columns, *result.drifted_relations)
    console.print(
        f"{result.summary}: {result.rows_current:,} rows against "
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
