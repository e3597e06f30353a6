"""Change champions under attack: killed at every point, two at once, MLflow stopped in the middle.

Started by `test_succession` as a process of its own: `succession_worker.py WORKPLACE_JSON crash|race|outage`. All work
happens in children, so that each opens MLflow anew; prints what it saw as JSON.
"""

import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from mlflow import MlflowClient

from include.retraining.data.store import open_store
from include.retraining.flow import run_interval
from include.retraining.results.run import Launch, Run
from include.retraining.spec.model import ModelSpec
from include.retraining.steps.check_data_drift import check_data_drift
from include.retraining.steps.check_performance import check_performance
from include.retraining.steps.decide import decide
from include.retraining.steps.evaluate import evaluate
from include.retraining.steps.extract import extract
from include.retraining.steps.promote import promote
from include.retraining.steps.report import report
from include.retraining.steps.roll_back import request, roll_back
from include.retraining.steps.score import score
from include.retraining.steps.train import train
from include.retraining.steps.validate import validate
from include.retraining.steps.workplace import Workplace
from tests.steps.crash_worker import Countdown, arm, in_child, until_through
from tests.steps.reigns import spoil
from tests.world import interval_of

BY_HAND = Launch(kind="manual", run_id="by hand", rollback=True, user="ann")
ROUNDS = 3  # of each race
OUTAGES = (1, 4, 6, 8)  # at the first call to MLflow, at the ledger's entry, and between aliases


def workplace_of(setting: dict[str, Any], folder: Path) -> Workplace:
    """The model whose store and MLflow database lie in a folder."""
    spec = ModelSpec.model_validate(setting["spec"])
    uri = setting.get("mlflow") or f"sqlite:///{folder / 'mlflow.db'}"
    return Workplace(spec, open_store(str(folder / "store")).child(spec.name), uri)


def champion_and_challengers(place: Workplace, days: tuple[int, ...]) -> list[dict[str, Any]]:
    """Train a champion that turns bad, and a better challenger on each day; gives the runs, ready for promotion."""
    run_interval(place, interval_of(10), Launch(kind="scheduled"))
    first = place.ledger.latest()
    assert first is not None
    spoil(place, first.training_id)
    runs = []
    for day in days:
        run = extract(place, interval_of(day), Launch(kind="manual", run_id=f"day {day}", force_retrain=True))
        for step in (validate, score, check_data_drift, check_performance, decide, train):
            step(place, run)
        assert evaluate(place, run), day
        runs.append(run.model_dump(mode="json"))
    return runs


def state(place: Workplace) -> dict[str, Any]:
    """What the ledger and MLflow hold, and whether they agree."""
    client = MlflowClient(place.tracking_uri, place.tracking_uri)
    found = client.search_model_versions(f"name='{place.spec.name}'")
    entries = place.ledger.entries()
    latest = place.ledger.latest()
    aliases = {name: str(held) for name, held in client.get_registered_model(place.spec.name).aliases.items()}
    return {
        "aliases": aliases,
        "versions": sorted(str(one.version) for one in found),
        "ledger": [(entry.number, entry.kind, entry.training_id, entry.previous_id) for entry in entries],
        "champion": next(str(v.version) for v in found if v.tags["retraining.training_id"] == latest.training_id),
        "rolled_back": sorted(str(one.version) for one in found if "retraining.rolled_back" in one.tags),
    }


def harried(work: Callable[[], Any], place: Workplace) -> list[dict[str, Any]]:
    """Kill the work at every point in turn; gives the state after each kill and at the end."""
    states = []
    for kill_at in range(1, 200):
        through, _ = in_child(work, kill_at)
        states.append(in_child(functools.partial(state, place), None)[1])
        if through:
            return states
    raise AssertionError("it never got through")


