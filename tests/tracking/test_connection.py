"""How MLflow is reached, and given up."""

import os
import socket

import pytest
from mlflow.exceptions import MlflowException

from include.retraining.errors import TrackingError
from include.retraining.tracking import Tracker, connection


def test_unreachable_server_is_named_in_seconds():
    """A server that is not there ends in one sentence with its address and what to do, soon."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(TrackingError, match=rf"{address} does not answer .* MLFLOW_TRACKING_URI"):
        Tracker("flights", address).version_of("t1")


def test_silent_server_is_given_up(monkeypatch):
    """A server that accepts and never answers is given up too."""
    monkeypatch.setattr("include.retraining.tracking.connection._ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TrackingError, match="does not answer"):
        Tracker("flights", f"http://127.0.0.1:{silent.getsockname()[1]}").version_of("t1")


def test_users_own_limits_are_kept(monkeypatch):
    """Who sets MLflow's time-outs in the environment keeps them; else a request is not tried for minutes."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "600")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    monkeypatch.setattr(connection, "MlflowClient", lambda **addresses: addresses)  # opening a database takes seconds
    assert connection.connect("sqlite:///a.db") == {"tracking_uri": "sqlite:///a.db", "registry_uri": "sqlite:///a.db"}
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "600"
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "1"


def test_refusals_name_server_and_model():
    """An error of MLflow says where it came from; others pass unchanged."""
    message = "MLflow at http://x refused a call for model 'flights': no such alias"
    with pytest.raises(TrackingError, match=message), connection.refusals("http://x", "flights"):
        raise MlflowException("no such alias")
    with pytest.raises(ZeroDivisionError), connection.refusals("http://x", "flights"):
        _ = 1 / 0


def test_page_without_tracking(monkeypatch):
    """Without an address there is no page."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("RETRAINING_MLFLOW_URL", raising=False)
    assert connection.page("runs/1") is None
