"""Run one step of one tool in a process of its own, with a time limit, and read its resources from the kernel.

Linux counts the memory of the process that started it into a child's peak, so whoever calls this has to be small:
no numpy, pandas or pyarrow.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.drift_peers.environments import child_environment
from include.retraining.settings import PROJECT

KIBIBYTES_PER_MEGABYTE = 1e6 / 1024
"""`ru_maxrss` is in KiB on Linux."""
SHOWN = 100
"""Characters of an error that are shown."""


@dataclass(frozen=True)
class Measurement:
    """One process: seconds of the work alone and of everything from start to exit; memory in MB."""

    work_wall: float
    work_cpu: float
    process_wall: float
    process_cpu: float
    peak_memory: float
    drifted: int | None
    versions: dict[str, str]


@dataclass(frozen=True)
class Failure:
    """A process without a result; `limit` is the time limit in seconds when that was the reason."""

    reason: str
    limit: float | None = None


Outcome = Measurement | Failure


def run(python: Path, module: str, arguments: list[str], limit: float) -> Outcome:
    """Run a module of this package; what goes wrong inside comes back as a failure."""
    command = [str(python), "-m", f"benchmarks.drift_peers.{module}", *arguments]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=PROJECT, env=child_environment(), stdout=output, stderr=errors, start_new_session=True
        )
        usage, late = _wait(process, limit)
        wall = time.perf_counter() - began
        if late:
            return Failure(f"> {limit:.0f} s", limit)
        if process.returncode:
            return Failure(reason(process.returncode, _text(errors)))
        result = parse(_text(output))
    if isinstance(result, Failure):
        return result
    return Measurement(
        **result,
        process_wall=wall,
        process_cpu=usage.ru_utime + usage.ru_stime,
        peak_memory=usage.ru_maxrss / KIBIBYTES_PER_MEGABYTE,
    )


def _wait(process: subprocess.Popen[bytes], limit: float) -> tuple[resource.struct_rusage, bool]:
    """Wait for a process and its resources; the other value says whether it was stopped at the limit."""
    late = threading.Event()

    def stop_late() -> None:
        late.set()
        _stop(process)

    timer = threading.Timer(limit, stop_late)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        _stop(process)
        raise
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait for it again
    return usage, late.is_set()


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def parse(output: str) -> Failure | dict[str, Any]:
    """Result on the last line of what a tool printed."""
    lines = output.strip().splitlines()
    try:
        result = json.loads(lines[-1])
    except (IndexError, ValueError):
        return Failure("failed: printed no result")
    return result if isinstance(result, dict) else Failure("failed: printed no result")


def reason(code: int, errors: str) -> str:
    """Why a process ended without a result, in a few words."""
    if code == -signal.SIGKILL:
        return "failed: killed, as when memory runs out"
    if code < 0:
        return f"failed: {signal.Signals(-code).name}"
    lines = errors.strip().splitlines() or [f"exit code {code}"]
    return f"failed: {lines[-1].replace(f'{PROJECT}/', '')[:SHOWN]}"


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
