"""`schema`: the JSON Schema of model files, for editors."""

import argparse
import json
from pathlib import Path

from include.retraining.spec.model import ModelSpec

HELP = "Write the JSON Schema of model files, which lets editors complete and check them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--out", type=Path, help="file to write; left out: standard output")


def run(arguments: argparse.Namespace) -> int:
    """Write the schema."""
    text = json.dumps(ModelSpec.model_json_schema(), indent=2) + "\n"
    if arguments.out is None:
        print(text, end="")
    else:
        arguments.out.write_text(text)
    return 0
