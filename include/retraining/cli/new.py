"""`new`: write a model file for a data file, to be read and adapted."""

import argparse
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from include.retraining import settings
from include.retraining.cli.tables import read_table
from include.retraining.data.sources.base import require_columns
from include.retraining.errors import SourceError, SpecError
from include.retraining.spec.loading import load_spec

HELP = "Write a model file for a Parquet or CSV file of past rows."
EPOCH = date(1970, 1, 1)  # where numeric times count from, unless the model file says otherwise
MOST_CLASSES = 20  # more distinct whole numbers than this are a quantity, not classes
TEMPLATE = """\
name: {name}
description: What does this model predict, and who uses it?
owner: {owner}
task: {task}
schedule: "{schedule}"        # each run covers the interval between two ticks, UTC
start_date: {start}         # start of the first interval; rows before it are history to train on
data:
  features: {{use: files, uri: {uri}}}
{key}  time: {time}
{zone}  target: {target}
  ignore: []                   # columns that are not known yet when the prediction is made
labels: {{expected_delay: 0d}}   # how long after the event its label is known
retrain:
  when: [performance_drop, {{age: 90d}}]
trainer: {{use: hist_gradient_boosting}}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", help="name of the model: small letters, digits and underscores")
    parser.add_argument("--data", required=True, type=Path, help="Parquet or CSV file with features and target")
    parser.add_argument("--time", required=True, help="column with the time of each row")
    parser.add_argument("--target", required=True, help="column to predict")
    parser.add_argument("--key", help="column that identifies a row")
    parser.add_argument("--schedule", default="0 0 * * *", help="cron expression; left out: daily")
    parser.add_argument("--owner", default="airflow", help="team that answers for the model")


def run(arguments: argparse.Namespace) -> int:
    """Write include/models/NAME.yaml; refuses to replace one."""
    path = settings.models_folder() / f"{arguments.name}.yaml"
    if path.exists():
        message = f"{path} exists; edit it, or choose another name"
        raise SpecError(message)
    table = read_table(arguments.data)
    wanted = [arguments.time, arguments.target, *([arguments.key] if arguments.key else [])]
    require_columns(wanted, table.column_names, str(arguments.data))
    text = TEMPLATE.format(
        name=arguments.name,
        owner=arguments.owner,
        task=_task(table[arguments.target]),
        schedule=arguments.schedule,
        start=_start(table[arguments.time], arguments.data),
        uri=arguments.data.resolve(),
        key=f"  key: {arguments.key}\n" if arguments.key else "",
        time=arguments.time,
        zone=_zone(table[arguments.time]),
        target=arguments.target,
    )
    path.write_text(text)
    try:
        load_spec(path)
    except SpecError:
        path.unlink()
        raise
    columns = [name for name in table.column_names if name not in wanted]
    print(f"{path} written. Features: {', '.join(columns)}.")
    print("Put under `ignore` what is not known yet when a prediction is made, then try it on history:")
    print(f"  python -m include.retraining backtest {arguments.name}")
    return 0


def _task(target: pa.ChunkedArray) -> str:
    distinct = len(pc.unique(target.drop_null()))
    if distinct <= 2:
        return "binary_classification"
    whole = pa.types.is_integer(target.type) or pa.types.is_string(target.type)
    return "multiclass_classification" if whole and distinct <= MOST_CLASSES else "regression"


def _start(time: pa.ChunkedArray, where: Path) -> str:
    """A third into the data: what lies before is the first training window."""
    known = time.drop_null()
    if not len(known):
        message = f"{where}: time column holds no value"
        raise SourceError(message)
    value = known[pc.sort_indices(known)[len(known) // 3].as_py()].as_py()
    if isinstance(value, int | float):
        return str(EPOCH + timedelta(days=int(value)))
    return str(value)[:10]


def _zone(time: pa.ChunkedArray) -> str:
    if pa.types.is_integer(time.type) or pa.types.is_floating(time.type):
        return "  time_unit: 1d             # what one step of this number stands for\n  time_origin: 1970-01-01\n"
    return "" if pa.types.is_timestamp(time.type) and time.type.tz else "  timezone: UTC\n"
