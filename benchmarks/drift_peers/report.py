"""The Markdown file of one run: on which machine, of which versions, what is counted, and the tables."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.drift_peers.sizes import REFERENCE_ROWS, Size
from benchmarks.drift_peers.tables import HEADER, RATIO_HEADER, Summary, absolute_rows, markdown, ratio_rows
from benchmarks.drift_peers.tools import OURS, Tool

GIGABYTE = 1e9


def machine() -> str:
    """Processor, cores, memory and system."""
    described = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in described if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE
    cores = len(os.sched_getaffinity(0))
    system = f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    return f"{next(models, platform.machine())}, {cores} cores, {memory:.0f} GB of memory, {system}"


def write(
    path: Path,
    tools: tuple[Tool, ...],
    summaries: Mapping[Size, Mapping[str, Summary]],
    versions: Mapping[str, str],
    rounds: int,
    reference_rows: int = REFERENCE_ROWS,
) -> None:
    """Write all of it."""
    repeated = f"{rounds} rounds" if rounds > 1 else "one round"
    lines = [
        f"Measured on {datetime.now(UTC):%d %B %Y}: {machine()}.",
        f"Medians of {repeated}, the tools in turn on the same Parquet files.",
        f"The reference has as many rows as the batch, but at most {reference_rows:,}.",
        "*Work* begins after imports and includes reading the files; *process* is all from start to exit.",
    ]
    for size, of_size in summaries.items():
        ratios = ratio_rows(of_size)
        if ratios:
            lines += ["", f"**{size}, as multiples of {OURS}**", "", *markdown(RATIO_HEADER, ratios)]
        lines += ["", f"**{size}, absolute**", "", *markdown(HEADER, absolute_rows(of_size))]
    lines += ["", "What is counted:", "", *(f"- {tool.name}: {tool.counted}" for tool in tools)]
    lines += ["", "Versions:", "", *(f"- {name}: {text}" for name, text in versions.items())]
    path.write_text("\n".join(lines) + "\n")
