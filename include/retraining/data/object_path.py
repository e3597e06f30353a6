"""Addresses in object stores, opened through Airflow's connections."""

import re
from typing import TYPE_CHECKING

from include.retraining.errors import StoreError

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath as ObjectStoragePath  # noqa: PLC0414  # others name the type from here

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://")


def is_url(address: str) -> bool:
    """Tell whether an address has a scheme that is not a plain local path.

    Examples
    --------
    >>> is_url("s3://bucket/rows.parquet"), is_url("/data/rows.parquet"), is_url("file:///data/rows.parquet")
    (True, False, False)
    """
    return _SCHEME.match(address) is not None and not address.startswith("file://")


def object_path(url: str) -> "ObjectStoragePath":
    """Open `s3://…` or `gs://…`; `s3://conn_id@bucket/…` names the Airflow connection to use.

    Raises
    ------
    StoreError
        When Airflow or the provider package of the scheme is not installed.
    """
    scheme = url.partition("://")[0]
    try:
        from airflow.sdk import ObjectStoragePath

        path = ObjectStoragePath(url)
        path.fs  # noqa: B018  # the file system is looked up on first use: fail here, with the address at hand
    except (ImportError, ValueError) as error:
        message = (
            f"{url}: cannot use {scheme}:// ({error}); install the Airflow provider of that store, or use a local path"
        )
        raise StoreError(message) from error
    return path
