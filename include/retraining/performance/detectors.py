"""ADWIN and Page-Hinkley over a stream of losses, set so that a steady stream rarely alarms them.

What they would do on a steady stream is tried out on streams resampled from reference losses, in blocks of
neighbours, so that heavy tails and good and bad days count. Losses are scaled to [0, 1], as ADWIN expects them.

A. Bifet and R. Gavalda, "Learning from time-changing data with adaptive windowing", SDM 2007;
E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954).
"""

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

ADWIN, PAGE_HINKLEY = "ADWIN", "Page-Hinkley"
# The false-alarm rate holds for a stream of so many rows, as in the published comparisons of detectors.
HORIZON = 5_000
# Resampled streams: enough for the centre and spread of their largest statistics, from which the tail is fitted.
PAGE_HINKLEY_STREAMS = 200
ADWIN_STREAMS = 100
# Page-Hinkley ignores drifts below this share of the spread: half of the smallest shift worth finding (Page 1954).
IGNORED_SHIFT = 0.1
# Page-Hinkley forgets nothing: streams are short, and old rows are the reference.
FORGETTING = 1.0
# Tried from the most powerful on, until resampled streams are quiet; 0.002 is the default of river.
ADWIN_LEVELS = (0.02, 0.002, 1e-4, 1e-6)
# Rows before Page-Hinkley may alarm: the default of river.
MINIMUM_ROWS = 30
_EULER = 0.5772156649015329
_LOG_FLOOR = 1e-300


@dataclass(frozen=True)
class Detectors:
    """The numbers that set both detectors."""

    adwin_level: float
    ignored_drift: float
    threshold: float


def calibrate(reference: np.ndarray, *, rate: float, seed: int) -> Detectors:
    """Set both detectors by losses of a steady time, in time order, scaled to [0, 1].

    Parameters
    ----------
    rate
        Chance of a false alarm in `HORIZON` rows after the reference, for both detectors together.
    """
    return _calibrate(np.ascontiguousarray(reference, dtype=float).tobytes(), rate, seed)


@lru_cache(maxsize=64)  # a replay asks for the same champion's holdout with every interval
def _calibrate(content: bytes, rate: float, seed: int) -> Detectors:
    reference = np.frombuffer(content)
    generator = np.random.default_rng(seed)
    streams = _resample(reference, len(reference) + HORIZON, PAGE_HINKLEY_STREAMS, generator)
    ignored = IGNORED_SHIFT * float(reference.std())
    largest = page_hinkley(streams, ignored)[:, len(reference) :].max(axis=1)
    level = next(
        (level for level in ADWIN_LEVELS if _quiet(streams[:ADWIN_STREAMS], len(reference), level, rate / 2)),
        ADWIN_LEVELS[-1],
    )
    return Detectors(level, ignored, _upper_tail(largest, rate / 2))


def alarms(detectors: Detectors, stream: np.ndarray, warm_up: int) -> tuple[str, ...]:
    """Which detectors alarm after the first `warm_up` rows."""
    found = [ADWIN] if _adwin_alarms(stream, warm_up, detectors.adwin_level) else []
    page = _detector("page_hinkley:PageHinkley")(
        min_instances=MINIMUM_ROWS, delta=detectors.ignored_drift, threshold=detectors.threshold, alpha=FORGETTING
    )
    for position, loss in enumerate(stream.tolist()):
        page.update(loss)
        if page.drift_detected and position >= warm_up:
            return (*found, PAGE_HINKLEY)
    return tuple(found)


def page_hinkley(streams: np.ndarray, ignored: float) -> np.ndarray:
    """Page-Hinkley's statistic after each row, the larger of both directions.

    Parameters
    ----------
    streams
        One stream in each row, shape (streams, rows).
    """
    rows = np.arange(1, streams.shape[1] + 1)
    deviations = streams - np.cumsum(streams, axis=1) / rows
    up = np.cumsum(deviations - ignored, axis=1)
    down = np.cumsum(deviations + ignored, axis=1)
    rise = up - np.minimum.accumulate(up, axis=1)
    fall = np.maximum.accumulate(down, axis=1) - down
    larger: np.ndarray = np.maximum(rise, fall)
    return larger


def _resample(reference: np.ndarray, rows: int, streams: int, generator: np.random.Generator) -> np.ndarray:
    """Draw streams made of blocks of neighbouring losses, wrapped around (Politis and Romano 1992).

    Each stream draws its blocks from a resampled reference, because the reference is itself a sample.
    """
    length = round(len(reference) ** 0.5)
    pool = generator.integers(0, len(reference), (streams, -(-len(reference) // length)))
    chosen = generator.integers(0, pool.shape[1], (streams, -(-rows // length)))
    starts = np.take_along_axis(pool, chosen, axis=1)
    positions = (starts[:, :, None] + np.arange(length)) % len(reference)
    drawn: np.ndarray = reference[positions.reshape(streams, -1)[:, :rows]]
    return drawn


def _quiet(streams: np.ndarray, warm_up: int, level: float, rate: float) -> bool:
    """Whether no more of the steady streams alarm ADWIN than the rate allows."""
    allowed = int(rate * len(streams))
    noisy = 0
    for stream in streams:
        noisy += _adwin_alarms(stream, warm_up, level)
        if noisy > allowed:
            return False
    return True


def _adwin_alarms(stream: np.ndarray, warm_up: int, level: float) -> bool:
    """Whether ADWIN alarms after the first rows."""
    adwin = _detector("adwin:ADWIN")(delta=level)
    losses = stream.tolist()
    deque(map(adwin.update, losses[:warm_up]), maxlen=0)
    before = adwin.n_detections
    deque(map(adwin.update, losses[warm_up:]), maxlen=0)
    return bool(adwin.n_detections > before)


def _detector(name: str) -> Any:
    """Class of a detector, imported when first needed: river is slow to import, and its methods have no types."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(f"river.drift.{module}"), attribute)


def _upper_tail(largest: np.ndarray, rate: float) -> float:
    """Value that a maximum exceeds with a small chance: Gumbel's law, fitted by its moments (Gumbel 1958)."""
    scale = max(float(largest.std(ddof=1)), _LOG_FLOOR) * np.sqrt(6) / np.pi
    return float(largest.mean() - _EULER * scale - scale * np.log(-np.log1p(-rate)))
