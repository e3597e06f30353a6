"""Background processes and their ports."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.demo import processes
from include.demo.processes import Server

# a parent with a child in a process group of its own, as Airflow's tasks are
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], process_group=0)
print(child.pid, flush=True)
time.sleep(300)
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Server]:
    """A server with a child process."""
    server = processes.launch("family", [sys.executable, "-c", FAMILY], {}, tmp_path, 1, tmp_path / "log")
    yield server
    processes.stop([server])


def child_of(server: Server) -> psutil.Process:
    """The child, once it has started."""
    log = Path(server.log)
    deadline = time.monotonic() + 30
    while not log.read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return psutil.Process(int(log.read_text()))


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended, collected by its parent or not."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_stop_ends_children_in_groups_of_their_own(family: Server) -> None:
    """Ending a server ends whatever it started, and says so once."""
    child = child_of(family)
    assert processes.is_running(family)
    assert processes.stop([family]) == ["family"]
    assert gone(child)
    assert not processes.is_running(family)
    assert processes.stop([family]) == []


def test_children_of_a_dead_server_are_found(family: Server) -> None:
    """A server that was killed leaves children; they are ended all the same."""
    child = child_of(family)
    psutil.Process(family.pid).kill()
    assert processes.stop([family]) == ["family"]
    assert gone(child)


def test_a_stranger_with_the_same_number_is_left_alone() -> None:
    """A process that started at another time is not ours, whatever its number."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True) as stranger:
        server = Server(name="old", pid=stranger.pid, started=1.0, port=1, log="")
        assert not processes.is_running(server)
        assert processes.stop([server]) == []
        assert stranger.poll() is None
        stranger.kill()


def test_taken_ports_are_passed_over() -> None:
    """The next free port is chosen when somebody listens on the usual one."""
    with socket.socket() as listener:
        listener.bind((processes.LOOPBACK, 0))
        listener.listen()
        taken = listener.getsockname()[1]
        chosen = processes.free_port(taken)
    assert taken < chosen < taken + processes.PORTS_TRIED


def test_ports_chosen_for_others_are_passed_over() -> None:
    """Two servers never get the same port."""
    first = processes.free_port(20_000)
    assert processes.free_port(first, taken=(first,)) > first


LISTENER = """
import socket, sys, time
probe = socket.socket(); probe.bind(("127.0.0.1", int(sys.argv[1]))); probe.listen()
print("ready", flush=True)
time.sleep(300)
"""


def test_a_stranger_on_the_port_is_not_taken_for_the_server(tmp_path: Path) -> None:
    """Only a server that holds its port itself is ready, however well something else answers there."""
    ports = [processes.free_port(43_000), processes.free_port(43_500)]
    command = [sys.executable, "-c", LISTENER, str(ports[0])]
    server = processes.launch("listener", command, {}, tmp_path, ports[0], tmp_path / "log")
    try:
        deadline = time.monotonic() + 30
        while "ready" not in Path(server.log).read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert processes.listens(server)
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", ports[1]))
            stranger.listen()
            assert not processes.listens(server.model_copy(update={"port": ports[1]}))
    finally:
        processes.stop([server])
