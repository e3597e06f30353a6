"""Where things are: read from the environment once for each call, with defaults for a clone."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def models_folder() -> Path:
    """Folder of the model files (`RETRAINING_MODELS`)."""
    return Path(os.environ.get("RETRAINING_MODELS", PROJECT / "include" / "models"))


def sql_folder() -> Path:
    """Folder of the queries that `sql` sources name (`RETRAINING_SQL`)."""
    return Path(os.environ.get("RETRAINING_SQL", PROJECT / "include" / "sql"))


def store_uri() -> str:
    """Root of the snapshot store (`RETRAINING_STORE`): a path, `s3://…` or `gs://…`."""
    return os.environ.get("RETRAINING_STORE", str(PROJECT / ".local" / "store"))


def backtests_folder() -> Path:
    """Where backtests keep their work (`RETRAINING_BACKTESTS`), on a local disk."""
    return Path(os.environ.get("RETRAINING_BACKTESTS", PROJECT / ".local" / "backtests"))


def tracking_uri() -> str | None:
    """MLflow's address (`MLFLOW_TRACKING_URI`); None switches tracking off."""
    return os.environ.get("MLFLOW_TRACKING_URI") or None


def public_tracking_uri() -> str | None:
    """MLflow's address as a browser reaches it (`RETRAINING_MLFLOW_URL`)."""
    return os.environ.get("RETRAINING_MLFLOW_URL") or tracking_uri()
