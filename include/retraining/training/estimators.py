"""What a trainer builds, and what that can do; whatever fails names the trainer."""

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from include.retraining.errors import TrainingError
from include.retraining.registry import resolve
from include.retraining.results.columns import Columns
from include.retraining.spec.model import ModelSpec

# What a fitted model depends on.
LIBRARIES = ("scikit-learn", "numpy", "pandas")


def build(spec: ModelSpec, columns: Columns, params: Mapping[str, Any] | None = None) -> Any:
    """Build an unfitted estimator, with the declared parameters unless others are given.

    Raises
    ------
    TrainingError
        When the trainer does not take the parameters, or fails.
    """
    wanted = spec.trainer.params if params is None else params
    with named(spec, "building its estimator"):
        return resolve("trainer", spec.trainer.use)(columns, spec.task, dict(wanted), spec.trainer.seed)


def library_versions() -> dict[str, str]:
    """Versions of what a fitted model depends on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def check_predicts(estimator: Any, spec: ModelSpec) -> None:
    """Refuse what cannot predict in the way that the task needs.

    Raises
    ------
    TrainingError
        Naming the method that is missing.
    """
    needed = "predict" if spec.task == "regression" else "predict_proba"
    if not hasattr(estimator, needed):
        kind = type(estimator).__name__
        message = f"trainer {spec.trainer.use!r} returned a {kind} without `{needed}`, which {spec.task} needs"
        raise TrainingError(message)


def weight_parameter(estimator: Any) -> str | None:
    """Under which name `fit` takes the weights of rows; None where it takes none."""
    inner, prefix = (estimator, "")
    if isinstance(estimator, Pipeline):
        inner, prefix = estimator.steps[-1][1], f"{estimator.steps[-1][0]}__"
    takes = hasattr(inner, "fit") and has_fit_parameter(inner, "sample_weight")
    return f"{prefix}sample_weight" if takes else None


@contextmanager
def named(spec: ModelSpec, where: str) -> Iterator[None]:
    """Turn whatever a trainer raises into an error that names it: it may be the user's own code."""
    try:
        yield
    except TrainingError:
        raise
    except Exception as error:
        message = f"trainer {spec.trainer.use!r} failed {where}: {type(error).__name__}: {error}"
        raise TrainingError(message) from error
