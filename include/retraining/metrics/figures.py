"""How figures are written in sentences, and how large a drop is tolerated."""

from include.retraining.results.performance import Estimate
from include.retraining.spec.model import PerformanceSpec

# Tolerated drop when the model file names none: 5% of the reference's figure (documented beside `maximum_drop`).
DEFAULT_DROP_SHARE = 0.05


def tolerated_drop(performance: PerformanceSpec, reference: float) -> float:
    """Largest tolerated drop in metric units: declared, or a share of the reference's figure."""
    if performance.maximum_drop is not None:
        return performance.maximum_drop
    return DEFAULT_DROP_SHARE * abs(reference)


def write_figure(value: float) -> str:
    """Write a figure with three decimals, or three significant digits when that would show nothing or too much.

    Examples
    --------
    >>> write_figure(0.67189), write_figure(0.0000123), write_figure(1234.5)
    ('0.672', '1.23e-05', '1,234')
    """
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.1f}"
    if size >= 0.001 or size == 0:
        return f"{value:.3f}"
    return f"{value:.3g}"


def write_estimate(estimate: Estimate) -> str:
    """Write an estimate with its interval.

    Examples
    --------
    >>> write_estimate(Estimate(value=0.672, low=0.655, high=0.69, confidence=0.95, n=6870))
    '0.672 (0.655 to 0.690)'
    """
    return f"{write_figure(estimate.value)} ({write_figure(estimate.low)} to {write_figure(estimate.high)})"


def write_bytes(value: float) -> str:
    """Write a size with three significant digits, in powers of 1,000.

    Examples
    --------
    >>> write_bytes(812), write_bytes(1_234_567), write_bytes(2.5e9)
    ('812 B', '1.23 MB', '2.5 GB')
    """
    size, unit = float(value), "B"
    for larger in ("kB", "MB", "GB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{float(f'{size:.3g}'):g} {unit}"


def write_seconds(value: float) -> str:
    """Write a duration below a minute with three significant digits.

    Examples
    --------
    >>> write_seconds(0.00234), write_seconds(1.5)
    ('2.34 ms', '1.5 s')
    """
    return f"{float(f'{value:.3g}'):g} s" if value >= 1 else f"{float(f'{1000 * value:.3g}'):g} ms"
