"""Change of the correlations between numeric columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from include.retraining.drift.arrow import Floats, Integers
from include.retraining.drift.calibration import Evidence, Verdict, calibrate, chi_squared_law
from include.retraining.drift.measured import Measured
from include.retraining.drift.pairs import PairSums, sum_pairs

MINIMUM_CHANGE = 0.2
"""Smallest change of a correlation worth an alarm: between a small and a medium one (J. Cohen, "Statistical Power
Analysis for the Behavioral Sciences", 1988, section 3.2)."""
_FIELLER = 1.06
"""Variance of Fisher's transform of a rank correlation, times (n - 3) (E. C. Fieller, H. O. Hartley and
E. S. Pearson, Biometrika 44, 1957)."""
_MINIMUM_ROWS = 30
"""Fewest rows in common for a correlation to be compared."""
_CANDIDATES = 10
"""Pairs that are calibrated exactly: those that changed most by a rough measure."""


@dataclass(frozen=True)
class PairProfile:
    """Correlations in the reference and in its chunks, after Fisher's transform, pair after pair.

    `transformed` and `rows` have shape (pairs,), those of the chunks (chunks, pairs); NaN where undefined.
    """

    names: tuple[str, ...]
    edges: tuple[Floats, ...]
    transformed: Floats
    rows: Integers
    chunk_transformed: Floats
    chunk_rows: Integers


def profile_pairs(
    names: Sequence[str], columns: Sequence[Floats], edges: Sequence[Floats], parts: Sequence[Integers]
) -> PairProfile:
    """Summarise how columns move together; arguments as in `sum_pairs`, and the rows of each chunk."""
    transformed, rows = sum_pairs(columns, edges).transformed()
    chunks = [sum_pairs([values[part] for values in columns], edges).transformed() for part in parts]
    return PairProfile(
        names=tuple(names),
        edges=tuple(edges),
        transformed=transformed,
        rows=rows,
        chunk_transformed=np.array([chunk[0] for chunk in chunks]).reshape(len(chunks), len(rows)),
        chunk_rows=np.array([chunk[1] for chunk in chunks], np.int64).reshape(len(chunks), len(rows)),
    )


def measure(profile: PairProfile, sums: PairSums) -> tuple[tuple[str, str], Measured] | None:
    """Find the pair whose correlation changed most, and test it; None when no pair can be compared.

    The p-value is multiplied by the number of pairs (Bonferroni).
    """
    now, rows = sums.transformed()
    usable = np.isfinite(now) & np.isfinite(profile.transformed) & (np.minimum(rows, profile.rows) >= _MINIMUM_ROWS)
    positions = np.flatnonzero(usable)
    if not len(positions):
        return None
    scales = _scale(rows, profile.rows)
    squares = (now - profile.transformed) ** 2
    rough = squares[positions] / (scales[positions] + _excess(profile)[positions])
    candidates = positions[np.argsort(-rough, kind="stable")[:_CANDIDATES]].tolist()
    verdicts = {pair: calibrate(_evidence(profile, pair, squares[pair], scales[pair])) for pair in candidates}
    pair = min(verdicts, key=lambda candidate: verdicts[candidate].p_value)
    first, second = np.triu_indices(len(profile.names), 1)
    names = profile.names[first[pair]], profile.names[second[pair]]
    verdict = _corrected(verdicts[pair], len(positions))
    return names, _conclude(profile, pair, float(now[pair]), int(rows[pair]), verdict)


def _corrected(verdict: Verdict, pairs: int) -> Verdict:
    return Verdict(
        p_value=min(1.0, pairs * verdict.p_value),
        threshold=lambda level: verdict.threshold(level / pairs),
        origin=f"{verdict.origin}, {pairs} pairs",
    )


def _conclude(profile: PairProfile, pair: int, now: float, rows: int, verdict: Verdict) -> Measured:
    before = float(profile.transformed[pair])
    return Measured(
        test="correlation",
        statistic=abs(now - before),
        evidence=verdict,
        effect=abs(math.tanh(now) - math.tanh(before)),
        minimum_effect=MINIMUM_CHANGE,
        direction="up" if now > before else "down",
        n_reference=int(profile.rows[pair]),
        n_current=rows,
        text=f"rank correlation {math.tanh(before):.2f} before, {math.tanh(now):.2f} now",
        effect_unit="correlation",
    )


def _scale(rows: Integers, others: Integers) -> Floats:
    return np.asarray(_FIELLER * (1 / np.maximum(rows - 3, 1) + 1 / np.maximum(others - 3, 1)))


def _excess(profile: PairProfile) -> Floats:
    """Mean square of the chunks beyond noise, shape (pairs,)."""
    squares = (profile.chunk_transformed - profile.transformed) ** 2
    usable = np.isfinite(squares) & (profile.chunk_rows >= _MINIMUM_ROWS)
    beyond = np.where(usable, squares - _FIELLER / np.maximum(profile.chunk_rows - 3, 1), 0.0)
    return np.asarray(np.maximum(beyond.sum(axis=0) / np.maximum(usable.sum(axis=0), 1), 0.0))


def _evidence(profile: PairProfile, pair: int, square: float, scale: float) -> Evidence:
    """The squared change of one pair; the chunks are compared with the whole reference."""
    squares = (profile.chunk_transformed[:, pair] - profile.transformed[pair]) ** 2
    rows = profile.chunk_rows[:, pair]
    usable = np.isfinite(squares) & (rows >= _MINIMUM_ROWS)
    return Evidence(chi_squared_law(1), float(square), float(scale), squares[usable], _FIELLER / (rows[usable] - 3))


def pairs_to_json(profile: PairProfile) -> dict[str, Any]:
    """Write a pair profile; transforms are rounded to four digits."""
    return {
        "names": list(profile.names),
        "edges": [edges.tolist() for edges in profile.edges],
        "transformed": _to_list(profile.transformed),
        "rows": profile.rows.tolist(),
        "chunk_transformed": [_to_list(chunk) for chunk in profile.chunk_transformed],
        "chunk_rows": profile.chunk_rows.tolist(),
    }


def pairs_from_json(entry: Mapping[str, Any]) -> PairProfile:
    """Read what `pairs_to_json` wrote."""
    shape = (len(entry["chunk_rows"]), len(entry["rows"]))
    return PairProfile(
        names=tuple(entry["names"]),
        edges=tuple(np.array(edges, np.float64) for edges in entry["edges"]),
        transformed=np.array(entry["transformed"], np.float64),
        rows=np.array(entry["rows"], np.int64),
        chunk_transformed=np.array(entry["chunk_transformed"], np.float64).reshape(shape),
        chunk_rows=np.array(entry["chunk_rows"], np.int64).reshape(shape),
    )


def _to_list(transforms: Floats) -> list[float | None]:
    return [round(value, 4) if math.isfinite(value) else None for value in transforms.tolist()]
