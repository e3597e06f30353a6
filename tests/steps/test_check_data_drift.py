"""The drift task is light: it starts in a process of its own for every interval."""

import os
import subprocess
import sys

from include.retraining.settings import PROJECT

SCRIPT = """
import sys
import include.retraining.steps.{step}
print(sorted({{"pandas", "sklearn", "mlflow", "great_expectations", "scipy.stats"}} & set(sys.modules)))
"""


def imports_of(step: str) -> str:
    """Import a step in a fresh process; gives the heavy modules that came with it."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(step=step)],
        capture_output=True, text=True, check=True, cwd=PROJECT, env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    return done.stdout.strip()


def test_drift_decision_and_promotion_import_nothing_heavy() -> None:
    """They read Arrow and JSON, and pay for neither pandas nor a model library."""
    assert [imports_of(step) for step in ("check_data_drift", "decide", "promote")] == ["[]"] * 3
