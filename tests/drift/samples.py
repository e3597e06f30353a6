"""Reference and batch tables that the drift tests share."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from include.retraining.drift.build import build_profile
from include.retraining.drift.calibration import Evidence, calibrate
from include.retraining.drift.column_data import ColumnData
from include.retraining.drift.counts import Chunks, Layout
from include.retraining.drift.edges import reference_edges
from include.retraining.drift.measured import Measured
from include.retraining.drift.parts import time_parts
from include.retraining.drift.profile import Profile
from include.retraining.results.columns import Columns


def profile_of(values: Mapping[str, Any], categorical: tuple[str, ...] = (), **more: Any) -> Profile:
    """Profile a table given by its columns."""
    numeric = tuple(name for name in values if name not in categorical)
    return build_profile(pa.table(values), Columns(numeric=numeric, categorical=categorical), **more)


def numbers(reference: np.ndarray, current: np.ndarray, *, chunks: bool = True) -> ColumnData:
    """One numeric column then and now."""
    layout = Layout("numeric", reference_edges(reference[np.isfinite(reference)]))
    parts = time_parts(len(reference)) if chunks else []
    counted = tuple(layout.count(reference[part]) for part in parts)
    chunks = Chunks.of(counted, layout.size)
    return ColumnData(layout, layout.count(reference), chunks, layout.count(current))


def names(reference: list[str], current: list[str]) -> ColumnData:
    """One categorical column then and now, without chunks."""
    layout = Layout("categorical", np.empty(0), categories=tuple(sorted(set(reference))))
    before, now = (layout.count(pa.array(side, pa.string())) for side in (reference, current))
    return ColumnData(layout, before, Chunks.of((), layout.size), now)


def p_value(measured: Measured | None) -> float:
    """P-value of one test by itself."""
    assert measured is not None
    assert isinstance(measured.evidence, Evidence)
    return calibrate(measured.evidence).p_value
