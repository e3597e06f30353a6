"""Where the demo keeps its files: all below `.local`, which `make clean` removes; tests name another folder."""

import os
from pathlib import Path

from include.retraining.settings import PROJECT

LOCAL = Path(os.environ.get("RETRAINING_LOCAL", PROJECT / ".local"))
PACKAGE = LOCAL / "demo" / "package"
PRODUCTION = LOCAL / "demo" / "production.db"
STORE = LOCAL / "store"
AIRFLOW_HOME = LOCAL / "airflow"
MLFLOW_HOME = LOCAL / "mlflow"
LOGS = LOCAL / "logs"
SERVERS = LOCAL / "servers.json"
SQLITE_ARGUMENTS = {"timeout": 60}  # seconds to wait for a lock; Airflow imports this by name
