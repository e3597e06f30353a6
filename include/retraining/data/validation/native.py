"""Great Expectations' own result, without the values of rows, so that it may be logged."""

import json
import math
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from include.retraining.data.validation.expected import Expected

# Entries of one list among the arguments (a value set, column names) and results of one suite that are
# logged: a screen of the former, and some 200 kB of JSON for the latter.
MAXIMUM_LISTED = 20
MAXIMUM_RESULTS = 500

_COUNTS = (
    "element_count",
    "missing_count",
    "missing_percent",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_nonmissing",
    "unexpected_percent_total",
)


def scrub(expected: Expected, success: bool, result: Mapping[str, Any], error: str | None) -> dict[str, Any]:
    """Keep the layout of a Great Expectations result, its arguments and counts; drop every value of a row."""
    counts = {name: result[name] for name in _COUNTS if _is_figure(result.get(name))}
    observed = result.get("observed_value")
    return {
        "success": success,
        "expectation_config": {
            "type": expected.type,
            "kwargs": {name: _bounded(value) for name, value in expected.arguments.items()},
            "severity": expected.severity,
            "meta": {"origin": expected.origin},
        },
        "result": counts | ({"observed_value": observed} if _is_figure(observed) else {}),
        "exception_info": {"raised_exception": error is not None, "exception_message": error},
    }


def to_json(results: Iterable[Mapping[str, Any]]) -> str:
    """Put scrubbed results into one JSON text, failures first; beyond `MAXIMUM_RESULTS` they are only counted."""
    every = sorted(results, key=lambda entry: bool(entry["success"]))
    failed = sum(not entry["success"] for entry in every)
    statistics = {
        "evaluated_expectations": len(every),
        "successful_expectations": len(every) - failed,
        "unsuccessful_expectations": failed,
    }
    document = {
        "success": not failed,
        "statistics": statistics,
        "results": every[:MAXIMUM_RESULTS],
        "omitted_results": max(len(every) - MAXIMUM_RESULTS, 0),
        "meta": {"great_expectations_version": version("great_expectations")},
    }
    return json.dumps(document, indent=2, default=str)


def _is_figure(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _bounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _bounded(entry) for name, entry in list(value.items())[:MAXIMUM_LISTED]}
    if not isinstance(value, (list, tuple, set)):
        return value
    entries = [_bounded(entry) for entry in value]
    more = len(entries) - MAXIMUM_LISTED
    return [*entries[:MAXIMUM_LISTED], f"… and {more} more"] if more > 0 else entries
