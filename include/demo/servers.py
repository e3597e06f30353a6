"""Start and stop Airflow and MLflow on this machine: `python -m include.demo.servers up|down`.

For trying out and for tests. Everybody on this machine is an administrator; production is docker-compose.yaml.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from rich.console import Console

from include.demo import DemoError, processes
from include.demo.airflow_api import Airflow
from include.demo.places import AIRFLOW_HOME, LOGS, MLFLOW_HOME, PRODUCTION, SERVERS, STORE
from include.demo.processes import LOOPBACK, Server
from include.retraining.settings import PROJECT

AIRFLOW_PORT = 8080
MLFLOW_PORT = 5000
WORKER_LOG_PORT = 8793
TRIGGER_LOG_PORT = 8794
READY_WITHIN = 240.0  # seconds; a first start on 2 busy cores took 60
LOG_TAIL = 25  # lines of a dead server's log worth showing
POLL = 0.5  # seconds

PRELOADED = (
    "airflow.dag_processing.dagbag",
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.task_runner",
    "great_expectations",
    "jinja2",
    "joblib",
    "mlflow.pyfunc.loaders",
    "mlflow.sklearn",
    "opentelemetry.sdk.metrics",
    "pandas",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "scipy.special",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sqlalchemy",
)


def up(say: Callable[[str], None]) -> dict[str, Server]:
    """Start what does not run yet, without waiting for it; `say` hears about ports that are taken."""
    known = {server.name: server for server in load() if processes.is_running(server)}
    if len(known) == 2:
        say(f"Airflow and MLflow are running already: {known['airflow'].url} and {known['mlflow'].url}")
        return known
    down()
    ports = _choose_ports(say)
    servers = [_start_mlflow(ports), _start_airflow(ports)]
    SERVERS.parent.mkdir(parents=True, exist_ok=True)
    SERVERS.write_text(json.dumps([server.model_dump() for server in servers], indent=1))
    return {server.name: server for server in servers}


def down() -> list[str]:
    """End the servers that `up` started, with everything that they started; return their names."""
    ended = processes.stop(load())
    SERVERS.unlink(missing_ok=True)
    return ended


def load() -> list[Server]:
    """What `up` wrote down; empty when nothing was started."""
    if not SERVERS.exists():
        return []
    return [Server.model_validate(entry) for entry in json.loads(SERVERS.read_text())]


def wait_until_ready(servers: dict[str, Server], within: float = READY_WITHIN) -> None:
    """Wait until both servers answer and all parts of Airflow report a heartbeat.

    Raises
    ------
    DemoError
        When one ends or does not answer in time; the message shows the end of its log.
    """
    deadline = time.monotonic() + within
    for name, is_ready in (("mlflow", _mlflow_is_ready), ("airflow", _airflow_is_ready)):
        server = servers[name]
        while not (processes.listens(server) and is_ready(server)):
            if not processes.is_running(server):
                message = f"{name} ended while starting. The end of {server.log}:\n{_tail(server)}"
                raise DemoError(message)
            if time.monotonic() > deadline:
                message = f"{name} is not ready after {within:.0f} s. The end of {server.log}:\n{_tail(server)}"
                raise DemoError(message)
            time.sleep(POLL)


def environment(ports: dict[str, int]) -> dict[str, str]:
    """Everything that Airflow, its tasks and MLflow are told by environment, on top of the caller's own."""
    airflow, mlflow = (f"http://{LOOPBACK}:{ports[name]}" for name in ("airflow", "mlflow"))
    beside = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": os.pathsep.join([beside, os.environ.get("PATH", "")]),
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), LOOPBACK, "localhost"])),
        "AIRFLOW_HOME": str(AIRFLOW_HOME),
        "AIRFLOW_CONN_PRODUCTION": json.dumps({"conn_type": "sqlite", "host": str(PRODUCTION)}),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{airflow}/execution/",
        "AIRFLOW__CORE__PARALLELISM": "4",
        # workers are forked from one process that has read the large libraries already, so that a task
        # does not pay seconds of imports; our own modules are not among them: an edit counts at once
        "AIRFLOW__SCHEDULER__MP_START_METHOD": "forkserver",
        "AIRFLOW__SCHEDULER__MP_FORKSERVER_PRELOAD": ",".join(PRELOADED),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "include.demo.places.SQLITE_ARGUMENTS",
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(ports["airflow"]),
        "AIRFLOW__API__BASE_URL": airflow,
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports["worker log"]),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports["trigger log"]),
        # one person looks at one DAG: look often, so that little time passes between tasks
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        # on a busy machine an answer takes longer than the five seconds that are usual
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "MLFLOW_TRACKING_URI": mlflow,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "RETRAINING_MLFLOW_URL": mlflow,
        "RETRAINING_STORE": str(STORE),
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def _choose_ports(say: Callable[[str], None]) -> dict[str, int]:
    """Take the usual ports, or the next free ones; tests name another place to start (`RETRAINING_FIRST_PORT`)."""
    chosen: dict[str, int] = {}
    start = int(os.environ.get("RETRAINING_FIRST_PORT", "0"))
    for name, preferred, host in (
        ("airflow", AIRFLOW_PORT, LOOPBACK),
        ("mlflow", MLFLOW_PORT, LOOPBACK),
        # Airflow's log servers listen on all interfaces; they want a token for every file
        ("worker log", WORKER_LOG_PORT, ""),
        ("trigger log", TRIGGER_LOG_PORT, ""),
    ):
        chosen[name] = processes.free_port(start or preferred, host, tuple(chosen.values()))
        if chosen[name] != preferred and not start:
            say(f"port {preferred} ({name}) is taken by another program; using {chosen[name]}")
    return chosen


def _start_airflow(ports: dict[str, int]) -> Server:
    AIRFLOW_HOME.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "airflow", "standalone"]
    return processes.launch("airflow", command, environment(ports), PROJECT, ports["airflow"], LOGS / "airflow.log")


def _start_mlflow(ports: dict[str, int]) -> Server:
    MLFLOW_HOME.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--host", LOOPBACK, "--port", str(ports["mlflow"])]
    command += ["--backend-store-uri", f"sqlite:///{MLFLOW_HOME / 'mlflow.db'}", "--workers", "1"]
    command += ["--artifacts-destination", str(MLFLOW_HOME / "artifacts")]
    return processes.launch("mlflow", command, environment(ports), PROJECT, ports["mlflow"], LOGS / "mlflow.log")


def _mlflow_is_ready(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/health", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _airflow_is_ready(server: Server) -> bool:
    try:
        with Airflow(server.url) as airflow:
            return not airflow.unhealthy()
    except DemoError:
        return False


def _tail(server: Server) -> str:
    return "\n".join(Path(server.log).read_text(errors="replace").splitlines()[-LOG_TAIL:])


def main(arguments: list[str]) -> int:
    """Run `up` or `down` from the command line."""
    console = Console(highlight=False, soft_wrap=True)
    if arguments == ["down"]:
        ended = down()
        console.print(f"ended: {', '.join(ended)}" if ended else "nothing of ours was running")
        return 0
    if arguments != ["up"]:
        console.print("usage: python -m include.demo.servers up|down")
        return 2
    try:
        servers = up(console.print)
        with console.status("waiting for Airflow and MLflow"):
            wait_until_ready(servers)
    except (DemoError, OSError) as error:
        console.print(str(error), markup=False)
        return 1
    console.print(f"Airflow  {servers['airflow'].url}  (no login: everybody on this machine is an administrator)")
    console.print(f"MLflow   {servers['mlflow'].url}")
    console.print("stop with: make down")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
