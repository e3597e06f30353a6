"""How MLflow is reached: a client that gives up in time, and errors that say what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from include.retraining import settings
from include.retraining.errors import TrackingError

_ANSWER_SECONDS = 5  # a server in the same network answers in milliseconds
# Airflow tries a failed task again anyway; MLflow's defaults (7 retries, 120 s each) would hold a slot for minutes
_DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # links stand in the report and beside the task
}


def connect(uri: str) -> MlflowClient:
    """Open a client for MLflow at `uri`, a web address or a database.

    Sets how long MLflow's requests wait, unless the environment says so already.

    Raises
    ------
    TrackingError
        When a server does not answer within seconds.
    """
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    if _is_web_address(uri):
        try:  # any answer will do, also a refusal
            _ask(uri)
        except MlflowException as error:
            message = (
                f"MLflow at {uri} does not answer within {_ANSWER_SECONDS} s; start it, correct MLFLOW_TRACKING_URI, "
                f"or unset that to run without tracking ({error.message})"
            )
            raise TrackingError(message) from error
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def refusals(uri: str, model: str) -> Iterator[None]:
    """Turn MLflow's errors into ours, saying which server and which model."""
    try:
        yield
    except MlflowException as error:
        message = f"MLflow at {uri} refused a call for model {model!r}: {error.message}"
        raise TrackingError(message) from error


def page(route: str) -> str | None:
    """Address of a page of MLflow as a browser reaches it; None when MLflow has no web address."""
    base = settings.public_tracking_uri()
    if base is None or not _is_web_address(base):
        return None
    return f"{base.rstrip('/')}/#/{route}?workflowType=machine_learning"  # else it opens among the pages for agents


def _ask(uri: str) -> None:
    host = get_default_host_creds(uri)  # type: ignore[no-untyped-call]  # MLflow's own, with its proxies and secrets
    http_request(  # type: ignore[no-untyped-call]
        host, "/health", "GET", max_retries=0, timeout=_ANSWER_SECONDS, raise_on_status=False
    )


def _is_web_address(uri: str) -> bool:
    return uri.startswith(("http://", "https://"))
