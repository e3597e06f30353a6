"""Single labels that cannot be right: unknown classes, impossible values, slipped decimal points."""

import numpy as np

from include.retraining.performance.audit.errors import location_and_scale
from include.retraining.performance.audit.rows import AuditRows, plain_keys
from include.retraining.results.audit import Evidence

# Slips of the decimal point and of units (percent for a fraction, grams for kilograms).
FACTORS = (10.0, 100.0, 1000.0, 0.1, 0.01, 0.001)
# (q99 - median) / (q75 - median) of a normal variable; heavier tails have their fences moved out by the ratio.
NORMAL_TAIL = 3.449
# Fences stand so many times as far from the median as the outermost hundredth: for a normal variable at 5.8 standard
# deviations for a value that a moved decimal point would mend, and at 11.6 for one that nothing speaks for but size:
# at the rim of what they saw boosted trees err by 10.
SLIP_REACH = 2.5
GROSS_REACH = 5.0
# A value fits when its residual is within so many standard deviations: 99.7% of normal residuals are.
FITS = 3.0
# Days on either side that show how far residuals spread at a time: with 30 labels a day, 150 labels.
NEARBY_DAYS = 2
# A class unknown to the model, or a day of values beyond the fences, is news rather than error from these shares on.
NEW_CLASS = 0.05
MOST_OF_A_DAY = 0.5


def invalid_labels(rows: AuditRows, reference: AuditRows) -> tuple[np.ndarray, Evidence]:
    """Find labels that cannot be right, one by one.

    Regression: a missing or infinite value; a value beyond the fences of the reference's targets whose residual is
    beyond the fences of its residuals; an unusual value that fits its prediction once the decimal point is moved.
    Classification: missing, or a class that the model does not know, while these are rare.

    Parameters
    ----------
    reference
        Rows with known labels.

    Returns
    -------
    ndarray of shape (n,)
        Mask of the invalid labels.
    """
    if rows.task != "regression":
        return _unknown_classes(rows)
    missing = ~np.isfinite(rows.y)
    slipped = np.zeros(len(rows), dtype=bool)
    beyond = slipped.copy()
    if len(reference):
        slipped[~missing], beyond[~missing] = _implausible(rows.only(~missing), reference)
        beyond &= ~_shared_by_the_day(beyond, rows.days)
    found = missing | slipped | beyond
    counts = [
        (missing, "without a finite value"),
        (slipped, "off by a power of ten (they fit the prediction with the decimal point moved)"),
        (beyond & ~slipped, "far outside of all that the reference holds"),
    ]
    words = [f"{int(mask.sum()):,} {what}" for mask, what in counts if mask.any()]
    text = f"Of {len(rows):,} labels {', '.join(words)}." if words else "Every label has a possible value."
    return found, _evidence(rows, found, text)


def fences(values: np.ndarray, reach: float) -> tuple[float, float]:
    """Limits of what is plausible: far beyond the outermost hundredths, and farther where tails are heavy."""
    low, lower, middle, upper, high = np.quantile(values, [0.01, 0.25, 0.5, 0.75, 0.99])
    below, above = _reach(middle - low, middle - lower), _reach(high - middle, upper - middle)
    return float(middle - reach * below), float(middle + reach * above)


def _reach(outer: float, inner: float) -> float:
    heaviness = outer / inner / NORMAL_TAIL if inner > 0 else 1.0
    return float(outer * max(1.0, heaviness))


def _implausible(rows: AuditRows, reference: AuditRows) -> tuple[np.ndarray, np.ndarray]:
    """Masks of the slipped decimal points, and of the values beyond all fences."""
    before = reference.y - reference.prediction
    center, scale = location_and_scale(before)
    residual = rows.y - rows.prediction - center
    usual_low, usual_high = np.quantile(reference.y, [0.01, 0.99])
    unusual = (rows.y < usual_low) | (rows.y > usual_high)
    fits = np.any([np.abs(rows.y / factor - rows.prediction - center) <= FITS * scale for factor in FACTORS], axis=0)
    low, high = (limit - center for limit in fences(before, SLIP_REACH))
    suspect = unusual & fits & ((residual < low) | (residual > high))
    widening = _widening(residual, ~suspect, rows.days, scale)
    odd = (residual < low * widening) | (residual > high * widening)
    least, most = fences(reference.y, GROSS_REACH)
    return suspect & odd, odd & ((rows.y < least) | (rows.y > most))


def _widening(residual: np.ndarray, sound: np.ndarray, days: np.ndarray, scale: float) -> np.ndarray:
    """How much wider the residuals of sound rows spread around each row's day than on the reference, at least 1.

    Where the relation changed, or noise rose, large residuals are no sign of a slip.
    """
    numbers, day = np.unique(days, return_inverse=True)
    nearby = [residual[sound & (np.abs(days - number) <= NEARBY_DAYS)] for number in numbers.tolist()]
    spreads = [location_and_scale(values)[1] / scale if len(values) else 1.0 for values in nearby]
    widening: np.ndarray = np.maximum(1.0, np.array(spreads))[day]
    return widening


def _shared_by_the_day(mask: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Rows of days on which most rows are in the mask: a shift of all labels, not single errors."""
    _, day = np.unique(days, return_inverse=True)
    share = np.bincount(day, weights=mask) / np.bincount(day)
    shared: np.ndarray = (share > MOST_OF_A_DAY)[day]
    return shared


def _unknown_classes(rows: AuditRows) -> tuple[np.ndarray, Evidence]:
    unknown = rows.y < 0
    count = int(unknown.sum())
    if count > NEW_CLASS * len(rows):
        text = f"{count:,} of {len(rows):,} labels are missing or of an unknown class: too many for slips of the pen."
        return np.zeros(len(rows), dtype=bool), _evidence(rows, unknown, text)
    text = (
        f"{count:,} of {len(rows):,} labels are missing or of an unknown class." if count else "Every class is known."
    )
    return unknown, _evidence(rows, unknown, text)


def _evidence(rows: AuditRows, found: np.ndarray, text: str) -> Evidence:
    share = float(found.mean()) if len(rows) else 0.0
    return Evidence(
        test="invalid",
        found=bool(found.any()),
        statistic=share,
        unit="share of the labels",
        p_value=None,
        keys=plain_keys(rows.keys[found]),
        text=text,
    )
