"""`backtest`: replay history under one or more policies, beside rules of thumb, and recommend one."""

import argparse
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from include.retraining import settings
from include.retraining.backtest.policies import RULES, read_all
from include.retraining.backtest.run import Found, Plan
from include.retraining.backtest.run import run as run_plan
from include.retraining.errors import SpecError
from include.retraining.flow import intervals
from include.retraining.report import words
from include.retraining.report.backtest_page import render_backtest
from include.retraining.results.backtest import Backtest
from include.retraining.spec.loading import load_spec
from include.retraining.spec.model import ModelSpec

HELP = "Replay history under several policies: when would the model have been retrained, what for, and was it worth it?"

INTERRUPTED = 130
"""What shells expect of a command that was ended by Ctrl-C."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", help="name of a model file in include/models, or a path to one")
    parser.add_argument(
        "--policy",
        action="append",
        default=[],
        metavar="POLICY",
        help="`declared` (as in the model file), `default`, or a file with the sections retrain, promotion or trainer "
        "that take the place of the model file's; may be given several times; left out: declared",
    )
    parser.add_argument(
        "--against", default="", metavar="RULES", help=f"rules of thumb to compare with, by commas: {', '.join(RULES)}"
    )
    parser.add_argument("--from", dest="start", type=moment, help="first day; left out: start_date")
    parser.add_argument("--until", dest="end", type=moment, help="last day; left out: end_date, or today")
    parser.add_argument(
        "--budget", type=whole, metavar="TRAININGS", help="most trainings that the recommended policy may make"
    )
    parser.add_argument("--html", type=Path, help="write a report")
    parser.add_argument("--json", type=Path, help="write all figures")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many at a time; all cores")
    parser.add_argument("--store", type=Path, help="where the work is kept; left out: .local/backtests")
    parser.add_argument("--fresh", action="store_true", help="forget earlier work and read the history anew")


def moment(text: str) -> datetime:
    """Read a day or a moment; without a zone it is UTC."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def whole(text: str) -> int:
    """Read a number of trainings."""
    if not text.isdecimal():
        message = f"{text!r} is no number of trainings: give 0, 1, 2, …"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Replay, and tell."""
    spec = find_spec(arguments.model)
    start = arguments.start or spec.first_moment
    end = arguments.end or spec.last_moment or datetime.now(UTC)
    covered = tuple(intervals(spec, start, end))
    if not covered:
        span = f"{start:%Y-%m-%d} and {end:%Y-%m-%d}"
        message = f"{spec.name}: no interval of schedule {spec.schedule!r} lies between {span}; widen --from or --until"
        raise SpecError(message)
    rules = [text for text in arguments.against.split(",") if text.strip()]
    policies, thumbs = read_all(arguments.policy, rules, spec)
    root = (arguments.store or settings.backtests_folder()).resolve()
    if arguments.fresh:
        shutil.rmtree(root / spec.name, ignore_errors=True)
    plan = Plan(spec, tuple(policies), tuple(thumbs), covered, root)
    try:
        found = _replay(plan, max(1, arguments.processes), arguments.budget)
    except KeyboardInterrupt:
        sys.stderr.write(
            f"Interrupted. Without --fresh the same command goes on from here: all is kept in {plan.folder}\n"
        )
        return INTERRUPTED
    if arguments.json is not None:
        arguments.json.write_text(found.result.model_dump_json(indent=2) + "\n")
    if arguments.html is not None:
        arguments.html.write_text(render_backtest(found.result, found.outcomes))
    _tell(found, plan)
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


def _replay(plan: Plan, processes: int, budget: int | None) -> Found:
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}

    def show(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = progress.add_task(name, total=total)
        progress.update(tasks[name], completed=done, total=total)

    with progress:
        return run_plan(plan, processes=processes, budget=budget, on_progress=show)


def _tell(found: Found, plan: Plan) -> None:
    """Print what a person wants to know first."""
    console, result = Console(soft_wrap=True, highlight=False), found.result
    if len(result.policies) == 1:
        for outcome in found.outcomes:
            realised = outcome.performance.realised if outcome.performance else None
            figure = f"{words.metric_name(result.metric)} {words.number(realised.value)}" if realised else "–"
            console.print(f"{outcome.interval}  {figure:20} {words.headline(outcome)}", markup=False)
    console.print(_table(result))
    console.print(f"Recommended: {result.text}" if result.recommended else result.text, markup=False)
    kept = f"history copied on {words.moment(found.copied.at)}; the work is kept in {plan.folder}"
    console.print(f"{len(result.intervals)} intervals; {kept} (--fresh reads it anew)", markup=False)


def _table(result: Backtest) -> Table:
    shown = Table(box=None, pad_edge=False)
    shown.add_column("policy")
    for name in (f"{words.metric_name(result.metric)}, mean", "captured", "trainings", "promoted", "needless"):
        shown.add_column(name, justify="right")
    for one in result.policies:
        counts = (len(one.retrainings), one.promoted, one.needless)
        shown.add_row(one.name, words.number(one.mean), words.share(one.captured), *(str(count) for count in counts))
    return shown
