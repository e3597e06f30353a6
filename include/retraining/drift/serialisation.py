"""Layouts and counts as JSON values and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from include.retraining.drift.counts import Counts, Layout


def layout_to_json(layout: Layout) -> dict[str, Any]:
    """Write a layout."""
    return {
        "kind": layout.kind,
        "edges": layout.edges.tolist(),
        "categories": list(layout.categories),
        "complete": layout.complete,
    }


def layout_from_json(entry: Mapping[str, Any]) -> Layout:
    """Read what `layout_to_json` wrote."""
    return Layout(
        kind=entry["kind"],
        edges=np.array(entry["edges"], np.float64),
        categories=tuple(entry["categories"]),
        complete=entry["complete"],
    )


def counts_to_json(counts: Counts) -> list[Any]:
    """Write counts, without the names of unseen values: a reference has none."""
    return [counts.bins.tolist(), counts.nulls, counts.infinite]


def counts_from_json(entry: Sequence[Any]) -> Counts:
    """Read what `counts_to_json` wrote."""
    bins, nulls, infinite = entry
    return Counts(np.array(bins, np.int64), nulls=nulls, infinite=infinite)
