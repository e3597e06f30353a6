"""Processes of a backtest: what they begin with, and how they end."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from include.retraining.backtest.processes import start_processes
from include.retraining.settings import PROJECT


def test_no_process_outlives_the_one_that_started_it() -> None:
    """Also one that is killed while its processes work."""
    code = (
        "import os, time\nfrom include.retraining.backtest.processes import start_processes\n"
        "with start_processes(1, ['json']) as pool:\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    pool.submit(time.sleep, 300)\n"
        "    time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=PROJECT) as starter:
        assert starter.stdout is not None
        worker = psutil.Process(int(starter.stdout.readline()))
        assert worker.is_running()
        starter.kill()
        worker.wait(timeout=60)
    assert not worker.is_running()


@pytest.mark.parametrize("value", ["first", "second"])
def test_a_process_has_the_environment_of_the_one_that_asked_for_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that of the server which all processes come from, and which an earlier backtest may have started."""
    monkeypatch.setenv("RETRAINING_TRIED", value)
    with start_processes(1, ["json"]) as pool:
        assert pool.submit(os.getenv, "RETRAINING_TRIED").result(timeout=60) == value


def test_an_error_ends_what_is_under_way() -> None:
    """It is not waited for: a replay takes minutes."""
    with pytest.raises(ValueError, match="so much for that"), start_processes(1, ["json"]) as pool:  # noqa: PT012
        worker = psutil.Process(pool.submit(os.getpid).result(timeout=60))
        pool.submit(time.sleep, 300)
        message = "so much for that"
        raise ValueError(message)
    assert not worker.is_running()
