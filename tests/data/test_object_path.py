"""Addresses in object stores are told from local paths."""

import pytest

from include.retraining.data.object_path import is_url, object_path
from include.retraining.errors import StoreError


@pytest.mark.parametrize("address", ["rows.parquet", "/data/a:b.csv", "file:///data", "C:/data", "rows/**/*.csv"])
def test_local_addresses(address):
    """Paths, and `file://`, are local."""
    assert not is_url(address)


def test_unknown_scheme():
    """A scheme that Airflow has no provider for is an error with advice."""
    with pytest.raises(StoreError, match="install the Airflow provider"):
        object_path("nosuch://bucket/rows")
