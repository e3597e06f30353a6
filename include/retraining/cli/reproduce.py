"""`reproduce`: train a model version once more from its stored lineage; do the predictions agree?"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from include.retraining import settings
from include.retraining.cli.backtest import find_spec
from include.retraining.data.store import open_store
from include.retraining.report.words import estimate
from include.retraining.results.lineage import Difference, Reproduction
from include.retraining.steps.reproduce import reproduce
from include.retraining.steps.workplace import Workplace

HELP = "Train a model version once more from its stored lineage, and say whether the predictions agree."
AGREES, DIFFERS = 0, 1
_SHOWN = 12  # hexadecimal digits of a hash
_WIDTH = 12  # of the first column


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", help="name of a model file in include/models, or a path to one")
    parser.add_argument("version", help="a version in MLflow, the id of a training, or `champion`")
    parser.add_argument("--store", help="the store that holds the training; left out: RETRAINING_STORE")
    parser.add_argument("--mlflow", help="address of MLflow; left out: MLFLOW_TRACKING_URI, or none")
    parser.add_argument("--json", type=Path, help="write all that was found")


def run(arguments: argparse.Namespace) -> int:
    """Reproduce, and tell."""
    spec = find_spec(arguments.model)
    store = open_store(arguments.store or settings.store_uri())
    workplace = Workplace(spec, store.child(spec.name), arguments.mlflow or settings.tracking_uri())
    with Console(stderr=True).status(f"training {spec.name} {arguments.version} again"):
        found = reproduce(workplace, arguments.version)
    if arguments.json is not None:
        arguments.json.write_text(found.model_dump_json(indent=2) + "\n")
    print("\n".join(lines(found)))
    return AGREES if found.agrees else DIFFERS


def lines(found: Reproduction) -> Iterator[str]:
    """What a person reads."""
    version = f"version {found.version}, " if found.version else ""
    yield f"{found.model}: {version}training {found.training_id}"
    yield _line("rows", _rows(found))
    yield _line("code", _changes([(one.name, _short(one)) for one in found.code]))
    yield _line("libraries", _changes([(one.name, _both(one)) for one in found.versions]))
    changed = _changes([(one.name, _both(one)) for one in found.declared])
    yield _line("model file", changed if not found.declared else f"{changed}; what was declared then was used")
    yield _line("holdout", f"{estimate(found.metric_then)} then, {estimate(found.metric_now)} now")
    for one in found.compared:
        verdict = "agree" if one.largest <= found.tolerance else "differ"
        text = f"{verdict}: {one.of}, largest difference {one.largest:.3g} on {one.rows:,} rows"
        yield _line("predictions", f"{text} (tolerated {found.tolerance:.3g})")
    if found.why_not:
        yield _line("predictions", f"differ: {found.why_not}")


def _line(name: str, text: str) -> str:
    return f"  {name:{_WIDTH}} {text}"


def _rows(found: Reproduction) -> str:
    rows = found.rows
    then = f"{rows.train_then:,} for training and {rows.holdout_then:,} held out"
    if rows.same:
        return f"the same: {then}, sha256 {rows.sha256_now[:_SHOWN]}"
    now = f"{rows.train_now:,} and {rows.holdout_now:,}"
    if now == f"{rows.train_then:,} and {rows.holdout_then:,}":
        return f"changed in the source since: as many ({then}), with other content"
    return f"changed in the source since: {then} then, {now} now"


def _changes(changes: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{name} {text}" for name, text in changes) or "the same"


def _both(one: Difference) -> str:
    return f"{one.then or 'not there'} then, {one.now or 'not there'} now"


def _short(one: Difference) -> str:
    """Of hashes only that they differ is of use."""
    return "changed since" if one.then and one.now else _both(one)
