"""The command line: check, drift, backtest, explain, reproduce, new, schema."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from include.retraining.cli.startup import quick_imports
from include.retraining.errors import RetrainingError

COMMANDS = ("check", "drift", "backtest", "explain", "reproduce", "new", "schema")
BAD_INPUT = 2
_SMALL_MATRICES = ["drift"]
"""Alone, this command never multiplies matrices that are worth a second thread."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0 when all is well, 2 after bad input; the reason stands on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m include.retraining", description="Automatic retraining.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = [name for name in (sys.argv[1:] if arguments is None else arguments) if name in COMMANDS][:1]
    with quick_imports(small_matrices=wanted == _SMALL_MATRICES):
        modules = {name: importlib.import_module(f"{__name__}.{name}") for name in wanted or COMMANDS}
    for name, module in modules.items():
        subparser = subparsers.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except RetrainingError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
