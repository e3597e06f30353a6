"""Layouts, counts and arrays as JSON values and back.

Long arrays are written as the base64 form of little-endian numbers, which reads an order of magnitude faster than a
list of figures.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from include.retraining.drift.counts import Chunks, Counts, Layout
from include.retraining.drift.moments import Grid, Moments


def array_to_json(array: npt.NDArray[Any]) -> dict[str, Any]:
    """Write an array of numbers, of any shape."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(little.tobytes()).decode()
    return {"type": little.dtype.str, "shape": list(array.shape), "data": data}


def array_from_json(entry: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Read what `array_to_json` wrote."""
    flat = np.frombuffer(base64.b64decode(entry["data"]), dtype=np.dtype(entry["type"]))
    return flat.reshape(entry["shape"])


def layout_to_json(layout: Layout) -> dict[str, Any]:
    """Write a layout."""
    return {
        "kind": layout.kind,
        "edges": array_to_json(layout.edges),
        "categories": list(layout.categories),
        "complete": layout.complete,
        "grid": [layout.grid.centre, layout.grid.unit],
    }


def layout_from_json(entry: Mapping[str, Any]) -> Layout:
    """Read what `layout_to_json` wrote."""
    return Layout(
        kind=entry["kind"],
        edges=array_from_json(entry["edges"]),
        categories=tuple(entry["categories"]),
        complete=entry["complete"],
        grid=Grid(*entry["grid"]),
    )


def counts_to_json(counts: Counts) -> list[Any]:
    """Write counts, without the names of unseen values: a reference has none."""
    return [array_to_json(counts.bins), counts.nulls, counts.infinite, counts.moments.total, counts.moments.squares]


def counts_from_json(entry: Sequence[Any]) -> Counts:
    """Read what `counts_to_json` wrote."""
    bins, nulls, infinite, total, squares = entry
    return Counts(array_from_json(bins), nulls=nulls, infinite=infinite, moments=Moments(total, squares))


def chunks_to_json(chunks: Chunks) -> dict[str, Any]:
    """Write the counts of all parts of one column."""
    return {
        "bins": array_to_json(chunks.bins.astype(np.min_scalar_type(chunks.bins.max(initial=0)))),
        "nulls": chunks.nulls.tolist(),
        "infinite": chunks.infinite.tolist(),
    }


def chunks_from_json(entry: Mapping[str, Any], size: int) -> Chunks:
    """Read what `chunks_to_json` wrote, of counts on so many bins."""
    nulls, infinite = (np.array(entry[name], np.int64) for name in ("nulls", "infinite"))
    return Chunks(array_from_json(entry["bins"]).astype(np.int64).reshape(-1, size), nulls, infinite)
