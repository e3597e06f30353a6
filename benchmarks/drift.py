"""The drift check of one batch, side by side with other tools: time, CPU and memory, on the same files in one run.

`python -m benchmarks.drift` writes the data, makes an environment for each tool (both once, under `.local`), and lets
the tools take turns, each in a process of its own. What fails or takes too long is shown as such.
"""

import argparse
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.drift_peers import report
from benchmarks.drift_peers.environments import ENVIRONMENTS, child_environment, python_of
from benchmarks.drift_peers.running import Failure, Measurement, Outcome, run
from benchmarks.drift_peers.sizes import DEFAULT_SIZES, REFERENCE_ROWS, Size
from benchmarks.drift_peers.tables import HEADER, RATIO_HEADER, Summary, absolute_rows, ratio_rows, summarise
from benchmarks.drift_peers.tools import OURS, TOOLS, Tool, named
from include.retraining.settings import PROJECT

WIDTH = 120
"""Characters of a line where there is no terminal."""

Outcomes = dict[tuple[Size, str], list[Outcome]]


def data(size: Size, reference_rows: int) -> list[str]:
    """Files of reference and batch, written by a process of its own: this one has to stay small."""
    command = [sys.executable, "-m", "benchmarks.drift_peers.data", str(size.rows), str(size.columns)]
    written = subprocess.run(
        [*command, "--reference-rows", str(reference_rows)],
        cwd=PROJECT,
        env=child_environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return written.stdout.split()


class Bench:
    """Runs the tools and keeps what came out."""

    def __init__(self, tools: tuple[Tool, ...], limit: float, console: Console) -> None:
        self.tools = tools
        self.limit = limit
        self.console = console
        self.outcomes: Outcomes = defaultdict(list)
        self.pythons: dict[str | None, Path] = {}

    def install(self) -> None:
        """Make the environments; a tool that cannot be installed fails later, when it is run."""
        for environment in dict.fromkeys(tool.environment for tool in self.tools):
            if environment is not None:
                self.console.print(f"environment of {environment}")
            try:
                self.pythons[environment] = python_of(environment)
            except (OSError, subprocess.CalledProcessError) as error:
                self.console.print(f"  failed: {error}")

    def one(self, tool: Tool, step: str, files: list[str], prepared: Path) -> Outcome:
        """Run one step of one tool."""
        python = self.pythons.get(tool.environment)
        if python is None:
            return Failure("failed: could not be installed")
        return run(python, tool.module, [step, *files, str(prepared)], self.limit)

    def measure(self, size: Size, files: list[str], rounds: int) -> None:
        """All tools at one size, in turn; one that failed is not run again."""
        tools, folders = [tool for tool in self.tools if tool.takes(size)], {}
        for tool in tools:
            folders[tool] = ENVIRONMENTS / "prepared" / f"{tool.module}_{size.rows}x{size.columns}"
            if tool.prepares:
                folders[tool].mkdir(parents=True, exist_ok=True)
                self._prepare(tool, size, files, folders[tool])
        for number in range(rounds):
            for tool in tools:
                past = self.outcomes[size, tool.name]
                if not any(isinstance(outcome, Failure) for outcome in past):
                    past.append(self.one(tool, tool.step, files, folders[tool]))
                    self.console.print(f"{size}, round {number + 1}, {tool.name}: {describe(past[-1])}")

    def _prepare(self, tool: Tool, size: Size, files: list[str], folder: Path) -> None:
        outcome = self.one(tool, "prepare", files, folder)
        self.console.print(f"{size}, reference prepared, {tool.name}: {describe(outcome)}")
        if isinstance(outcome, Failure):
            self.outcomes[size, tool.name].append(Failure(f"preparing the reference: {outcome.reason}"))

    def summaries(self) -> dict[Size, dict[str, Summary]]:
        """What was found, by size and tool."""
        found: dict[Size, dict[str, Summary]] = defaultdict(dict)
        for (size, name), outcomes in self.outcomes.items():
            found[size][name] = summarise(outcomes)
        return found

    def versions(self) -> dict[str, str]:
        """Packages that each tool ran with."""
        modules = {tool.name: tool.module for tool in self.tools}
        return {
            modules[name]: ", ".join(f"{package} {number}" for package, number in outcome.versions.items())
            for (_, name), outcomes in self.outcomes.items()
            for outcome in outcomes
            if isinstance(outcome, Measurement)
        }


def describe(outcome: Outcome) -> str:
    """One line about one process."""
    if isinstance(outcome, Failure):
        return outcome.reason
    return (
        f"work {outcome.work_wall:.3f} s, process {outcome.process_wall:.2f} s"
        f" ({outcome.process_cpu:.2f} s CPU), {outcome.peak_memory:.0f} MB"
    )


def show(console: Console, size: Size, summaries: Mapping[str, Summary]) -> None:
    """Print the figures and their ratios to ours."""
    for title, header, rows in (
        (str(size), HEADER, absolute_rows(summaries)),
        (f"{size}, as multiples of {OURS}", RATIO_HEADER, ratio_rows(summaries)),
    ):
        if not rows:
            continue
        table = Table(*header, title=title)
        table.columns[0].no_wrap = True
        for column in table.columns[1:]:
            column.justify = "right"
        for row in rows:
            table.add_row(*row)
        console.print(table)


def main() -> int:
    """Measure and show; 1 when something failed."""
    modules = list(dict.fromkeys(tool.module for tool in TOOLS))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", nargs="*", choices=modules, default=[], help="all of them when left out")
    parser.add_argument("--sizes", nargs="*", type=Size.parse, default=DEFAULT_SIZES, help="rows x columns: 200000x50")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds that a process may take")
    parser.add_argument("--reference-rows", type=int, default=REFERENCE_ROWS, help="most rows of a reference")
    parser.add_argument("--out", type=Path, help="Markdown file to write")
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH)
    bench = Bench(named(options.tools), options.limit, console)
    bench.install()
    for size in options.sizes:
        bench.measure(size, data(size, options.reference_rows), options.rounds)
    summaries = bench.summaries()
    for size, of_size in summaries.items():
        show(console, size, of_size)
    if options.out is not None:
        report.write(options.out, bench.tools, summaries, bench.versions(), options.rounds, options.reference_rows)
    return int(any(summary.failure is not None for of_size in summaries.values() for summary in of_size.values()))


if __name__ == "__main__":
    sys.exit(main())
