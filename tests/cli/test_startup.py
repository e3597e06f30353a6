"""Imports of a command."""

import gc
import os

import pytest

from include.retraining.cli import main
from include.retraining.cli.startup import quick_imports


def test_the_garbage_collector_rests_while_modules_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on afterwards; plugins are not searched for."""
    monkeypatch.delenv("PYDANTIC_DISABLE_PLUGINS", raising=False)
    with quick_imports():
        assert not gc.isenabled()
        assert os.environ["PYDANTIC_DISABLE_PLUGINS"] == "__all__"
    assert gc.isenabled()


def test_plugins_of_ones_own_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says already stands."""
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "")
    with quick_imports():
        assert os.environ["PYDANTIC_DISABLE_PLUGINS"] == ""


@pytest.fixture
def no_threads_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENBLAS_NUM_THREADS is not set, and will not be after the test."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")


@pytest.mark.usefixtures("no_threads_named")
@pytest.mark.parametrize("small", [True, False])
def test_small_matrices_need_no_threads(small: bool) -> None:
    """The matrix library is told so, and only when the command asks for it."""
    with quick_imports(small_matrices=small):
        assert os.environ.get("OPENBLAS_NUM_THREADS") == ("1" if small else None)


def test_threads_of_ones_own_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number of threads that the environment sets stands."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    with quick_imports(small_matrices=True):
        assert os.environ["OPENBLAS_NUM_THREADS"] == "2"


@pytest.mark.usefixtures("no_threads_named")
@pytest.mark.parametrize(("command", "threads"), [("drift", "1"), ("schema", None)])
def test_only_drift_does_without_threads(capsys: pytest.CaptureFixture[str], command: str, threads: str | None) -> None:
    """Other commands train models, whose matrices may be large."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert command in capsys.readouterr().out
    assert os.environ.get("OPENBLAS_NUM_THREADS") == threads
