"""What all tests share."""

import os

os.environ.update(
    DO_NOT_TRACK="1",
    GX_ANALYTICS_ENABLED="false",
    MLFLOW_DISABLE_TELEMETRY="true",
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    # Tests run side by side: threads that wait for a core spin, and cost a fifth of the whole time.
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
)

pytest_plugins = ["tests.world"]
