"""What all tests share."""

import os

os.environ.update(
    DO_NOT_TRACK="1",
    GX_ANALYTICS_ENABLED="false",
    MLFLOW_DISABLE_TELEMETRY="true",
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
)

pytest_plugins = ["tests.world"]
