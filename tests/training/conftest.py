"""Fits in these tests are small: threads would only wait for each other."""

import pytest

from include.retraining.training.threads import limited_threads


@pytest.fixture(scope="session", autouse=True)
def _few_threads():
    with limited_threads():
        yield
