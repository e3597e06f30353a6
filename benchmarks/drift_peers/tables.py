"""Medians over rounds, their ratios to ours, and both as rows of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.drift_peers.running import Failure, Measurement, Outcome
from benchmarks.drift_peers.tools import OURS

UNITS = {
    "work_wall": "work, wall (s)",
    "work_cpu": "work, CPU (s)",
    "process_wall": "process, wall (s)",
    "process_cpu": "process, CPU (s)",
    "peak_memory": "peak memory (MB)",
}
QUANTITIES = tuple(UNITS)
HEADER = ("", *UNITS.values(), "columns drifted")
RATIO_HEADER = ("", *(unit.rpartition(" (")[0] for unit in UNITS.values()))
NOTHING = "–"


@dataclass(frozen=True)
class Summary:
    """Medians by quantity; or why there are none."""

    medians: Mapping[str, float]
    drifted: int | None = None
    failure: Failure | None = None


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """Median of each quantity; one failure is enough to be shown as failed."""
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            return Summary({}, failure=outcome)
    measured = [outcome for outcome in outcomes if isinstance(outcome, Measurement)]
    medians = {name: median(getattr(one, name) for one in measured) for name in QUANTITIES}
    return Summary(medians, measured[-1].drifted)


def absolute_rows(summaries: Mapping[str, Summary]) -> list[list[str]]:
    """One row a tool: seconds and megabytes."""
    rows = []
    for name, summary in summaries.items():
        if summary.failure:
            rows.append([name, *_failed(summary.failure, summary.failure.reason)])
            continue
        figures = [_figure(quantity, value) for quantity, value in summary.medians.items()]
        rows.append([name, *figures, NOTHING if summary.drifted is None else str(summary.drifted)])
    return rows


def ratio_rows(summaries: Mapping[str, Summary]) -> list[list[str]]:
    """One row a tool: its figures over ours; of one that was stopped, what the limit says of its wall time."""
    ours = summaries.get(OURS)
    if ours is None or ours.failure:
        return []
    rows = []
    for name, summary in summaries.items():
        if summary.failure:
            limit = summary.failure.limit
            text = summary.failure.reason if limit is None else f"> {_times(limit / ours.medians['process_wall'])}"
            rows.append([name, *_failed(summary.failure, text)[: len(QUANTITIES)]])
        else:
            rows.append([name, *(_times(summary.medians[q] / ours.medians[q]) for q in QUANTITIES)])
    return rows


def _failed(failure: Failure, text: str) -> list[str]:
    """Cells of a tool without figures: the reason first, or a time limit where it belongs."""
    cells = [NOTHING] * len(HEADER[1:])
    cells[QUANTITIES.index("process_wall") if failure.limit is not None else 0] = text
    return cells


def _figure(quantity: str, value: float) -> str:
    if quantity == "peak_memory" or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"


def _times(ratio: float) -> str:
    digits = 0 if ratio >= 10 else 1 if ratio >= 0.95 else 2
    return f"{ratio:,.{digits}f}×"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]