def crash(setting: dict[str, Any], home: Path) -> dict[str, Any]:
    """Promotion, rollback by hand and its report, each killed at every point."""
    place = workplace_of(setting, home)
    _, (record,) = in_child(functools.partial(champion_and_challengers, place, (11,)), None)
    promoted = harried(functools.partial(promote, place, Run.model_validate(record)), place)
    asked, _ = until_through(lambda: request(place, BY_HAND).model_dump(mode="json"), kills=True)
    back = harried(functools.partial(roll_back, place, Run.model_validate(asked)), place)
    told = harried(functools.partial(report, place, Run.model_validate(asked)), place)
    return {"promotion": promoted, "rollback": back, "report": told}


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do several things at the same moment, each in a process; gives what they returned."""
    start, children = time.monotonic() + 1.0, []
    for work in works:
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            time.sleep(max(0.0, start - time.monotonic()))
            with os.fdopen(writer, "w") as pipe:
                json.dump(work(), pipe)
            os._exit(0)
        os.close(writer)
        children.append((child, reader))
    results = []
    for child, reader in children:
        with os.fdopen(reader) as pipe:
            results.append(json.loads(pipe.read()))
        assert os.waitpid(child, 0)[1] == 0
    return results


def race(setting: dict[str, Any], home: Path) -> dict[str, Any]:
    """Promotions of two intervals at once; then another promotion and a rollback by hand at once."""
    base = home / "base"
    base.mkdir()
    _, records = in_child(functools.partial(champion_and_challengers, workplace_of(setting, base), (11, 12)), None)
    first, second = map(Run.model_validate, records)
    rounds = []
    for number in range(ROUNDS):
        folder = home / f"round {number}"
        shutil.copytree(base, folder)
        place = workplace_of(setting, folder)
        told = at_once(functools.partial(promote, place, first), functools.partial(promote, place, second))
        rounds.append({"told": told, "state": in_child(functools.partial(state, place), None)[1]})
        in_child(functools.partial(promote, place, first), None)
        asked = request(place, BY_HAND)
        told = at_once(functools.partial(promote, place, second), functools.partial(roll_back, place, asked))
        rounds.append({"told": told, "state": in_child(functools.partial(state, place), None)[1]})
    return {"rounds": rounds}


class Server:
    """An MLflow server that can be stopped and started again."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url, self._home = f"http://127.0.0.1:{self.port}", home
        self.start()

    def start(self) -> None:
        """Start it and wait for its answer."""
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self._home / 'mlflow.db'}"]
        command += ["--artifacts-destination", str(self._home / "artifacts")]
        with (self._home / "mlflow.log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        while True:
            try:
                if httpx.get(f"{self.url}/health", trust_env=False, timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.2)

    def stop(self) -> None:
        """End it with all that it started, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)


def until_outage(work: Callable[[], Any], server: Server, at: int) -> str:
    """Do the work while MLflow stops at a point; gives the error that it ended in, or nothing."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        arm(Countdown(at, server.stop))
        with os.fdopen(writer, "w") as pipe:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the test judges what kind it is
                pipe.write(f"{type(error).__name__}: {error}")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    server.process.wait()
    return said


def outage(setting: dict[str, Any], home: Path) -> dict[str, Any]:
    """MLflow stops at several points of a promotion; the next try completes it, or else the next run."""
    server = Server(home)
    try:
        place = workplace_of({**setting, "mlflow": server.url}, home)
        _, (record,) = in_child(functools.partial(champion_and_challengers, place, (11,)), None)
        work, seen = functools.partial(promote, place, Run.model_validate(record)), []
        for at in OUTAGES:
            said = until_outage(work, server, at)
            server.start()
            seen.append({"said": said, "state": in_child(functools.partial(state, place), None)[1]})
        next_run = functools.partial(run_interval, place, interval_of(12), Launch(kind="scheduled"))
        in_child(lambda: next_run().champion_version, None)
        final = in_child(functools.partial(state, place), None)[1]
    finally:
        server.stop()
    return {"seen": seen, "final": final}


def main() -> None:
    """Do what is asked for, and tell."""
    path = Path(sys.argv[1])
    told = {"crash": crash, "race": race, "outage": outage}[sys.argv[2]](json.loads(path.read_text()), path.parent)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
