"""Imports of a command."""

import gc
import os

import pytest

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
