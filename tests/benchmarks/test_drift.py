"""What the benchmark of drift checks makes of its measurements."""

import signal
from pathlib import Path

import pytest

from benchmarks.drift_peers.environments import child_environment
from benchmarks.drift_peers.running import Failure, Measurement, parse, reason
from benchmarks.drift_peers.sizes import Size
from benchmarks.drift_peers.tables import absolute_rows, markdown, ratio_rows, summarise
from benchmarks.drift_peers.tools import TOOLS

STOPPED = Failure("> 600 s", 600.0)


def measured(seconds: float) -> Measurement:
    """A process that took as long in every respect."""
    return Measurement(seconds, seconds, seconds, seconds, seconds, 3, {})


def test_median_of_rounds_over_ours() -> None:
    """A tool's ratio is its median over the median of ours."""
    ours = summarise([measured(1.0), measured(9.0), measured(2.0)])
    rows = ratio_rows({"ours": ours, "peer": summarise([measured(50.0)])})
    assert rows == [["ours", *["1.0×"] * 5], ["peer", *["25×"] * 5]]


def test_stopped_tool_stays_in_both_tables() -> None:
    """One round over the limit hides the others, and bounds the ratio of the whole process alone."""
    summaries = {"ours": summarise([measured(2.0)]), "peer": summarise([measured(1.0), STOPPED])}
    assert absolute_rows(summaries)[1] == ["peer", "–", "–", "> 600 s", "–", "–", "–"]
    assert ratio_rows(summaries)[1] == ["peer", "–", "–", "> 300×", "–", "–"]


def test_failure_is_shown_and_ours_is_needed_for_ratios() -> None:
    """A failure shows its reason; without figures of ours there is nothing to divide by."""
    failed = summarise([Failure("failed: MemoryError")])
    assert absolute_rows({"ours": failed})[0][:2] == ["ours", "failed: MemoryError"]
    assert ratio_rows({"ours": failed, "peer": summarise([measured(1.0)])}) == []


def test_result_is_the_last_line() -> None:
    """Whatever a tool prints before does not matter; no result is a failure."""
    assert parse('warning\n{"work_wall": 1.5}\n') == {"work_wall": 1.5}
    assert isinstance(parse("done"), Failure)
    assert isinstance(parse(""), Failure)


def test_reason_of_a_failure() -> None:
    """A signal by name, a kill for memory as such, else the last line of what was printed."""
    assert "memory" in reason(-signal.SIGKILL, "")
    assert reason(-signal.SIGSEGV, "") == "failed: SIGSEGV"
    assert reason(1, "Traceback\nValueError: no\n") == "failed: ValueError: no"
    assert reason(3, "") == "failed: exit code 3"


def test_only_ours_and_the_floor_take_the_largest_batch() -> None:
    """Ten million rows are for those that keep no batch in memory."""
    largest = Size.parse("10000000x50")
    assert [tool.module for tool in TOOLS if tool.takes(largest)] == ["ours", "floor"]


def test_every_tool_has_its_script_and_pins() -> None:
    """A tool that is listed can be run, and its environment has every package pinned."""
    folder = Path(__file__).parents[2] / "benchmarks" / "drift_peers"
    for tool in TOOLS:
        assert (folder / f"{tool.module}.py").exists()
        if tool.environment is not None:
            lines = (folder / "requirements" / f"{tool.environment}.txt").read_text().splitlines()
            assert all("==" in line for line in lines if not line.startswith("#"))


def test_markdown_table() -> None:
    """Cells do not break the table."""
    assert markdown(["", "s"], [["a|b", "1"]]) == ["|  | s |", "| --- | ---: |", "| a/b | 1 |"]


def test_measured_processes_may_keep_what_they_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else ours alone would be compiled at each start: the peers' packages are compiled when they are installed."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"} & child_environment().keys()
