"""Change of the correlations between numeric columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from include.retraining.drift.arrow import Floats, Integers, Mask
from include.retraining.drift.calibration import Evidence, Verdict, calibrate, chi_squared_law
from include.retraining.drift.measured import Measured
from include.retraining.drift.pairs import PairSums, Places, sum_pairs
from include.retraining.drift.serialisation import array_from_json, array_to_json

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

    `places` holds the place of each fine bin of each column. `transformed` and `rows` have shape (pairs,), those of
    the chunks (chunks, pairs); NaN where undefined.
    """

    names: tuple[str, ...]
    places: tuple[Places, ...]
    transformed: Floats
    rows: Integers
    chunk_transformed: Floats
    chunk_rows: Integers


def profile_pairs(
    names: Sequence[str],
    tables: Sequence[Places],
    places: Places,
    absent: Mapping[int, Mask],
    parts: Sequence[Integers],
) -> PairProfile:
    """Summarise how columns move together.

    Parameters
    ----------
    tables
        Place of each fine bin of each column, from `place_table`.
    places, absent
        The reference's rows, as in `sum_pairs`.
    parts
        Row positions of each chunk.
    """
    transformed, rows = sum_pairs(places, absent).transformed()
    chunks = [
        sum_pairs(places[:, part], {gap: mask[part] for gap, mask in absent.items()}).transformed() for part in parts
    ]
    return PairProfile(
        names=tuple(names),
        places=tuple(tables),
        transformed=transformed,
        rows=rows,
        chunk_transformed=_stored([chunk[0] for chunk in chunks]).reshape(len(chunks), len(rows)).astype(np.float64),
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
    """Write a pair profile."""
    return {
        "names": list(profile.names),
        "places": [array_to_json(table) for table in profile.places],
        "transformed": array_to_json(profile.transformed),
        "rows": array_to_json(profile.rows),
        "chunk_transformed": array_to_json(_stored(profile.chunk_transformed)),
        "chunk_rows": array_to_json(profile.chunk_rows),
    }


def pairs_from_json(entry: Mapping[str, Any]) -> PairProfile:
    """Read what `pairs_to_json` wrote."""
    return PairProfile(
        names=tuple(entry["names"]),
        places=tuple(array_from_json(table) for table in entry["places"]),
        transformed=array_from_json(entry["transformed"]),
        rows=array_from_json(entry["rows"]),
        chunk_transformed=array_from_json(entry["chunk_transformed"]).astype(np.float64),
        chunk_rows=array_from_json(entry["chunk_rows"]),
    )


def _stored(transforms: Any) -> npt.NDArray[np.float32]:
    """Seven digits are enough for what only tells how much chunks vary, and are what is kept."""
    return np.asarray(transforms, np.float32)
