"""When the loss changed: two detectors say whether, and the rows themselves say when.

Detectors alarm late, so their own date is not used. The date is the split of the rows into before and after that
leaves the smallest squares; its interval holds every split that a likelihood-ratio test does not reject.

B. E. Hansen, "Sample splitting and threshold estimation", Econometrica 68 (2000), for the test's law;
J. Bai, "Estimation of a change point in multiple regression models", Review of Economics and Statistics 79 (1997).
"""

from datetime import UTC, datetime

import numpy as np
from scipy.special import ndtri

from include.retraining.performance.detectors import HORIZON, alarms, calibrate
from include.retraining.results.concept import ChangePoint
from include.retraining.results.performance import Estimate

# Chance that a stream without a change is said to have one.
FALSE_ALARM_RATE = 0.01
# Fewest reference losses to calibrate by, and fewest rows of a stream.
MINIMUM_ROWS = 30
# Fewest rows on either side of a change: a mean of fewer is one row's whim.
MINIMUM_SIDE = 5
# Losses above this quantile of the reference count as it: one row can be bad luck, many cannot.
CAP_QUANTILE = 0.99
# Fewest rows after a change that serve as the reference of a later one: detectors set by fewer alarm too often.
LATER_ROWS = 100
# Older reference rows say little more about the spread and cost time.
MAXIMUM_REFERENCE = 2_000
# A stream with more changes than this is better described as drifting all the time.
MAXIMUM_CHANGES = 5


def find_change(
    losses: np.ndarray,
    times: np.ndarray,
    reference: np.ndarray,
    *,
    false_alarm_rate: float = FALSE_ALARM_RATE,
    confidence: float = 0.95,
    seed: int = 0,
) -> ChangePoint | None:
    """Find the latest change of the mean loss, up or down; None when no change is shown, or rows are too few.

    The same losses give the same answer, so a rerun agrees with the first run.

    Parameters
    ----------
    losses
        One for each row whose label arrived since the champion reigns, NaN where it has none.
    times
        When each row happened, datetime64, UTC.
    reference
        Losses of the champion's holdout in time order: how losses spread while the model holds.
    false_alarm_rate
        For the stream as a whole, up to `detectors.HORIZON` rows; longer ones are averaged to that length.
    """
    known = np.isfinite(losses) & ~np.isnat(times)
    order = np.argsort(times[known], kind="stable")
    losses, times = losses[known][order], times[known][order]
    reference = reference[np.isfinite(reference)]
    if len(losses) < MINIMUM_ROWS or len(reference) < MINIMUM_ROWS:
        return None
    cap = np.quantile(reference, CAP_QUANTILE)
    cap = cap if cap > 0 else max(losses.max(), reference.max())
    losses, reference = np.minimum(losses, cap), np.minimum(reference, cap)
    return _latest(losses, times, reference, false_alarm_rate, confidence, seed)


def _latest(
    losses: np.ndarray, times: np.ndarray, reference: np.ndarray, rate: float, confidence: float, seed: int
) -> ChangePoint | None:
    """Look again in the rows after each change; there, the rows themselves say how losses spread."""
    found, before = None, reference
    for _ in range(MAXIMUM_CHANGES):
        fired = _fired(losses, before, rate, seed)
        if not fired:
            break
        rows = np.r_[before, losses]
        split, low, high = date_step(rows, first=len(before), confidence=confidence)
        first, low, high = split - len(before), low - len(before), high - len(before)
        found = ChangePoint(
            date=_moment(times[first]),
            low=_moment(times[low]),
            high=_moment(times[high]),
            confidence=confidence,
            before=_mean(rows[:split], confidence),
            after=_mean(rows[split:], confidence),
            detectors=fired,
        )
        half = first + (len(losses) - first) // 2
        if half - first < LATER_ROWS:
            break
        before, losses, times = losses[first:half], losses[half:], times[half:]
    return found


def _fired(losses: np.ndarray, reference: np.ndarray, rate: float, seed: int) -> tuple[str, ...]:
    """Which detectors alarm on the stream after having seen the reference."""
    size = -(-len(losses) // HORIZON)
    if len(reference) < 2 * size:
        return ()
    known = _averages(reference[len(reference) % size :], size)[-MAXIMUM_REFERENCE:]
    stream = _averages(losses, size)
    low, high = known.min(), known.max()
    if high <= low:  # all alike: any other value is news, and the stream's own range is the scale
        low, high = min(low, stream.min()), max(high, stream.max())
    if high <= low:
        return ()
    known, stream = (np.clip((values - low) / (high - low), 0.0, 1.0) for values in (known, stream))
    return alarms(calibrate(known, rate=rate, seed=seed), np.r_[known, stream], len(known))


def date_step(losses: np.ndarray, *, first: int, confidence: float) -> tuple[int, int, int]:
    """Date a step of the mean: the first row after it, and the earliest and latest that the data allow.

    Splits before the position `first` are not considered. Squares are compared with the larger of both
    sides' long-run variances, so that noisier rows after a change, or days that share their errors, widen the interval.
    """
    rows = len(losses)
    splits = np.arange(max(first, MINIMUM_SIDE), max(rows - MINIMUM_SIDE, first) + 1)
    sums = np.cumsum(losses)
    means_before = sums[splits - 1] / splits
    means_after = (sums[-1] - sums[splits - 1]) / (rows - splits)
    explained = splits * (rows - splits) / rows * (means_after - means_before) ** 2
    best = int(np.argmax(explained))
    split = int(splits[best])
    variance = max(_long_run_variance(losses[:split]), _long_run_variance(losses[split:]))
    critical = -2.0 * np.log1p(-np.sqrt(confidence))
    allowed = splits[explained[best] - explained <= critical * variance]
    return split, int(allowed[0]), int(allowed[-1])


def _long_run_variance(losses: np.ndarray) -> float:
    """Variance of the mean, times the rows, when neighbours resemble each other; at least the plain variance.

    W. K. Newey and K. D. West, Econometrica 55 (1987), with the cube root of the rows as bandwidth.
    """
    deviations = losses - losses.mean()
    plain = float((deviations**2).mean())
    lags = range(1, round(len(losses) ** (1 / 3)) + 1)
    shared = sum(
        (1 - lag / (len(lags) + 1)) * float((deviations[lag:] * deviations[:-lag]).sum()) / len(losses) for lag in lags
    )
    return max(plain, plain + 2 * shared)


def _averages(values: np.ndarray, size: int) -> np.ndarray:
    """Means of consecutive groups; an incomplete last group waits for its rows."""
    whole: np.ndarray = values[: len(values) // size * size].reshape(-1, size).mean(axis=1)
    return whole


def _mean(losses: np.ndarray, confidence: float) -> Estimate:
    value = float(losses.mean())
    margin = float(ndtri((1 + confidence) / 2)) * np.sqrt(_long_run_variance(losses) / len(losses))
    return Estimate(value=value, low=value - margin, high=value + margin, confidence=confidence, n=len(losses))


def _moment(time: np.datetime64) -> datetime:
    microseconds = int(time.astype("datetime64[us]").astype(np.int64))
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).replace(microsecond=microseconds % 1_000_000)
