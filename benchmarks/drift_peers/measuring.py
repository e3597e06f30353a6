"""What the scripts of the tools share: files from the command line, the work between two clocks, a result line.

The clocks start when everything is imported. Of one tool's script a process does one step:

whole      read the reference and the batch, and compare
prepare    summarise the reference into a folder
prepared   read that summary and the batch, and compare
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """Parquet files of the reference and of the batch, and the folder of what was prepared."""

    reference: Path
    batch: Path
    prepared: Path


Step = Callable[[Files], int | None]
"""Returns how many columns have drifted; None when that is not what it finds."""


def measure(packages: Sequence[str], steps: dict[str, Step]) -> None:
    """Do the step that the command line names, and print its times and result as JSON on the last line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=steps)
    parser.add_argument("files", type=Path, nargs=3)
    options = parser.parse_args()
    files = Files(*options.files)
    began, used = time.perf_counter(), time.process_time()
    drifted = steps[options.step](files)
    result = {
        "work_wall": time.perf_counter() - began,
        "work_cpu": time.process_time() - used,
        "drifted": drifted,
        "versions": {name: sys.modules[name].__version__ for name in packages},
    }
    print(f"\n{json.dumps(result)}", flush=True)
