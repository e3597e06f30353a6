"""`backtest`: replay history through the production steps."""

import argparse
import json
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from include.retraining import settings
from include.retraining.backtest import as_row, backtest
from include.retraining.data.store import open_store
from include.retraining.errors import SpecError
from include.retraining.flow import intervals
from include.retraining.report.html import render_backtest
from include.retraining.report.words import headline, number
from include.retraining.results import Interval, Outcome
from include.retraining.spec.loading import load_spec
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.workplace import Workplace

HELP = "Replay history through the production steps: when would the model have been retrained, and what for?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", help="name of a model file in include/models, or a path to one")
    parser.add_argument("--from", dest="start", type=moment, help="first day; left out: start_date")
    parser.add_argument("--until", dest="end", type=moment, help="last day; left out: end_date, or today")
    parser.add_argument("--json", type=Path, help="write one record for each interval")
    parser.add_argument("--html", type=Path, help="write a report")
    parser.add_argument("--store", type=Path, help="keep all snapshots, models and reports in this folder")
    parser.add_argument("--mlflow", help="also log to MLflow at this address; left out: switched off")


def moment(text: str) -> datetime:
    """Read a day or a moment; without a zone it is UTC."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def run(arguments: argparse.Namespace) -> int:
    """Replay, and tell."""
    spec = find_spec(arguments.model)
    start = arguments.start or spec.first_moment
    end = arguments.end or spec.last_moment or datetime.now(UTC)
    covered = list(intervals(spec, start, end))
    if not covered:
        span = f"{start:%Y-%m-%d} and {end:%Y-%m-%d}"
        message = f"{spec.name}: no interval of schedule {spec.schedule!r} lies between {span}; widen --from or --until"
        raise SpecError(message)
    store = arguments.store or Path(tempfile.mkdtemp(prefix="backtest-"))
    try:
        workplace = Workplace(spec, open_store(str(store)).child(spec.name), arguments.mlflow)
        outcomes = _replay(workplace, covered)
    finally:
        if arguments.store is None:
            shutil.rmtree(store)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([as_row(outcome) for outcome in outcomes], indent=2) + "\n")
    if arguments.html is not None:
        arguments.html.write_text(render_backtest(spec.name, outcomes))
    trained = [outcome for outcome in outcomes if outcome.training is not None]
    promoted = sum(outcome.promoted for outcome in outcomes)
    print(f"{len(outcomes)} intervals, {len(trained)} trainings, {promoted} promotions")
    return 0


def find_spec(model: str) -> ModelSpec:
    """A model file by path, or by the model's name.

    Raises
    ------
    SpecError
        When neither exists; lists the models that do.
    """
    if Path(model).is_file():
        # relative addresses in a model file are meant from where it lies
        os.environ["RETRAINING_MODELS"] = str(Path(model).resolve().parent)
        return load_spec(Path(model))
    folder = settings.models_folder()
    if (folder / f"{model}.yaml").is_file():
        return load_spec(folder / f"{model}.yaml")
    known = ", ".join(path.stem for path in sorted(folder.glob("*.y*ml"))) or "none"
    message = f"no model {model!r}: give the path of a model file, or one of {folder}: {known}"
    raise SpecError(message)


def _replay(workplace: Workplace, covered: list[Interval]) -> list[Outcome]:
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with progress:
        task = progress.add_task(workplace.spec.name, total=len(covered))

        def show(outcome: Outcome) -> None:
            realised = outcome.performance.realised if outcome.performance else None
            figure = f"{workplace.spec.metric} {number(realised.value)}" if realised else "too few labels"
            line = f"{outcome.interval}  {figure:20} {headline(outcome)}"
            progress.console.print(line, highlight=False, soft_wrap=True)
            progress.advance(task)

        return backtest(workplace, covered, show)
