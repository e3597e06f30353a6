"""What surrounds the code: compose file, image, Makefile and locks."""

import os
import re
import subprocess
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from include.retraining.settings import PROJECT

SERVICES = {
    "postgres",
    "redis",
    "airflow-init",
    "api-server",
    "scheduler",
    "dag-processor",
    "worker",
    "triggerer",
    "mlflow",
}
AIRFLOW = SERVICES - {"postgres", "redis", "mlflow"}
SECRET = re.compile(r"PASSWORD|SECRET|FERNET|CONN_PRODUCTION")
VARIABLE = re.compile(r"\$\{(\w+)(:[-?][^}]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file with its anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())
    return loaded


def test_all_services_are_there(compose: dict[str, Any]) -> None:
    """Production has every Airflow component, MLflow, and what they stand on."""
    assert set(compose["services"]) == SERVICES


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_images_are_pinned(compose: dict[str, Any], service: str) -> None:
    """Every image names a full version; ours are the one that the Dockerfile builds."""
    image = compose["services"][service]["image"]
    assert re.search(r":\d+\.\d+[.\w-]*$", image), image
    if service not in {"postgres", "redis"}:
        assert image == compose["services"]["scheduler"]["image"]
        assert compose["services"][service]["build"] == "."


@pytest.mark.parametrize("service", sorted(SERVICES - {"airflow-init"}))
def test_services_are_watched_and_come_back(compose: dict[str, Any], service: str) -> None:
    """Whatever stays up has a health check and is started again after a crash."""
    definition = compose["services"][service]
    assert definition["healthcheck"]["test"]
    assert definition["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", sorted(AIRFLOW))
def test_airflow_services_share_code_store_and_environment(compose: dict[str, Any], service: str) -> None:
    """All components see the same code, read-only, the same store, and the same settings."""
    definition = compose["services"][service]
    assert {f"./{name}:/opt/airflow/{name}:ro" for name in ("dags", "plugins", "include")} <= set(definition["volumes"])
    assert "store:/opt/airflow/store" in definition["volumes"]
    assert compose["x-airflow-environment"].items() <= definition["environment"].items()


def test_airflow_environment_is_complete(compose: dict[str, Any]) -> None:
    """Executor, database, broker, library, store and MLflow are named."""
    environment = compose["x-airflow-environment"]
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert environment["PYTHONPATH"] == environment["AIRFLOW_HOME"] == "/opt/airflow"
    assert "@postgres/airflow" in environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert "@redis:6379" in environment["AIRFLOW__CELERY__BROKER_URL"]
    assert environment["MLFLOW_TRACKING_URI"] == "http://mlflow:5000"
    assert environment["RETRAINING_STORE"] == "/opt/airflow/store"


def test_services_wait_for_what_they_need(compose: dict[str, Any]) -> None:
    """Nothing starts before its database is healthy; Airflow also waits for its migrated tables."""
    for service in AIRFLOW - {"airflow-init"}:
        conditions = compose["services"][service]["depends_on"]
        assert conditions["airflow-init"] == {"condition": "service_completed_successfully"}
    for service in AIRFLOW | {"mlflow"}:
        assert compose["services"][service]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_mlflow_keeps_runs_in_postgres_and_serves_artifacts(compose: dict[str, Any]) -> None:
    """Runs survive in Postgres, in a database of their own; artifacts lie on a volume behind the server."""
    mlflow = compose["services"]["mlflow"]
    assert mlflow["environment"]["BACKEND"].endswith("@postgres/mlflow")
    assert "--artifacts-destination /opt/mlflow/artifacts" in mlflow["command"][-1]
    assert "mlflow-artifacts:/opt/mlflow/artifacts" in mlflow["volumes"]
    mounted = next(volume for volume in compose["services"]["postgres"]["volumes"] if "initdb.d" in volume)
    script = PROJECT / mounted.split(":")[0]
    assert "CREATE DATABASE mlflow" in script.read_text()
    assert os.access(script, os.X_OK)


def test_named_volumes_are_declared(compose: dict[str, Any]) -> None:
    """Every volume that a service mounts by name exists."""
    mounted = [volume for service in compose["services"].values() for volume in service.get("volumes", [])]
    named = {volume.split(":")[0] for volume in mounted if not volume.startswith(".")}
    assert named == set(compose["volumes"])


def test_secrets_have_no_default() -> None:
    """A secret that is not set stops compose; none stands in the file."""
    variables = VARIABLE.findall((PROJECT / "docker-compose.yaml").read_text())
    secrets = {name: rest for name, rest in variables if SECRET.search(name)}
    assert {"POSTGRES_PASSWORD", "AIRFLOW_FERNET_KEY", "AIRFLOW_JWT_SECRET"} <= set(secrets)
    assert all(rest.startswith(":?") for rest in secrets.values())


def test_environment_example_names_every_variable() -> None:
    """`.env.example` lists what compose reads, and gives no secret a value."""
    variables = {name for name, _ in VARIABLE.findall((PROJECT / "docker-compose.yaml").read_text())}
    lines = (PROJECT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(example) == variables
    assert not [name for name, value in example.items() if SECRET.search(name) and value]


def test_pages_are_published_to_this_machine_only(compose: dict[str, Any]) -> None:
    """Unless told otherwise, no port is open to the network, and the databases' ports not at all."""
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert set(published) == {"api-server", "mlflow"}
    assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for ports in published.values() for port in ports)


def test_image_is_pinned_and_does_not_run_as_root() -> None:
    """The base has a full version, the locked requirements are installed, and the last user is not root."""
    dockerfile = (PROJECT / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.11\.\d+-slim-\w+$", dockerfile, re.MULTILINE)
    assert "-r /tmp/requirements.txt" in dockerfile
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE)[-1] == "airflow"


def test_image_holds_compiled_modules() -> None:
    """Tasks do not compile the project again each time: the image forbids them to keep what they compile."""
    dockerfile = (PROJECT / "Dockerfile").read_text()
    copied = re.findall(r"^COPY --chown=airflow:0 (\w+) \1$", dockerfile, re.MULTILINE)
    assert "PYTHONDONTWRITEBYTECODE=1" in dockerfile
    assert f"\nRUN python -m compileall -q {' '.join(copied)}\n" in dockerfile


def test_every_target_is_documented() -> None:
    """`make help` lists all targets that a person may call."""
    makefile = (PROJECT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())
    shown = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in shown.splitlines() if line.startswith("  make ")} == targets
    assert {"demo", "up", "down", "clean", "test", "lint", "lock", "end-to-end"} <= targets


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.txt", ["production"]), ("requirements-dev.txt", ["production", "dev"])]
)
def test_locks_hold_what_the_project_names(lock: str, extras: list[str]) -> None:
    """Every direct dependency is locked to one version that satisfies it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    direct = [*project["dependencies"], *(name for extra in extras for name in project["optional-dependencies"][extra])]
    pins = _pins(lock)
    for requirement in map(Requirement, direct):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)], prereleases=True)


def test_locks_agree() -> None:
    """Tests run on the very versions that production runs on."""
    production, development = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert production.items() <= development.items()


def _pins(name: str) -> dict[str, str]:
    lines = [line for line in (PROJECT / name).read_text().splitlines() if line and not line.startswith("#")]
    assert all("==" in line for line in lines), f"{name}: not every line is a pin"
    return {
        canonicalize_name(pin): version.split(";")[0].strip() for pin, version in (line.split("==") for line in lines)
    }
