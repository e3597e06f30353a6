"""`explain`: what each feature told about the target then, and tells now; for whoever looks for a root cause."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from include.retraining import settings
from include.retraining.cli.backtest import find_spec, moment
from include.retraining.data.store import open_store
from include.retraining.report import words
from include.retraining.results.concept import Explanation
from include.retraining.steps.explain import explain
from include.retraining.steps.workplace import Workplace

HELP = "Fit small models of each feature alone, and of all others, to the holdout and to the newest labels."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", help="name of a model file in include/models, or a path to one")
    parser.add_argument("--at", type=moment, help="the interval that had ended by this day; left out: the last one")
    parser.add_argument("--store", help="the store that holds the runs; left out: RETRAINING_STORE")
    parser.add_argument("--json", type=Path, help="write all that was found")


def run(arguments: argparse.Namespace) -> int:
    """Explain, and tell."""
    spec = find_spec(arguments.model)
    workplace = Workplace(spec, open_store(arguments.store or settings.store_uri()).child(spec.name), None)
    at: datetime | None = arguments.at
    with Console(stderr=True).status(f"looking at every feature of {spec.name}"):
        found = explain(workplace, at)
    if arguments.json is not None:
        arguments.json.write_text(found.model_dump_json(indent=2) + "\n")
    _tell(found)
    return 0


def _tell(found: Explanation) -> None:
    """Print what a person reads: features whose own figure changed most come first."""
    console, cause = Console(soft_wrap=True, highlight=False), found.cause
    champion = words.champion_name(found.champion_version, found.champion_id)
    console.print(f"{found.model}, {found.interval}, {champion}. {cause.text}", markup=False)
    if not cause.features:
        return
    console.print(
        f"Then: {found.rows_then:,} rows of the holdout. Now: the {found.rows_now:,} newest labels. "
        "The features that changed most by themselves come first.",
        markup=False,
    )
    shown = Table(box=None, pad_edge=False)
    shown.add_column("feature")
    for name in ("alone, then", "now", "without it, then", "now"):
        shown.add_column(name, justify="right")
    rows = [(one.alone_then, one.alone_now, one.without_then, one.without_now) for one in cause.features]
    figures = _written([*rows, (None, None, cause.all_then, cause.all_now)])
    names = [*(words.column_name(one.feature) for one in cause.features), "all features"]
    for name, written in zip(names, figures, strict=True):
        shown.add_row(name, *written)
    console.print(shown)


def _written(rows: Sequence[Sequence[float | None]]) -> Iterator[list[str]]:
    """All figures with the same decimals; nothing where there is none."""
    known = [figure for row in rows for figure in row if figure is not None]
    texts = iter(words.numbers(known))
    for row in rows:
        yield ["" if figure is None else next(texts) for figure in row]
