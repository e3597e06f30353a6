"""How long a newcomer waits: from a fresh clone to the first promoted champion, installation included.

`python -m benchmarks.first_champion` copies what Git would clone into a temporary folder, runs `make demo WEEKS=1`
there, and prints when each stage was reached. Package downloads count; packages cached by uv or pip do not.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from include.retraining.settings import PROJECT

BOUND = 300.0  # seconds, on 2 cores
POLL = 0.5  # seconds
MODEL = "flight_delay"


def clone(into: Path) -> None:
    """Copy all files that Git knows or would take, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 -- git is on the PATH
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, into / name)


def stages(project: Path) -> dict[str, Callable[[], bool]]:
    """What appears on the way, in the order in which it usually does."""
    local = project / ".local"
    return {
        "virtual environment": (project / ".venv" / "bin" / "python").exists,
        "packages installed": (project / ".venv" / "installed").exists,
        "servers launched": (local / "servers.json").exists,
        "production tables": (local / "demo" / "production.db").exists,
        "first snapshot": lambda: any((local / "store" / MODEL / "intervals").glob("*/*/snapshot.json")),
        "first model": lambda: any((local / "store" / MODEL / "trainings").glob("*/training.json")),
        "first champion": lambda: any((local / "store" / MODEL / "ledger").glob("*.json")),
    }


def measure(project: Path, console: Console) -> float | None:
    """Run the demo and report each stage when it is reached; None when it ends without a champion."""
    waiting = stages(project)
    began = time.monotonic()
    process = subprocess.Popen(["make", "demo", "WEEKS=1"], cwd=project)  # noqa: S607 -- make is on the PATH
    reached = None
    while waiting:
        ended = process.poll() is not None
        for name in [name for name, is_there in waiting.items() if is_there()]:
            reached = time.monotonic() - began
            console.print(f"{reached:6.1f} s  {name}", style="bold")
            del waiting[name]
        if ended:
            break
        time.sleep(POLL)
    process.wait()
    console.print(
        f"{time.monotonic() - began:6.1f} s  `make demo WEEKS=1` ended with {process.returncode}", style="bold"
    )
    return None if waiting else reached


def main() -> int:
    """Measure once; 1 when there is no champion in time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave the copy and its servers, to look around")
    keep = parser.parse_args().keep
    console = Console(highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="retraining-"))
    clone(folder)
    try:
        champion = measure(folder, console)
    finally:
        if keep:
            console.print(f"kept: {folder}")
        else:
            subprocess.run(["make", "clean"], cwd=folder, check=False)  # noqa: S607 -- make is on the PATH
            shutil.rmtree(folder, ignore_errors=True)
    console.print(f"bound: {BOUND:.0f} s")
    return 0 if champion is not None and champion <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
