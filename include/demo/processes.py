"""Background processes that outlive the command that started them, and their ports."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from include.retraining.results.record import Record

LOOPBACK = "127.0.0.1"
PORTS_TRIED = 100  # so many neighbours of a taken port are tried
GRACE = 20.0  # seconds between asking a process to end and ending it
CLOCK_TICK = 0.05  # seconds; start times are kept by the kernel in hundredths


class Server(Record):
    """A process that was started as leader of a session of its own, with all its descendants in it."""

    name: str
    pid: int
    started: float
    port: int
    log: str

    @property
    def url(self) -> str:
        """Address to open."""
        return f"http://{LOOPBACK}:{self.port}"


def free_port(preferred: int, host: str = LOOPBACK, taken: Sequence[int] = ()) -> int:
    """Return `preferred`, or the next port that nobody listens on and that is not in `taken`.

    Raises
    ------
    OSError
        When a hundred neighbours are taken too.
    """
    for port in range(preferred, preferred + PORTS_TRIED):
        if port not in taken and _is_free(port, host):
            return port
    message = f"ports {preferred} to {preferred + PORTS_TRIED - 1} are all taken; end a program that listens there"
    raise OSError(message)


def _is_free(port: int, host: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def launch(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, port: int, log: Path
) -> Server:
    """Start a command in the background in a session of its own, its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(
        name=name, pid=process.pid, started=psutil.Process(process.pid).create_time(), port=port, log=str(log)
    )


def is_running(server: Server) -> bool:
    """Whether the process that was started is still there: same number, same start time, not a zombie."""
    try:
        process = psutil.Process(server.pid)
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - server.started) < CLOCK_TICK
    except psutil.NoSuchProcess:
        return False


def listens(server: Server) -> bool:
    """Whether the server itself holds its port, and not a stranger who was faster."""
    for process in _members(server):
        try:
            connections = process.net_connections(kind="inet")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if any(one.status == psutil.CONN_LISTEN and one.laddr.port == server.port for one in connections):
            return True
    return False


def stop(servers: Sequence[Server]) -> list[str]:
    """End servers with all their descendants, politely first; nothing else is touched.

    Returns
    -------
    list of str
        Names of those of which something was running.
    """
    running = {server.name: members for server in servers if (members := _members(server))}
    processes = [process for members in running.values() for process in members]
    _signal(processes, signal.SIGTERM)
    psutil.wait_procs(processes, timeout=GRACE)
    # whatever is deaf, or was started between being listed and ending, is still in the session
    _signal([process for server in servers for process in _members(server)], signal.SIGKILL)
    return list(running)


def _members(server: Server) -> list[psutil.Process]:
    """All processes of the server's session.

    A process number cannot be given away while a session bears it, so only a leader with another start
    time means that the number has passed to a stranger.
    """
    if psutil.pid_exists(server.pid) and not is_running(server) and not _is_zombie(server.pid):
        return []
    return [process for process in psutil.process_iter() if _session(process.pid) == server.pid]


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _signal(processes: Sequence[psutil.Process], number: int) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
