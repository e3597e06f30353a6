"""Names that model files may use, as "module:attribute" strings.

Naming something imports nothing; `resolve` imports it. A dotted path such as
`include.custom.flights:build` stands for itself.
"""

import difflib
import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from include.retraining.errors import UnknownNameError

_ROOT = "include.retraining"

SOURCES = MappingProxyType(
    {
        "sql": f"{_ROOT}.data.sources.sql:SqlSource",
        "files": f"{_ROOT}.data.sources.files:FilesSource",
    }
)
TRAINERS = MappingProxyType(
    {
        "hist_gradient_boosting": f"{_ROOT}.training.trainers.hist_gradient_boosting:build",
        "random_forest": f"{_ROOT}.training.trainers.random_forest:build",
        "linear": f"{_ROOT}.training.trainers.linear:build",
        "sgd_linear": f"{_ROOT}.training.trainers.sgd_linear:build",
    }
)
METRICS = MappingProxyType(
    {
        name: f"{_ROOT}.metrics.catalogue:{name.upper()}"
        for name in (
            "roc_auc",
            "average_precision",
            "log_loss",
            "brier",
            "accuracy",
            "precision",
            "recall",
            "f1",
            "mae",
            "rmse",
            "mape",
            "r2",
        )
    }
)
DRIFT_TESTS = MappingProxyType(
    {
        name: f"{_ROOT}.drift.methods.{name}:measure"
        for name in (
            "kolmogorov_smirnov",
            "van_der_waerden",
            "klotz",
            "anderson_darling",
            "chi_squared",
            "population_stability",
            "jensen_shannon",
            "wasserstein",
        )
    }
)
TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"source": SOURCES, "trainer": TRAINERS, "metric": METRICS, "drift_test": DRIFT_TESTS}
)


def check_name(kind: str, name: str) -> str:
    """Return `name` if `kind` knows it or it is a dotted path.

    Raises
    ------
    UnknownNameError
        With the nearest known name and the whole list.
    """
    table = TABLES[kind]
    if name in table or ":" in name:
        return name
    near = difflib.get_close_matches(name, table, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    known = ", ".join(sorted(table))
    message = f"unknown {kind} {name!r}.{hint} Known: {known}; or a dotted path like 'include.custom.mine:{kind}'"
    raise UnknownNameError(message)


def resolve(kind: str, name: str) -> Any:
    """Import what `name` stands for.

    Raises
    ------
    UnknownNameError
        When the name is unknown, or its module or attribute does not exist.
    """
    path = TABLES[kind].get(check_name(kind, name), name)
    module_name, _, attribute = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        message = f"{kind} {name!r}: no module {error.name!r}; is the project root on PYTHONPATH?"
        raise UnknownNameError(message) from error
    try:
        return getattr(module, attribute)
    except AttributeError as error:
        public = [entry for entry in vars(module) if not entry.startswith("_")]
        near = difflib.get_close_matches(attribute, public, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        message = f"{kind} {name!r}: {module_name} has no {attribute!r}.{hint}"
        raise UnknownNameError(message) from error
