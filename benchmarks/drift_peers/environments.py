"""Each tool's own virtual environment, made on first use: their requirements contradict ours, and each other."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from include.retraining.settings import PROJECT

REQUIREMENTS = Path(__file__).with_name("requirements")
ENVIRONMENTS = PROJECT / ".local" / "benchmarks"
STAMP = "installed.txt"
"""What was installed: the environment is brought up to date when the requirements have changed."""

TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",  # Evidently
    "NML_DISABLE_USAGE_LOGGING": "1",  # NannyML
    "WHYLOGS_NO_ANALYTICS": "True",
}


def python_of(name: str | None) -> Path:
    """Interpreter of a tool's environment, made or brought up to date first; None is the project's own."""
    if name is None:
        return Path(sys.executable)
    folder, wanted = ENVIRONMENTS / name, (REQUIREMENTS / f"{name}.txt").read_text()
    python, stamp = folder / "bin" / "python", folder / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    uv = find_uv()
    if not python.exists():
        _run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    source = str(REQUIREMENTS / f"{name}.txt")
    _run([*uv, "pip", "sync", "--quiet", "--compile-bytecode", "--python", str(python), source])
    stamp.write_text(wanted)
    return python


def find_uv() -> list[str]:
    """Command that runs uv: beside this interpreter, in `.venv`, as a module, or on the path.

    Raises
    ------
    FileNotFoundError
        When there is none.
    """
    for place in (Path(sys.executable).with_name("uv"), PROJECT / ".venv" / "bin" / "uv"):
        if place.exists():
            return [str(place)]
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    if found := shutil.which("uv"):
        return [found]
    message = "uv is not installed; get it with: make .venv/bin/uv"
    raise FileNotFoundError(message)


def child_environment() -> dict[str, str]:
    """Environment variables of a measured process: no telemetry, nobody else's packages, compiled modules kept."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept | TELEMETRY_OFF


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=PROJECT, check=True)
