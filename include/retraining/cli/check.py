"""`check`: are all model files sound, and does everything that they name exist?"""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from include.retraining import settings
from include.retraining.data.sources import make_source
from include.retraining.data.validation import check_expectations
from include.retraining.errors import RetrainingError
from include.retraining.metrics.catalogue import get_metric
from include.retraining.registry import resolve
from include.retraining.results.columns import Columns
from include.retraining.spec.loading import load_specs
from include.retraining.spec.model import ModelSpec

SOME_COLUMNS = Columns(numeric=("number",), categorical=("name",))  # an estimator is made, not fitted
HELP = "Check all model files: read them and make everything that they name."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, nargs="?", help="folder of model files; left out: include/models")


def run(arguments: argparse.Namespace) -> int:
    """Check every file; one bad file makes the exit code 2."""
    folder = arguments.folder or settings.models_folder()
    loaded = load_specs(folder)
    problems = list(loaded.errors.values())
    for name, spec in loaded.specs.items():
        with Console(stderr=True).status(f"checking {name}"):
            found = check_spec(spec)
        problems += [f"{folder / name}.yaml: {problem}" for problem in found]
        print(f"{name}: {'ok' if not found else 'not usable'}")
    if not loaded.specs and not problems:
        problems.append(f"{folder}: no model file here; `python -m include.retraining new` writes one")
    for problem in problems:
        print(f"\n{problem}")
    return 2 if problems else 0


def check_spec(spec: ModelSpec) -> list[str]:
    """Make each object that a model file names; returns what went wrong."""
    problems = []
    for make in (
        lambda: make_source(spec.data.features),
        lambda: make_source(spec.data.labels) if spec.data.labels else None,
        lambda: make_source(spec.data.relabels) if spec.data.relabels else None,
        lambda: get_metric(spec.metric, spec.task),
        lambda: resolve("trainer", spec.trainer.use)(SOME_COLUMNS, spec.task, _parameters(spec), spec.trainer.seed),
        lambda: check_expectations(spec),
    ):
        try:
            make()
        except RetrainingError as error:
            problems.append(str(error))
    return problems


def _parameters(spec: ModelSpec) -> dict[str, Any]:
    """Declared parameters, and the first value of each that is searched for: a search should know their names."""
    searched = spec.trainer.search.params if spec.trainer.search is not None else {}
    return {**spec.trainer.params, **{name: values[0] for name, values in searched.items()}}
